"""The loop through the instructions of a program, in which threads take pieces side by side.

Each instruction is cut into pieces that write to different places. Whoever comes by takes the next
piece that nobody has, and goes on to the next instruction when all of this one are done. So one
thread alone comes through, and a helper that wakes up late, or whose core another program has, is
waited for no longer than its one piece. Pieces do not depend on who takes them, so neither do
results. Counters are fresh for each run: a helper that wakes up when all is over finds nothing.
"""

from __future__ import annotations

from ..loops import Loop
from . import fields as f
from .atomics import fetch_add, give_way, load, pause
from .depthwise import depthwise
from .pixels import pixels
from .pooling import pooling
from .product import product
from .winograd import result, tiles

SPIN = 1000  # looks at a counter until the core is offered to others
SPACING = 8  # int64 from counter to counter: a cache line each


@Loop
def run(table, start, stop, tables, weights, memory, scratch, counters, shared):
    """Instructions start … stop. table (n, fields) int64 · tables int64 · weights, memory and
    scratch, which is this thread's, float32 · ``shared``: whether other threads may be here, with
    counters int64 (n, 2, SPACING), zeros."""
    for i in range(start, stop):
        s = table[i]
        pieces = s[f.PIECES]
        taken = counters.ctypes.data + 16 * SPACING * i
        done = taken + 8 * SPACING
        piece = fetch_add(taken, 1) if shared else 0
        while piece < pieces:
            if s[f.OP] == f.PRODUCT:
                product(s, piece, tables, weights, memory, scratch)
            elif s[f.OP] == f.PIXELS:
                pixels(s, piece, weights, memory)
            elif s[f.OP] == f.POOLING:
                pooling(s, piece, tables, memory)
            elif s[f.OP] == f.DEPTHWISE:
                depthwise(s, piece, weights, memory)
            elif s[f.OP] == f.TILES:
                tiles(s, piece, memory)
            else:
                result(s, piece, weights, memory, scratch)
            if shared:
                fetch_add(done, 1)
                piece = fetch_add(taken, 1)
            else:
                piece += 1
        if shared:
            looks = 0
            while load(done) < pieces:
                looks += 1
                if looks % SPIN:
                    pause()
                else:
                    give_way()
