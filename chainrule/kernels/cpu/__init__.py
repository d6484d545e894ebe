"""The same kernels as ``reference/``, compiled by Numba: only those that it makes faster.

Imported on the first use of an array, never by ``import chainrule``.
"""

from . import settings as settings  # noqa: I001  looked at before Numba is imported
from . import threads as threads
from . import (
    activations,
    conv,
    dense,
    dropout,
    levels,
    losses,
    matmul,
    moments,
    norm,
    norm_relu,
    paste,
    pool,
    recolor,
    resample,
    smooth_activations,
    sums,
    updates,
    updates_adaptive,
)

MODULES = (
    activations,
    conv,
    dense,
    dropout,
    levels,
    losses,
    matmul,
    moments,
    norm,
    norm_relu,
    paste,
    pool,
    recolor,
    resample,
    smooth_activations,
    sums,
    updates,
    updates_adaptive,
)
