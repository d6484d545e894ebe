"""The innermost loops of a prepared product: sums in registers, and how they end.

    block     T[i, :] (+)= Σ_k A[i, k] B[k, :]      rows i of A lie anywhere, B is packed
    finish    y = min(max(t + bias + other, low), high)       a row of the result

As in ``register_blocks``, whose shape is taken where the CPU has it; here any CPU has one, with
vectors of 4 numbers at least. The rows of A have a table of their places, so that the windows of a
convolution need not be copied out.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .. import register_blocks
from ..loops import inline, part

FLOAT, LONG, INT, BIT = ir.FloatType(), ir.IntType(64), ir.IntType(32), ir.IntType(1)
ROWS = 6
"""Rows of a whole block."""
LINE, AHEAD = 64, 2  # bytes of a cache line, and how many lines are fetched for each k


def _shape() -> tuple[int, int, bool]:
    """Numbers of a vector, vectors of a block, and whether products are added in one step."""
    if register_blocks.LANES:
        return register_blocks.LANES, register_blocks.VECTORS, True
    if platform.machine().lower() in ("aarch64", "arm64"):
        return 4, 4, True
    return 4, 2, False


LANES, VECTORS, FUSED = _shape()
COLUMNS = VECTORS * LANES
"""Columns of a whole block, and the numbers from row to row of T."""


def padded(n: int) -> int:
    """n, filled up to whole vectors."""
    return -(-n // LANES) * LANES


def block(rows: int, vectors: int) -> Any:
    """``block(a, places, b, t, t_step, k, more, ahead)``: addresses, where ``places`` holds for
    each row of A how many bytes after ``a`` it begins, and T's rows are ``t_step`` bytes apart. The
    sums begin at 0 or, with ``more`` 1, at what T holds. Meanwhile the cache fetches AHEAD lines
    for each k from ``ahead`` on."""
    vector = ir.VectorType(FLOAT, LANES)
    spread = ir.Constant(ir.VectorType(INT, LANES), [0] * LANES)
    undefined, zero = ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0.0] * LANES)
    cells = [(i, j) for i in range(rows) for j in range(vectors)]

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, places, b, t, t_step, k, more, ahead = values
        starts = [builder.add(a, _load(builder, places, 8 * i, LONG, 8)) for i in range(rows)]
        lines = [builder.add(t, builder.mul(t_step, LONG(i))) for i in range(rows)]
        at = {(i, j): _pointer(builder, lines[i], 4 * LANES * j, vector) for i, j in cells}
        names = ("goes_on", "begins", "k", "done")
        goes_on, begins, loop, done = (builder.function.append_basic_block(n) for n in names)
        from_zero = builder.block
        builder.cbranch(builder.icmp_signed("!=", more, LONG(0)), goes_on, begins)
        builder.position_at_end(goes_on)
        held = {cell: builder.load(at[cell]) for cell in cells}
        for each in held.values():
            each.align = 4
        builder.branch(begins)
        builder.position_at_end(begins)
        first = {cell: builder.phi(vector) for cell in cells}
        for cell, phi in first.items():
            phi.add_incoming(zero, from_zero)
            phi.add_incoming(held[cell], goes_on)
        builder.branch(loop)

        builder.position_at_end(loop)
        step, row_of_b = builder.phi(LONG), builder.phi(LONG)
        step.add_incoming(LONG(0), begins)
        row_of_b.add_incoming(b, begins)
        sums = {cell: builder.phi(vector) for cell in cells}
        for cell, phi in sums.items():
            phi.add_incoming(first[cell], begins)
        row = [_load(builder, row_of_b, 4 * LANES * j, vector) for j in range(vectors)]
        along = builder.mul(step, LONG(4))
        for line in range(AHEAD):
            _prefetch(builder, builder.add(ahead, builder.mul(step, LONG(AHEAD * LINE))), line)
        added = {}
        for i in range(rows):
            number = _load(builder, builder.add(starts[i], along), 0, FLOAT)
            lanes = builder.insert_element(undefined, number, INT(0))
            lanes = builder.shuffle_vector(lanes, undefined, spread)
            for j in range(vectors):
                added[i, j] = _add_product(builder, lanes, row[j], sums[i, j])
        following = builder.add(step, LONG(1))
        step.add_incoming(following, loop)
        row_of_b.add_incoming(builder.add(row_of_b, LONG(4 * LANES * vectors)), loop)
        for cell in cells:
            sums[cell].add_incoming(added[cell], loop)
        builder.cbranch(builder.icmp_signed("<", following, k), loop, done)

        builder.position_at_end(done)
        for cell in cells:
            builder.store(added[cell], at[cell]).align = 4
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def multiply(context, a, places, b, t, t_step, k, more, ahead):
        return types.void(*[types.int64] * 8), emit

    return multiply


def _add_product(builder: Any, x: Any, y: Any, z: Any) -> Any:
    if not FUSED:
        return builder.fadd(builder.fmul(x, y), z)
    kind = ir.FunctionType(x.type, [x.type] * 3)
    name = f"llvm.fma.v{LANES}f32"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [x, y, z])


def _pointer(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    at = builder.add(address, LONG(offset)) if offset else address
    return builder.inttoptr(at, kind.as_pointer())


def _load(builder: Any, address: Any, offset: int, kind: Any, align: int = 4) -> Any:
    value = builder.load(_pointer(builder, address, offset, kind))
    value.align = align
    return value


def _prefetch(builder: Any, address: Any, line: int) -> None:
    """Into the second cache, for reading."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, INT, INT, INT])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    at = builder.inttoptr(builder.add(address, LONG(LINE * line)), byte)
    builder.call(prefetch, [at, INT(0), INT(2), INT(1)])


def _ended(builder: Any, t: Any, bias: Any, other: Any, bounds: Any, add: bool, kind: Any) -> Any:
    """min(max(t + bias + other, low), high) of one vector or number; a NaN stays."""
    y = builder.fadd(_load(builder, t, 0, kind), _load(builder, bias, 0, kind))
    if add:
        y = builder.fadd(y, _load(builder, other, 0, kind))
    for word, bound in zip(("<", ">"), bounds, strict=True):
        y = builder.select(builder.fcmp_ordered(word, y, bound), bound, y)
    return y


def _run(builder: Any, addresses: Any, bounds: Any, add: bool, start: Any, stop: Any, step: int,
         kind: Any) -> None:  # fmt: skip
    """Columns start, start + step, … below stop of one row."""
    t, bias, other, y = addresses
    before = builder.block
    head, body, after = (builder.function.append_basic_block() for _ in range(3))
    builder.branch(head)
    builder.position_at_end(head)
    c = builder.phi(LONG)
    c.add_incoming(start, before)
    builder.cbranch(builder.icmp_signed("<", c, stop), body, after)
    builder.position_at_end(body)
    along = builder.mul(c, LONG(4))
    here, shift, more = (builder.add(address, along) for address in (t, bias, other))
    made = _ended(builder, here, shift, more, bounds, add, kind)
    builder.store(made, _pointer(builder, builder.add(y, along), 0, kind)).align = 4
    c.add_incoming(builder.add(c, LONG(step)), body)
    builder.branch(head)
    builder.position_at_end(after)


def _finish(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    t, bias, other, y, n, low, high = values
    vector = ir.VectorType(FLOAT, LANES)
    whole = builder.mul(builder.sdiv(n, LONG(LANES)), LONG(LANES))
    spread = ir.Constant(ir.VectorType(INT, LANES), [0] * LANES)
    empty = ir.Constant(vector, ir.Undefined)
    wide = [
        builder.shuffle_vector(builder.insert_element(empty, x, INT(0)), empty, spread)
        for x in (low, high)
    ]
    with builder.if_else(builder.icmp_signed("!=", other, LONG(0))) as (more, alone):
        for branch, add in ((more, True), (alone, False)):
            with branch:
                addresses = t, bias, other, y
                _run(builder, addresses, wide, add, LONG(0), whole, LANES, vector)
                _run(builder, addresses, (low, high), add, whole, n, 1, FLOAT)
    return context.get_dummy_value()


@intrinsic  # type: ignore[untyped-decorator, unused-ignore]
def finish(context, t, bias, other, y, n, low, high):
    """``finish(t, bias, other, y, n, low, high)``: n columns of a row, by addresses; ``other`` 0 is
    none."""
    kinds = [types.int64] * 5 + [types.float32] * 2
    return types.void(*kinds), _finish


def _blocks(rows: int) -> Any:
    """``run(vectors, *arguments of a block)``: each width is code of its own."""
    every = [block(rows, count) for count in range(1, VECTORS + 1)]
    one, two, three, four = (every * 2)[:4]

    @inline
    def run(vectors, a, places, b, t, t_step, k, more, ahead):
        if vectors == 1:
            one(a, places, b, t, t_step, k, more, ahead)
        elif vectors == 2:
            two(a, places, b, t, t_step, k, more, ahead)
        elif vectors == 3:
            three(a, places, b, t, t_step, k, more, ahead)
        else:
            four(a, places, b, t, t_step, k, more, ahead)

    return run


_six, _four, _one = (_blocks(rows) for rows in (ROWS, 4, 1))


@part
def rows(vectors, a, places, b, t, t_step, count, k, more):
    """T (count, :) (+)= A B for ``count`` rows of A, whose places stand one after the other. The
    first blocks fetch what of B follows, which the next call will need."""
    i, size = 0, 4 * LANES * vectors * k
    following = b + size
    while i < count:
        left = count - i
        table, out = places + 8 * i, t + t_step * i
        ahead = following if following < b + 2 * size else b
        if left >= ROWS:
            _six(vectors, a, table, b, out, t_step, k, more, ahead)
            i += ROWS
        elif left >= 4:
            _four(vectors, a, table, b, out, t_step, k, more, ahead)
            i += 4
        else:
            _one(vectors, a, table, b, out, t_step, k, more, ahead)
            i += 1
        following += AHEAD * LINE * k
