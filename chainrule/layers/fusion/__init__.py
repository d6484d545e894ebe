"""Layers that run as one: every kind of run there is; ``fused.py`` says how they are found."""

from ..fused import FusedLayers as FusedLayers
from ..fused import find as find
from ..fused import off as off
from . import linear as linear
from . import norm as norm
from . import residual as residual
