"""Layers that run as one: the same numbers in fewer trips to memory.

Layers stay apart: each has its own forward and backward, and any of them can be read, checked,
observed or run alone. But a norm, the ReLU after it and the pooling after that do so little with
each number that reading and writing the arrays between them takes most of their time. So
``Sequential`` asks, before it runs a layer, whether it is the first of several for which one kernel
does the work of all:

    batch norm -> ReLU, or ReLU6                    norm.py
    batch norm -> ReLU -> max pool 2x2              norm.py
    residual block that ends in a norm -> ReLU      residual.py
    linear -> batch norm -> ReLU (-> dropout)       linear.py, small batches

Nothing is kept between calls. The question is answered anew from the types of the layers, so that
whatever is no plain ``BatchNorm``, ``ReLU``, … runs by itself: a subclass, an observed layer, a
frozen norm that learns; and so does everything on the reference kernels, which includes all of
float64.
``python -m benchmarks.ablation`` says what each is worth; ``results/ablation.json`` keeps it.

    with fusion.off():              # every layer by itself, the same but for last digits
        y, cache = model.forward(x)
"""

from ..fused import FUSED as FUSED
from ..fused import FusedLayers as FusedLayers
from ..fused import find as find
from ..fused import off as off
from . import linear as linear
from . import norm as norm
from . import residual as residual
