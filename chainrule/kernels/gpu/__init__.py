"""The same kernels as ``reference/`` for CuPy arrays: only those that it makes faster.

Large products go to cuBLAS, convolutions to tensor cores (``tiles``: cuTile Python, compiled to
cubins), everything else to CUDA C++ in ``cuda/``, which CuPy compiles for the card at hand. What a
kernel does not serve (other dtypes, groups, a machine without cuTile's compiler and without
cubins) falls through to the reference. Imported on the first use of an array, never by
``import chainrule``; CuPy itself is imported when the first kernel is called.
"""

from ..discovery import kernel_modules

MODULES = kernel_modules(__name__, __path__)
"""The functions that a module here lists in ``__all__`` take the place of the reference's."""
