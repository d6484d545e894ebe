"""Every layer, each with its forward and its backward written out."""

from .activations import ReLU as ReLU
from .base import Layer as Layer
from .base import Signature as Signature
from .base import named_arrays as named_arrays
from .base import named_parameters as named_parameters
from .containers import Sequential as Sequential
from .dropout import Dropout as Dropout
from .linear import Flatten as Flatten
from .linear import Linear as Linear
from .norm import BatchNorm as BatchNorm
from .normalize import Normalize as Normalize
from .variables import Buffer as Buffer
from .variables import Parameter as Parameter
