"""The tile instructions as functions for compiled code.

    configure(t)                  8 tiles of 16 rows of 64 bytes, all zero; once before the others
    zero(t, i)                    tile i = 0
    load(t, i, at, stride)        tile i = 16 rows of 64 bytes from the address ``at``, ``stride``
                                  bytes apart
    dot(t, c, a, b)               tile c += tile a · tile b: c 16 x 16 float32, a 16 rows of 32
                                  bfloat16, b 16 rows (pairs of k) of 16 pairs of bfloat16
        c[m, n] += Σ_k a[m, 2k] b[k, 2n] + a[m, 2k + 1] b[k, 2n + 1]
    store(t, i, at, stride)       the reverse of load
    release(t)                    the registers are given back; once after the others

and what products of 32 by 32 numbers make of them, whose sums are tiles 0 to 3:

    clear(t)                      the sums = 0
    load_sums(t, at, stride)      the sums = 32 rows of 32 numbers from an address
    store_sums(t, at, stride)     the reverse
    dots(t)                       the sums += tiles 4 and 5, one below the other, times 6 and 7

    transpose(source, source_stride, target, target_stride)      16 x 16 dwords, in vector registers
    will_read(at)                 the cache line at an address is wanted soon

Numbers of tiles are literal, as they are part of the instruction. Addresses are integers. ``t`` is
``CONFIG`` for the real instructions and ``model.registers()`` for those of the model, and Numba
compiles a kernel for each of the two that it is called with.

What "bit for bit" can mean. dot takes even and odd k apart, each a chain of fused multiply-adds
in float32 that starts at 0, adds the two chains, and that to c. Every step rounds to nearest even,
takes subnormal numbers for 0 and makes subnormal results 0, whatever the CPU's settings. So its
bits are defined, and ``model`` has the same, save for the bits of a NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

from ....types import Array
from ..cache import SerialCache
from . import model

BYTE, LONG, POINTER = ir.IntType(8), ir.IntType(64), ir.IntType(8).as_pointer()
VECTOR = ir.VectorType(ir.IntType(32), 16)


def _config() -> Array:
    config = np.zeros(64, np.uint8)
    config[0] = 1  # the palette of 8 tiles of 1 KB
    config[16:32].view(np.uint16)[:] = 64  # bytes of a row
    config[48:56] = 16  # rows
    config.flags.writeable = False
    return config


CONFIG = _config()


def compiled(function: Callable[..., Any]) -> Any:
    """A kernel on tiles. Its sums keep their order, so that the model's are those of the CPU."""
    loop = numba.njit(function, error_model="numpy", nogil=True)
    if not numba.config.DISABLE_JIT:
        loop._cache = SerialCache(function)
    return loop


def _real(t: Any) -> bool:
    return bool(t.ndim == 1)


def _call(builder: Any, name: str, numbers: tuple[int, ...], others: tuple[Any, ...] = ()) -> None:
    values = [BYTE(number) for number in numbers] + list(others)
    kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.{name}"), values)


def _instruction(
    name: str, modelled: Callable[..., Any], t: Any, tiles: tuple[Any, ...], others: int = 0
) -> Any:
    """Its type and its code: of the CPU's instruction ``name``, or of the model's function."""
    # literal types: by the signature alone Numba finds the code, and each tile has its own
    signature = types.void(t, *tiles, *[types.int64] * others)
    general = types.void(t, *[types.int64] * (len(tiles) + others))

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = tuple(tile.literal_value for tile in tiles)
        if not _real(t):
            fixed = [LONG(number) for number in numbers]
            given = (values[0], *fixed, *values[1 + len(tiles) :])
            return context.compile_internal(builder, modelled, general, given)
        arguments = values[1 + len(tiles) :]
        if arguments:
            arguments = (builder.inttoptr(arguments[0], POINTER), *arguments[1:])
        _call(builder, name, numbers, tuple(arguments))
        return context.get_dummy_value()

    return signature, emit


@intrinsic
def configure(context, t):
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if not _real(t):
            return context.compile_internal(builder, model.configure, signature, values)
        data = context.make_array(t)(context, builder, values[0]).data
        _call(builder, "ldtilecfg", (), (builder.bitcast(data, POINTER),))
        return context.get_dummy_value()

    return types.void(t), emit


@intrinsic
def release(context, t):
    return _instruction("tilerelease", model.release, t, ())


@intrinsic(prefer_literal=True)
def zero(context, t, i):
    return _instruction("tilezero", model.zero, t, (i,))


@intrinsic(prefer_literal=True)
def load(context, t, i, at, stride):
    return _instruction("tileloadd64", model.load, t, (i,), 2)


@intrinsic(prefer_literal=True)
def store(context, t, i, at, stride):
    return _instruction("tilestored64", model.store, t, (i,), 2)


@intrinsic(prefer_literal=True)
def dot(context, t, c, a, b):
    return _instruction("tdpbf16ps", model.dot, t, (c, a, b))


def transposed(builder: Any, rows: Sequence[Any]) -> list[Any]:
    """16 vectors of 16 dwords: halves are exchanged across the diagonal, then quarters …"""
    rows = list(rows)
    for k in (8, 4, 2, 1):
        low = ir.Constant(VECTOR, [j if not j & k else 16 + j - k for j in range(16)])
        high = ir.Constant(VECTOR, [j + k if not j & k else 16 + j for j in range(16)])
        for i in range(16):
            if not i & k:
                a, b = rows[i], rows[i + k]
                rows[i] = builder.shuffle_vector(a, b, low)
                rows[i + k] = builder.shuffle_vector(a, b, high)
    return rows


@intrinsic
def transpose(context, source, source_stride, target, target_stride):
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source, source_stride, target, target_stride = values

        def row(base: Any, stride: Any, i: int) -> Any:
            place = builder.add(base, builder.mul(stride, LONG(i)))
            return builder.inttoptr(place, VECTOR.as_pointer())

        rows = [builder.load(row(source, source_stride, i)) for i in range(16)]
        for each in rows:
            each.align = 4
        for i, each in enumerate(transposed(builder, rows)):
            builder.store(each, row(target, target_stride, i)).align = 4
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4), emit


@register_jitable
def clear(t):
    zero(t, 0)
    zero(t, 1)
    zero(t, 2)
    zero(t, 3)


@register_jitable
def load_sums(t, at, stride):
    load(t, 0, at, stride)
    load(t, 1, at + 64, stride)
    load(t, 2, at + 16 * stride, stride)
    load(t, 3, at + 16 * stride + 64, stride)


@register_jitable
def store_sums(t, at, stride):
    store(t, 0, at, stride)
    store(t, 1, at + 64, stride)
    store(t, 2, at + 16 * stride, stride)
    store(t, 3, at + 16 * stride + 64, stride)


@register_jitable
def dots(t):
    dot(t, 0, 4, 6)
    dot(t, 1, 4, 7)
    dot(t, 2, 5, 6)
    dot(t, 3, 5, 7)


@intrinsic
def will_read(context, at):
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [POINTER, *[number] * 3])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        read, to_the_second_cache, data = number(0), number(2), number(1)
        place = builder.inttoptr(values[0], POINTER)
        builder.call(prefetch, [place, read, to_the_second_cache, data])
        return context.get_dummy_value()

    return types.void(types.int64), emit
