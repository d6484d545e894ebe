"""The same kernels as ``reference/``, compiled by Numba: only those that it makes faster.

Imported on the first use of an array, never by ``import chainrule``.
"""

from . import threads as threads  # noqa: I001  set before the first parallel loop
from . import (
    activations,
    conv,
    dropout,
    losses,
    moments,
    norm,
    pool,
    smooth_activations,
    updates,
    updates_adaptive,
)

MODULES = (
    activations,
    conv,
    dropout,
    losses,
    moments,
    norm,
    pool,
    smooth_activations,
    updates,
    updates_adaptive,
)
