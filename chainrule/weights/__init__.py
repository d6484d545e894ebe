"""Weights of other libraries, and ready ImageNet weights: read, named, fetched, written."""

from ..public import publish
from .mapping import from_torch as from_torch
from .mapping import to_torch as to_torch
from .match import Match as Match
from .match import WeightsMismatch as WeightsMismatch
from .reading import read as read

publish(globals())
