"""What the tile instructions do, in plain loops: under the same names, for any CPU.

The registers are an array ``t``, uint32 (8, 16, 16): tile, row, dword. ``tiles`` compiles these
functions into a kernel that is called with such an array in place of ``tiles.CONFIG``.

A product of two bfloat16 numbers and its sum with a float32 number are exact in float64, so one
rounding to float32 makes the fused multiply-add of the CPU. Source: Intel, "Instruction set
extensions programming reference", TDPBF16PS.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, register_jitable

from ....types import Array

DWORD = ir.IntType(32)
LEAST = np.float32(2.0**-126)  # what is smaller is subnormal


def registers() -> Array:
    """Eight tiles that nobody else writes to: a thread needs its own."""
    return np.zeros((8, 16, 16), np.uint32)


@intrinsic
def peek(context, at):
    """The dword at an address."""

    def emit(context, builder, signature, values):
        value = builder.load(builder.inttoptr(values[0], DWORD.as_pointer()))
        value.align = 1
        return value

    return types.uint32(types.int64), emit


@intrinsic
def poke(context, at, value):
    """Write a dword to an address."""

    def emit(context, builder, signature, values):
        target = builder.inttoptr(values[0], DWORD.as_pointer())
        builder.store(values[1], target).align = 1
        return context.get_dummy_value()

    return types.void(types.int64, types.uint32), emit


def configure(t):
    t[:] = 0


def release(t):
    t[:] = 0


def zero(t, i):
    t[i] = 0


def load(t, i, at, stride):
    for r in range(16):
        for c in range(16):
            t[i, r, c] = peek(at + r * stride + 4 * c)


def store(t, i, at, stride):
    for r in range(16):
        for c in range(16):
            poke(at + r * stride + 4 * c, t[i, r, c])


def dot(t, c, a, b):
    even, odd = np.empty(16, np.float32), np.empty(16, np.float32)
    for m in range(16):
        even[:] = 0
        odd[:] = 0
        for k in range(16):
            pair = t[a, m, k]
            low, high = _wide(pair << np.uint32(16)), _wide(pair & np.uint32(0xFFFF0000))
            for n in range(16):
                other = t[b, k, n]
                even[n] = _flushed(_wide(other << np.uint32(16)) * low + even[n])
                odd[n] = _flushed(_wide(other & np.uint32(0xFFFF0000)) * high + odd[n])
        for n in range(16):
            total = _flushed(np.float64(even[n]) + np.float64(odd[n]))
            total = _flushed(np.float64(total) + _wide(t[c, m, n]))
            t[c, m, n] = np.float32(total).view(np.uint32)


@register_jitable
def _wide(bits):
    """The float32 number with these bits as float64; 0 with its sign if it is subnormal."""
    if bits & np.uint32(0x7F800000) == 0:
        bits &= np.uint32(0x80000000)
    return np.float64(np.uint32(bits).view(np.float32))


@register_jitable
def _flushed(x):
    """Rounded to float32; 0 with its sign if that is subnormal."""
    y = np.float32(x)
    return np.float32(0) * y if abs(y) < LEAST else y
