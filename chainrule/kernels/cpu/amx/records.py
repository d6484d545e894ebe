"""Records of numbers in compiled code, which takes them as arrays, and the beginning of scratch.

A call of a compiled function with so many single arguments takes 30 us, with one array 2.
"""

from __future__ import annotations

from numba.extending import register_jitable

from ...geometry import Window
from .bfloat import address


@register_jitable
def window_of(p):
    """The `Window` of the first eight numbers."""
    return Window(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])


@register_jitable
def aligned(s):
    """``s`` from its first cache line on."""
    return s[-address(s) % 64 // s.itemsize :]
