"""The same kernels as ``reference/``, compiled by Numba: only those that it makes faster.

Imported on the first use of an array, never by ``import chainrule``.
"""

from . import threads as threads  # noqa: I001  set before the first parallel loop
from . import activations, dropout, losses, norm, updates

MODULES = (activations, dropout, losses, norm, updates)
