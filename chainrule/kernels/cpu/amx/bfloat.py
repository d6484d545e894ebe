"""float32 numbers to bfloat16, by their bits, for compiled code.

Written as instructions of LLVM: Numba would widen each sum of two uint32 to 64 bits, and the
compiler would take vectors of half the width.

    upper(u)      a number rounded to nearest even, as its 32 bits; NaN stays NaN
    rest(u)       what that leaves of it, rounded too; 0 beside infinity and NaN
    half(u)       the upper 16 bits, which are the bfloat16
    pair(u, v)    two bfloat16 in one dword, u in the lower half
    finite(u)     whether it is no infinity and no NaN

For rows of float32 numbers at an address:

    row(source, target, count, low)              rounded, as bfloat16 at ``target``
    paired(first, second, target, count, low)    two rows, as pairs in dwords

with ``low`` the rests instead of the rounded numbers.

    copy(source, target)          64 bytes
    stream(source, target)        64 bytes past the caches, both at the beginning of a cache line;
                                  in sight of other threads after settle()
    copy_numbers(source, target, count), clear_numbers(target, count)       of bfloat16
    address(array)                of its first number
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, register_jitable

INT, SHORT, FLOAT, WIDTH = ir.IntType(32), ir.IntType(16), ir.FloatType(), 16
SIZE, INFINITE, UPPER, QUIET = 0x7FFFFFFF, 0x7F800000, 0xFFFF0000, 0x400000


def _is_vector(u: Any) -> bool:
    return isinstance(u.type, ir.VectorType)


def _all(u: Any, value: int) -> Any:
    """``value`` as a constant of u's type: one number, or the same in each place of a vector."""
    return ir.Constant(u.type, [value] * WIDTH) if _is_vector(u) else ir.Constant(u.type, value)


def _upper(b: Any, u: Any) -> Any:
    even = b.and_(b.lshr(u, _all(u, 16)), _all(u, 1))
    near = b.add(u, b.add(even, _all(u, 0x7FFF)))
    nan = b.icmp_unsigned(">", b.and_(u, _all(u, SIZE)), _all(u, INFINITE))
    return b.and_(b.select(nan, b.or_(u, _all(u, QUIET)), near), _all(u, UPPER))


def _rest(b: Any, u: Any) -> Any:
    real = ir.VectorType(FLOAT, WIDTH) if _is_vector(u) else FLOAT
    top = _upper(b, u)
    left = b.bitcast(b.fsub(b.bitcast(u, real), b.bitcast(top, real)), u.type)
    return b.select(_finite(b, top), _upper(b, left), _all(u, 0))


def _finite(b: Any, u: Any) -> Any:
    return b.icmp_unsigned("!=", b.and_(u, _all(u, INFINITE)), _all(u, INFINITE))


def _half(b: Any, u: Any) -> Any:
    short = ir.VectorType(SHORT, WIDTH) if _is_vector(u) else SHORT
    return b.trunc(b.lshr(u, _all(u, 16)), short)


def _pair(b: Any, u: Any, v: Any) -> Any:
    return b.or_(b.lshr(u, _all(u, 16)), v)


def _load(b: Any, at: Any, kind: Any) -> Any:
    value = b.load(b.inttoptr(at, kind.as_pointer()))
    value.align = 4
    return value


def _store(b: Any, value: Any, at: Any) -> None:
    b.store(value, b.inttoptr(at, value.type.as_pointer())).align = 2


@intrinsic
def upper(context, u):
    return types.uint32(types.uint32), lambda context, b, signature, values: _upper(b, values[0])


@intrinsic
def rest(context, u):
    return types.uint32(types.uint32), lambda context, b, signature, values: _rest(b, values[0])


@intrinsic
def half(context, u):
    return types.uint16(types.uint32), lambda context, b, signature, values: _half(b, values[0])


@intrinsic
def pair(context, u, v):
    return types.uint32(*[types.uint32] * 2), lambda context, b, signature, values: _pair(
        b, *values
    )


@intrinsic
def finite(context, u):
    return types.boolean(types.uint32), lambda context, b, signature, values: _finite(b, values[0])


def _rounding(sources: int, width: int, low: bool) -> Any:
    """An intrinsic that rounds ``width`` numbers of one row, or of two to pairs."""

    def emit(context: Any, b: Any, signature: Any, values: Any) -> Any:
        kind = ir.VectorType(INT, width) if width > 1 else INT
        found = [_load(b, at, kind) for at in values[:sources]]
        found = [_rest(b, u) if low else _upper(b, u) for u in found]
        _store(b, _half(b, *found) if sources == 1 else _pair(b, *found), values[-1])
        return context.get_dummy_value()

    one, two = types.void(*[types.int64] * 2), types.void(*[types.int64] * 3)
    if sources == 1:
        return intrinsic(lambda context, source, target: (one, emit))
    return intrinsic(lambda context, first, second, target: (two, emit))


_row16, _row1 = _rounding(1, WIDTH, False), _rounding(1, 1, False)
_row_low16, _row_low1 = _rounding(1, WIDTH, True), _rounding(1, 1, True)
_pair16, _pair1 = _rounding(2, WIDTH, False), _rounding(2, 1, False)
_pair_low16, _pair_low1 = _rounding(2, WIDTH, True), _rounding(2, 1, True)


@register_jitable
def row(source, target, count, low):
    whole = count // 16 * 16
    if low:
        for i in range(0, whole, 16):
            _row_low16(source + 4 * i, target + 2 * i)
        for i in range(whole, count):
            _row_low1(source + 4 * i, target + 2 * i)
        return
    for i in range(0, whole, 16):
        _row16(source + 4 * i, target + 2 * i)
    for i in range(whole, count):
        _row1(source + 4 * i, target + 2 * i)


@register_jitable
def paired(first, second, target, count, low):
    whole = count // 16 * 16
    if low:
        for i in range(0, whole, 16):
            _pair_low16(first + 4 * i, second + 4 * i, target + 4 * i)
        for i in range(whole, count):
            _pair_low1(first + 4 * i, second + 4 * i, target + 4 * i)
        return
    for i in range(0, whole, 16):
        _pair16(first + 4 * i, second + 4 * i, target + 4 * i)
    for i in range(whole, count):
        _pair1(first + 4 * i, second + 4 * i, target + 4 * i)


def _copying(kind: Any, align: int = 2, past: bool = False) -> Any:
    def emit(context: Any, b: Any, signature: Any, values: Any) -> Any:
        value = b.load(b.inttoptr(values[0], kind.as_pointer()))
        written = b.store(value, b.inttoptr(values[1], kind.as_pointer()))
        value.align = written.align = align
        if past:
            written.set_metadata("nontemporal", b.module.add_metadata([INT(1)]))
        return context.get_dummy_value()

    return intrinsic(lambda context, source, target: (types.void(*[types.int64] * 2), emit))


_LINE = ir.VectorType(INT, WIDTH)
copy, _copy4, _copy1 = _copying(_LINE), _copying(ir.IntType(64)), _copying(SHORT)
stream = _copying(_LINE, 64, past=True)


@intrinsic
def settle(context):
    def emit(context: Any, b: Any, signature: Any, values: Any) -> Any:
        b.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), emit


@intrinsic
def _clear1(context, at):
    def emit(context: Any, b: Any, signature: Any, values: Any) -> Any:
        _store(b, SHORT(0), values[0])
        return context.get_dummy_value()

    return types.void(types.int64), emit


@register_jitable
def copy_numbers(source, target, count):
    for k in range(count // 32):
        copy(source + 64 * k, target + 64 * k)
    at = count // 32 * 32
    for k in range(at, count // 4 * 4, 4):
        _copy4(source + 2 * k, target + 2 * k)
    for k in range(count // 4 * 4, count):
        _copy1(source + 2 * k, target + 2 * k)


@register_jitable
def clear_numbers(target, count):
    for k in range(count):
        _clear1(target + 2 * k)


@register_jitable
def address(array):
    """As int64: what is made of uint64, which it is to Numba, and an int64 would be a float64."""
    return np.int64(array.ctypes.data)
