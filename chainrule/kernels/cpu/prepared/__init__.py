"""A prepared model's prediction: one compiled call that walks through a table of instructions.

Weights are packed once, in the order in which the loops read them, values lie in one array at
places that are fixed beforehand, and threads meet inside the compiled code. ``program`` has the
table and what runs it; each other module is one kind of instruction or a part of one.

All is written for vectors of any CPU; without Numba there is none of it.
"""

import numba


def available() -> bool:
    """Whether loops are compiled at all: ``NUMBA_DISABLE_JIT`` has them run as Python."""
    return not numba.config.DISABLE_JIT
