"""The innermost loop of a product of float32 matrices: a block of C that stays in registers.

    C[i, :] = Σ_k A[i, k] B[k, :]        a few rows i, a few vectors of columns

Each k takes one number of A for each row, copied to all lanes, and a row of B, and adds their
products to sums that never leave the registers. On AVX-512 that are 6 rows of 4 vectors of 16
numbers, 24 sums in 32 registers; on AVX2 with FMA 6 rows of 2 vectors of 8. A CPU with neither
has no blocks, and its products are BLAS's.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication"; Van Zee and
van de Geijn 2015, "BLIS: a framework for rapidly instantiating BLAS functionality".
"""

from __future__ import annotations

import platform
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

FLOAT, LONG, INT = ir.FloatType(), ir.IntType(64), ir.IntType(32)
ROWS = 6


def _features() -> set[str]:
    """Of the CPU that Numba compiles for: this one's, unless its settings say otherwise."""
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return {name[1:] for name in features.split(",") if name.startswith("+")}


def _lanes() -> int:
    """Numbers of a vector register, or 0 where there are no blocks."""
    if numba.config.DISABLE_JIT or platform.machine() not in ("x86_64", "AMD64"):
        return 0
    found = _features()
    if "avx512f" in found:
        return 16
    return 8 if {"avx2", "fma"} <= found else 0


LANES = _lanes()
VECTORS = 4 if LANES == 16 else 2
COLUMNS = VECTORS * LANES
"""Columns of a whole block."""


def block(rows: int, vectors: int) -> Any:
    """``block(a, ar, ak, b, bk, c, cr, k, more)``: ``rows`` of C, ``vectors`` · LANES columns.

    Addresses of A, B and C with strides in bytes: ``ar`` from row to row of A, ``ak`` along k,
    ``bk`` from row to row of B, ``cr`` of C; k ≥ 1. B's rows and C's are read and written whole.
    The sums begin at 0 or, with ``more`` 1, at what C holds.
    """
    vector = ir.VectorType(FLOAT, LANES)
    spread = ir.Constant(ir.VectorType(INT, LANES), [0] * LANES)
    undefined, zero = ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0.0] * LANES)
    places = [(i, j) for i in range(rows) for j in range(vectors)]

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, ar, ak, b, bk, c, cr, k, more = values
        kind = ir.FunctionType(vector, [vector] * 3)
        add_product = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
        below = [builder.mul(ar, LONG(i)) for i in range(rows)]
        at = {
            (i, j): builder.inttoptr(
                builder.add(builder.add(c, builder.mul(cr, LONG(i))), LONG(4 * LANES * j)),
                vector.as_pointer(),
            )
            for i, j in places
        }
        names = ("goes_on", "begins", "k", "done")
        goes_on, begins, loop, done = (builder.function.append_basic_block(n) for n in names)
        from_zero = builder.block
        builder.cbranch(builder.icmp_signed("!=", more, LONG(0)), goes_on, begins)
        builder.position_at_end(goes_on)
        held = {place: builder.load(at[place]) for place in places}
        for each in held.values():
            each.align = 4
        builder.branch(begins)
        builder.position_at_end(begins)
        first = {place: builder.phi(vector) for place in places}
        for place, phi in first.items():
            phi.add_incoming(zero, from_zero)
            phi.add_incoming(held[place], goes_on)
        builder.branch(loop)

        builder.position_at_end(loop)
        step, pa, pb = (builder.phi(LONG) for _ in range(3))
        for phi, start in ((step, LONG(0)), (pa, a), (pb, b)):
            phi.add_incoming(start, begins)
        sums = {place: builder.phi(vector) for place in places}
        for place, phi in sums.items():
            phi.add_incoming(first[place], begins)
        row = [_load(builder, pb, 4 * LANES * j, vector) for j in range(vectors)]
        added = {}
        for i in range(rows):
            number = _load(builder, builder.add(pa, below[i]), 0, FLOAT)
            lanes = builder.insert_element(undefined, number, INT(0))
            lanes = builder.shuffle_vector(lanes, undefined, spread)
            for j in range(vectors):
                added[i, j] = builder.call(add_product, [lanes, row[j], sums[i, j]])
        following = builder.add(step, LONG(1))
        step.add_incoming(following, loop)
        pa.add_incoming(builder.add(pa, ak), loop)
        pb.add_incoming(builder.add(pb, bk), loop)
        for place in places:
            sums[place].add_incoming(added[place], loop)
        builder.cbranch(builder.icmp_signed("<", following, k), loop, done)

        builder.position_at_end(done)
        for place in places:
            builder.store(added[place], at[place]).align = 4
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator, unused-ignore]
    def multiply(context, a, ar, ak, b, bk, c, cr, k, more):
        return types.void(*[types.int64] * 9), emit

    return multiply


def _load(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    at = builder.add(address, LONG(offset)) if offset else address
    value = builder.load(builder.inttoptr(at, kind.as_pointer()))
    value.align = 4
    return value
