"""The definition of every kernel, in plain array code: slow, short, and right.

The functions that a module here lists in ``__all__`` are kernels. In them ``xp`` is the module
whose functions take the arrays at hand: ``numpy``, or ``cupy`` for those on a GPU.
"""

from ..discovery import kernel_modules

MODULES = kernel_modules(__name__, __path__)
