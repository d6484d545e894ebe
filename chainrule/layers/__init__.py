"""Every layer, each with its forward and its backward written out."""

from ..declared import registry
from ..public import publish
from . import fusion as fusion
from .activations import HardSwish as HardSwish
from .activations import LeakyReLU as LeakyReLU
from .activations import ReLU as ReLU
from .activations import ReLU6 as ReLU6
from .base import Layer as Layer
from .base import Signature as Signature
from .base import named_arrays as named_arrays
from .base import named_parameters as named_parameters
from .batch_norm import BatchNorm as BatchNorm
from .branches import Parallel as Parallel
from .branches import Residual as Residual
from .containers import Sequential as Sequential
from .conv import Conv2d as Conv2d
from .conv_transpose import ConvTranspose2d as ConvTranspose2d
from .derivative import derivative as derivative
from .dropout import Dropout as Dropout
from .dropout import DropPath as DropPath
from .dropout import SpatialDropout as SpatialDropout
from .graph import Graph as Graph
from .linear import Flatten as Flatten
from .linear import Linear as Linear
from .maxout import Maxout as Maxout
from .merge import Add as Add
from .merge import Concat as Concat
from .merge import Merge as Merge
from .merge import Multiply as Multiply
from .mish import Mish as Mish
from .norm import GroupNorm as GroupNorm
from .norm import InstanceNorm as InstanceNorm
from .norm import LayerNorm as LayerNorm
from .normalize import Normalize as Normalize
from .pool import AdaptiveAvgPool2d as AdaptiveAvgPool2d
from .pool import AvgPool2d as AvgPool2d
from .pool import GlobalAvgPool2d as GlobalAvgPool2d
from .pool import MaxPool2d as MaxPool2d
from .prelu import PReLU as PReLU
from .scale import Scale as Scale
from .several import SingleValueError as SingleValueError
from .smooth_activations import ELU as ELU
from .smooth_activations import GELU as GELU
from .smooth_activations import SELU as SELU
from .smooth_activations import Sigmoid as Sigmoid
from .smooth_activations import SiLU as SiLU
from .smooth_activations import Softplus as Softplus
from .smooth_activations import Tanh as Tanh
from .squeeze_excitation import SqueezeExcitation as SqueezeExcitation
from .switchable_norm import SwitchableNorm as SwitchableNorm
from .variables import Buffer as Buffer
from .variables import Parameter as Parameter
from .weight_standardization import WeightStandardization as WeightStandardization
from .whitening import WhiteningConv2d as WhiteningConv2d
from .zero_pad_shortcut import ZeroPadShortcut as ZeroPadShortcut

ACTIVATIONS: dict[str, type[Layer]] = registry(Layer, globals())
"""The activations that need no sizes, by the names that settings have."""

publish(globals(), "ACTIVATIONS")
