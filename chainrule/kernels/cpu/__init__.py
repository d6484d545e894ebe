"""The same kernels as ``reference/``, compiled by Numba: only those that it makes faster.

Imported on the first use of an array, never by ``import chainrule``.
"""

from . import environment

environment.expect_threads()  # before Numba is imported

from . import threads as threads  # noqa: E402  set before the first parallel loop

environment.expect_layer()

from . import (  # noqa: E402
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
