"""Winograd's transforms of one tile, in registers: ``conv_winograd`` has the math of F(4x4, 3x3).

F(2x2, 3x3) has 16 points instead of 36: its weights are less than twice those of the convolution,
where they are what takes the time, and it is more exact.

A tile's channels are taken a vector at a time. Bᵀ d B and Aᵀ m A are written once, in terms of
numbers, and become instructions for vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .blocks import FLOAT, LANES, LONG

CONTRACT = ("contract",)  # a product and the sum after it may be one instruction


class Lanes:
    """A vector in the making: ``a + b``, ``a - b`` and ``2 * a`` write instructions."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, other.value, CONTRACT))

    def __sub__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, other.value, CONTRACT))

    def __rmul__(self, number: float) -> Lanes:
        factor = ir.Constant(self.value.type, [float(number)] * LANES)
        return Lanes(self.builder, self.builder.fmul(factor, self.value, CONTRACT))


Transform = Callable[[Sequence[Any]], list[Any]]


def data_4(d: Sequence[Any]) -> list[Any]:
    """v = Bᵀ d at the points 0, 1, -1, 2, -2 and infinity"""
    even_1, odd_1 = d[4] - 4 * d[2], d[3] - 4 * d[1]
    even_2, odd_2 = d[4] - d[2], 2 * (d[3] - d[1])
    first, last = 4 * d[0] - 5 * d[2] + d[4], 4 * d[1] - 5 * d[3] + d[5]
    return [first, even_1 + odd_1, even_1 - odd_1, even_2 + odd_2, even_2 - odd_2, last]


def result_4(m: Sequence[Any]) -> list[Any]:
    """y = Aᵀ m"""
    even_1, odd_1, even_2, odd_2 = m[1] + m[2], m[1] - m[2], m[3] + m[4], m[3] - m[4]
    return [
        m[0] + even_1 + even_2, odd_1 + 2 * odd_2, even_1 + 4 * even_2, odd_1 + 8 * odd_2 + m[5],
    ]  # fmt: skip


def data_2(d: Sequence[Any]) -> list[Any]:
    """v = Bᵀ d at the points 0, 1, -1 and infinity"""
    return [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]


def result_2(m: Sequence[Any]) -> list[Any]:
    """y = Aᵀ m"""
    return [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]


def _both_ways(square: list[list[Any]], transform: Transform) -> list[list[Any]]:
    """The transform of the columns, then of the rows."""
    columns = [transform(column) for column in zip(*square, strict=True)]
    return [transform(row) for row in zip(*columns, strict=True)]


def tile(size: int, transform: Transform) -> Any:
    """``run(x, x_line, x_pixel, y, y_line, y_pixel, c)``: y[i, j] of the transform both ways of the
    ``size`` · ``size`` vectors x[i, j]. Addresses, and distances in bytes; c whole vectors."""
    vector = ir.VectorType(FLOAT, LANES)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        x, x_line, x_pixel, y, y_line, y_pixel, count = values

        def at(start: Any, line: Any, pixel: Any, i: int, j: int, along: Any) -> Any:
            place = builder.add(builder.mul(line, LONG(i)), builder.mul(pixel, LONG(j)))
            address = builder.add(builder.add(start, place), along)
            return builder.inttoptr(address, vector.as_pointer())

        before, after = builder.block, builder.function.append_basic_block("after")
        loop = builder.function.append_basic_block("channels")
        builder.branch(loop)
        builder.position_at_end(loop)
        c = builder.phi(LONG)
        c.add_incoming(LONG(0), before)
        along = builder.mul(c, LONG(4))
        square: list[list[Any]] = []
        for i in range(size):
            square.append([])
            for j in range(size):
                value = builder.load(at(x, x_line, x_pixel, i, j, along))
                value.align = 4
                square[i].append(Lanes(builder, value))
        for i, row in enumerate(_both_ways(square, transform)):
            for j, made in enumerate(row):
                builder.store(made.value, at(y, y_line, y_pixel, i, j, along)).align = 4
        following = builder.add(c, LONG(LANES))
        c.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def run(context, x, x_line, x_pixel, y, y_line, y_pixel, c):
        return types.void(*[types.int64] * 7), emit

    return run
