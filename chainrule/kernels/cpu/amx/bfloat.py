"""float32 numbers to bfloat16 and back, by their bits, for compiled code.

Written as instructions of LLVM: Numba would widen each sum of two uint32 to 64 bits, which halves
the numbers in a vector register.

    upper(u)      a number rounded to nearest even, as its 32 bits (the lower 16 are 0); NaN stays NaN
    rest(u)       what that leaves of it, rounded too; 0 beside infinity and NaN
    half(u)       the upper 16 bits, which are the bfloat16
    pair(u, v)    two bfloat16 in one dword, u in the lower half
    finite(u)     whether it is no infinity and no NaN
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

INT, SHORT, FLOAT = ir.IntType(32), ir.IntType(16), ir.FloatType()
SIZE, INFINITE, UPPER, QUIET = 0x7FFFFFFF, 0x7F800000, 0xFFFF0000, 0x400000


def _upper(b: Any, u: Any) -> Any:
    even = b.and_(b.lshr(u, INT(16)), INT(1))
    near = b.add(u, b.add(even, INT(0x7FFF)))
    nan = b.icmp_unsigned(">", b.and_(u, INT(SIZE)), INT(INFINITE))
    return b.and_(b.select(nan, b.or_(u, INT(QUIET)), near), INT(UPPER))


def _rest(b: Any, u: Any) -> Any:
    top = _upper(b, u)
    left = b.bitcast(b.fsub(b.bitcast(u, FLOAT), b.bitcast(top, FLOAT)), INT)
    return b.select(_finite(b, top), _upper(b, left), INT(0))


def _finite(b: Any, u: Any) -> Any:
    return b.icmp_unsigned("!=", b.and_(u, INT(INFINITE)), INT(INFINITE))


@intrinsic
def upper(context, u):
    return types.uint32(types.uint32), lambda context, b, signature, values: _upper(b, values[0])


@intrinsic
def rest(context, u):
    return types.uint32(types.uint32), lambda context, b, signature, values: _rest(b, values[0])


@intrinsic
def half(context, u):
    def emit(context, b, signature, values):
        return b.trunc(b.lshr(values[0], INT(16)), SHORT)

    return types.uint16(types.uint32), emit


@intrinsic
def pair(context, u, v):
    def emit(context, b, signature, values):
        return b.or_(b.lshr(values[0], INT(16)), b.and_(values[1], INT(UPPER)))

    return types.uint32(types.uint32, types.uint32), emit


@intrinsic
def finite(context, u):
    def emit(context, b, signature, values):
        return _finite(b, values[0])

    return types.boolean(types.uint32), emit
