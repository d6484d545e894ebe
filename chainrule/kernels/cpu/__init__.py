"""The same kernels as ``reference/``, compiled by Numba: only those that it makes faster.

The functions that a module here lists in ``__all__`` take the place of the reference's.
Imported on the first use of an array, never by ``import chainrule``.
"""

from ..discovery import kernel_modules
from . import settings as settings  # looked at before the modules below import Numba
from . import threads as threads

MODULES = kernel_modules(__name__, __path__)
