"""Steps of a loop that must be done as they are written: in this order, each rounded by itself.

Loops are compiled with the license to reorder and to multiply by reciprocals, which is what lets
them use vector registers. Near the ends of float32 that shows: g √u / √v, finite as g (√u / √v),
became NaN for g = 1e20. A function marked here keeps its order inside any loop.
"""

from __future__ import annotations

import numba

exact = numba.njit(fastmath=False, error_model="numpy", nogil=True)  # said, or inherited


@exact
def times(a, b):
    return a * b


@exact
def mixed(old_share, old, new_share, new):
    """The moving average of numbers."""
    return old_share * old + new_share * new


@exact
def mixed_square(old_share, old, new_share, new):
    """The moving average of squares; (share · g) g is finite for larger g than share · g²."""
    return old_share * old + new_share * new * new
