"""The innermost loops of a depthwise convolution: some channels, whose sums stay in registers.

    gather(vectors, bias, x, w, table, taps, y)
        y[c] = bias[c] + Σ_t x[t, c] w[t, c]        over ``taps`` taps; ``table`` holds for each how
                                                    many bytes after x and w its numbers begin
    along(vectors, x, x_step, dy, dy_step, count, total)
        total[c] += Σ_j x[j, c] dy[j, c]        over ``count`` pixels j, so many bytes apart

c are ``vectors`` · LANES neighbors, at most COLUMNS; bias, x, w … are addresses. A loop in plain
Numba would read and write its sum at each tap, since y might overlap x.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .register_blocks import FLOAT, LONG, VECTORS
from .register_blocks import LANES as LANES

COLUMNS = VECTORS * LANES
"""Channels that are summed at once."""

available = bool(LANES)
"""Whether this CPU has these loops; without them nothing else here may be called."""

Values = list[Any]


def _repeat(
    builder: Any,
    count: Any,
    moving: Values,
    sums: Values,
    body: Callable[..., tuple[Values, Values]],
) -> Values:
    """``count`` times: (addresses, sums) = body(addresses, sums), all of them values of LLVM."""
    before = builder.block
    head, loop, done = (builder.function.append_basic_block(n) for n in ("head", "loop", "done"))
    builder.branch(head)
    builder.position_at_end(head)
    step = builder.phi(LONG)
    step.add_incoming(LONG(0), before)
    held = [builder.phi(value.type) for value in (*moving, *sums)]
    for phi, value in zip(held, (*moving, *sums), strict=True):
        phi.add_incoming(value, before)
    builder.cbranch(builder.icmp_signed("<", step, count), loop, done)
    builder.position_at_end(loop)
    addresses, added = body(held[: len(moving)], held[len(moving) :])
    for phi, value in zip(held, (*addresses, *added), strict=True):
        phi.add_incoming(value, loop)
    step.add_incoming(builder.add(step, LONG(1)), loop)
    builder.branch(head)
    builder.position_at_end(done)
    return held[len(moving) :]


def _vector(builder: Any, address: Any, place: int, kind: Any) -> Any:
    """The pointer to the vector of that number from an address on."""
    at = builder.add(address, LONG(4 * LANES * place))
    return builder.inttoptr(at, kind.as_pointer())


def _loaded(builder: Any, address: Any, place: int, kind: Any) -> Any:
    value = builder.load(_vector(builder, address, place, kind))
    value.align = 4
    return value


def _products(builder: Any, one: Any, two: Any, sums: Values, kind: Any) -> Values:
    """sums + one · two, vector by vector."""
    of = ir.FunctionType(kind, [kind] * 3)
    fma = cgutils.get_or_insert_function(builder.module, of, f"llvm.fma.v{LANES}f32")
    return [
        builder.call(fma, [_loaded(builder, one, v, kind), _loaded(builder, two, v, kind), total])
        for v, total in enumerate(sums)
    ]


def _gather(vectors: int) -> Any:
    kind, word = ir.VectorType(FLOAT, LANES), LONG.as_pointer()

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bias, x, w, table, taps, y = values

        def tap(addresses: Values, sums: Values) -> tuple[Values, Values]:
            (entry,) = addresses
            at_x = builder.load(builder.inttoptr(entry, word))
            at_w = builder.load(builder.inttoptr(builder.add(entry, LONG(8)), word))
            one, two = builder.add(x, at_x), builder.add(w, at_w)
            return [builder.add(entry, LONG(16))], _products(builder, one, two, sums, kind)

        first = [_loaded(builder, bias, v, kind) for v in range(vectors)]
        made = _repeat(builder, taps, [table], first, tap)
        for v, value in enumerate(made):
            builder.store(value, _vector(builder, y, v, kind)).align = 4
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def run(context, bias, x, w, table, taps, y):
        return types.void(*[types.int64] * 6), emit

    return run


def _along(vectors: int) -> Any:
    kind = ir.VectorType(FLOAT, LANES)

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        x, x_step, dy, dy_step, count, total = values

        def pixel(addresses: Values, sums: Values) -> tuple[Values, Values]:
            x, dy = addresses
            made = _products(builder, x, dy, sums, kind)
            return [builder.add(x, x_step), builder.add(dy, dy_step)], made

        first = [_loaded(builder, total, v, kind) for v in range(vectors)]
        made = _repeat(builder, count, [x, dy], first, pixel)
        for v, value in enumerate(made):
            builder.store(value, _vector(builder, total, v, kind)).align = 4
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def run(context, x, x_step, dy, dy_step, count, total):
        return types.void(*[types.int64] * 6), emit

    return run


def _of_any_width(make: Callable[[int], Any]) -> Any:
    """``run(vectors, *addresses)``: each width is code of its own."""
    every = [make(count) for count in range(1, VECTORS + 1)]
    one, two, three, four = (every * 2)[:4]  # AVX2 has no loops of three or four vectors

    @numba.njit(nogil=True, error_model="numpy", inline="always")
    def run(vectors, a, b, c, d, e, f):
        if vectors == 1:
            one(a, b, c, d, e, f)
        elif vectors == 2:
            two(a, b, c, d, e, f)
        elif vectors == 3:
            three(a, b, c, d, e, f)
        else:
            four(a, b, c, d, e, f)

    return run


gather: Any = _of_any_width(_gather) if available else None
along: Any = _of_any_width(_along) if available else None
