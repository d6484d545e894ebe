"""float32 to bfloat16, a tile at a time, in vector registers.

    round_tile(along, turned, low, source, stride, target) -> whether all is finite

A tile is 16 lines of 16 dwords of two bfloat16 numbers. ``along`` 1: a line is 32 neighbors, and
lines begin ``stride`` bytes apart. ``along`` 0: its numbers come in turn from two lines of 16.
``turned`` 1 transposes the tile. ``low`` 1 takes what rounding takes away in place of what it
leaves, and looks whether all is finite. The three are literal. ``source`` and ``target`` are
addresses.

Rounded is to the nearest, of two to the even one. A NaN stays one, and infinity itself; what is
subnormal becomes 0, as in every product of tiles. CPUs with AVX512-BF16 have an instruction for it,
and all with tiles are such; others get the same bits from a dozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .tiles import transposed


class _Bfloat(ir.Type):
    """The type bfloat of LLVM, which llvmlite does not list."""

    def _to_string(self) -> str:
        return "bfloat"


SHORT, WORD, LONG = ir.IntType(16), ir.IntType(32), ir.IntType(64)
BITS, NUMBERS = ir.VectorType(WORD, 16), ir.VectorType(ir.FloatType(), 16)
SHORTS, HALVES = ir.VectorType(SHORT, 16), ir.VectorType(SHORT, 32)
IN_TURN = [i // 2 + 16 * (i % 2) for i in range(32)]


@intrinsic(prefer_literal=True)
def round_tile(context, along, turned, low, source, stride, target):
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        *_, source, stride, target = values
        _, _, features = context.codegen().magic_tuple()
        convert = _converted if "+avx512bf16" in features.split(",") else _computed
        lines, infinite = [], ir.Constant(ir.VectorType(ir.IntType(1), 32), [0] * 32)
        for i in range(16):
            places = ((i, 0), (i, 64)) if along.literal_value else ((2 * i, 0), (2 * i + 1, 0))
            pair = [_load(builder, source, stride, *place) for place in places]
            halves = convert(builder, pair)
            if low.literal_value:
                size = builder.and_(halves, ir.Constant(HALVES, [0x7F80] * 32))
                odd = builder.icmp_unsigned("==", size, ir.Constant(HALVES, [0x7F80] * 32))
                infinite = builder.or_(infinite, odd)
                halves = convert(builder, _rests(builder, pair, halves))
            if not along.literal_value:
                halves = _shuffle(builder, halves, halves, IN_TURN)
            lines.append(builder.bitcast(halves, BITS))
        for i, each in enumerate(transposed(builder, lines) if turned.literal_value else lines):
            place = builder.inttoptr(builder.add(target, LONG(64 * i)), BITS.as_pointer())
            builder.store(each, place).align = 4
        return builder.icmp_unsigned("==", builder.bitcast(infinite, WORD), WORD(0))

    return types.boolean(along, turned, low, *[types.int64] * 3), emit


def _load(builder: Any, source: Any, stride: Any, line: int, offset: int) -> Any:
    """16 numbers."""
    at = builder.add(source, builder.add(builder.mul(stride, LONG(line)), LONG(offset)))
    value = builder.load(builder.inttoptr(at, NUMBERS.as_pointer()))
    value.align = 4
    return value


def _converted(builder: Any, pair: Sequence[Any]) -> Any:
    """Both rounded, the first of them first, by the CPU's instruction."""
    first, second = pair
    made = ir.VectorType(_Bfloat(), 32)
    kind = ir.FunctionType(made, [NUMBERS, NUMBERS])
    name = "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.bitcast(builder.call(function, [second, first]), HALVES)


def _computed(builder: Any, pair: Sequence[Any]) -> Any:
    """The same by the definition."""
    first, second = (_rounded(builder, builder.bitcast(each, BITS)) for each in pair)
    return _shuffle(builder, first, second, range(32))


def _rounded(builder: Any, bits: Any) -> Any:
    even = builder.and_(builder.lshr(bits, _all(16)), _all(1))
    rounded = builder.add(bits, builder.add(even, _all(0x7FFF)))
    size = builder.and_(bits, _all(0x7FFFFFFF))
    sign = builder.and_(bits, _all(0x80000000))
    quiet = builder.or_(bits, _all(0x400000))
    rounded = builder.select(builder.icmp_unsigned(">", size, _all(0x7F800000)), quiet, rounded)
    rounded = builder.select(builder.icmp_unsigned("<", size, _all(0x800000)), sign, rounded)
    return builder.trunc(builder.lshr(rounded, _all(16)), SHORTS)


def _rests(builder: Any, pair: Sequence[Any], halves: Any) -> list[Any]:
    """What rounding took away of both."""
    found = []
    for i, each in enumerate(pair):
        own = _shuffle(builder, halves, halves, range(16 * i, 16 * i + 16))
        high = builder.shl(builder.zext(own, BITS), _all(16))
        found.append(builder.fsub(each, builder.bitcast(high, NUMBERS)))
    return found


def _all(value: int) -> Any:
    return ir.Constant(BITS, [value] * 16)


def _shuffle(builder: Any, a: Any, b: Any, order: Sequence[int]) -> Any:
    mask = ir.Constant(ir.VectorType(WORD, len(order)), list(order))
    return builder.shuffle_vector(a, b, mask)
