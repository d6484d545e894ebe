"""The definition of every kernel, in plain array code: slow, short, and right.

The functions that a module here lists in ``__all__`` are kernels.
"""

from ..discovery import kernel_modules

MODULES = kernel_modules(__name__, __path__)
