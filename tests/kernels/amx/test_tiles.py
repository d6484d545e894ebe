"""The tile instructions: what the model computes, and that a CPU with tiles has the same bits."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from chainrule.kernels.cpu.amx import model, tiles
from chainrule.kernels.cpu.amx.tiles import (
    CONFIG,
    compiled,
    configure,
    dot,
    load,
    release,
    store,
    transpose,
    will_read,
    zero,
)
from chainrule.kernels.reference.rounding import rounded

from .machines import needs_tiles


@compiled
def product(t, a, b, c, steps):
    """c (16, 16) += a (steps, 16, 32) b (steps, 16, 16, 2), by addresses."""
    configure(t)
    load(t, 3, c, 64)
    zero(t, 5)
    for k in range(steps):
        will_read(a + 1024 * k)
        load(t, 4, a + 1024 * k, 64)
        load(t, 6, b + 1024 * k, 64)
        dot(t, 3, 4, 6)
        dot(t, 3, 4, 5)  # a tile of zeros
    store(t, 3, c, 64)
    release(t)


@compiled
def spread(t, source, target, stride):
    configure(t)
    load(t, 7, source, stride)
    store(t, 7, target, 2 * stride)
    release(t)


def bfloat(x):
    return (rounded(np.asarray(x, np.float32)).view(np.uint32) >> 16).astype(np.uint16)


def run(t, a, b, c):
    c = c.copy()
    product(t, a.ctypes.data, b.ctypes.data, c.ctypes.data, a.size // 512)
    return c


def numbers(rng, kind, size):
    x = rng.standard_normal(size)
    if kind == "any size":
        x *= 10.0 ** rng.uniform(-38, 38, size)
    if kind == "subnormal":
        x *= 10.0 ** rng.uniform(-24, -15, size)
    if kind == "not finite":
        x[rng.random(size) < 0.01] = np.inf
        x[rng.random(size) < 0.01] = np.nan
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


KINDS = ["normal", "any size", "subnormal", "not finite", "any bits"]


@needs_tiles
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_has_the_bits_of_the_cpu(rng, kind):
    for _ in range(8):
        if kind == "any bits":
            a, b = (rng.integers(0, 1 << 16, 3 * 512).astype(np.uint16) for _ in range(2))
        else:
            a, b = (bfloat(numbers(rng, kind, 3 * 512)) for _ in range(2))
        c = numbers(rng, "normal" if kind == "any bits" else kind, 256)
        mine, truth = run(model.registers(), a, b, c), run(CONFIG, a, b, c)
        nan = np.isnan(truth)
        np.testing.assert_array_equal(np.isnan(mine), nan)
        np.testing.assert_array_equal(mine.view(np.uint32)[~nan], truth.view(np.uint32)[~nan])


def test_a_product_in_the_model(rng):
    a, b = (rounded(numbers(rng, "normal", 3 * 512)) for _ in range(2))
    c = numbers(rng, "normal", 256)
    pairs = b.reshape(3, 16, 16, 2).swapaxes(2, 3).reshape(3, 32, 16)
    exact = c.reshape(16, 16) + (a.reshape(3, 16, 32).astype(float) @ pairs).sum(axis=0)
    made = run(model.registers(), bfloat(a), bfloat(b), c).reshape(16, 16)
    np.testing.assert_allclose(made, exact, rtol=1e-5, atol=1e-5)


def test_the_model_takes_subnormal_numbers_for_zero():
    a, b = np.zeros((16, 32), np.float32), np.zeros((16, 16, 2), np.float32)
    a[0, 0], b[0, :, 0] = 1e-39, 1.0  # a factor
    a[1, 0] = 1e-20  # a result: 1e-20 · 1e-20 below
    b[0, 1, 0] = 1e-20
    a[2, 0], c = -1.0, np.full((16, 16), 1e-39, np.float32)  # what is added to
    made = run(model.registers(), bfloat(a), bfloat(b), c)
    assert made[0, 0] == 0
    assert made[1, 1] == 0
    assert made[2, 0] == -1
    assert not made[3:].any()


def test_rows_lie_a_stride_apart(rng):
    machines = [model.registers()] + [CONFIG] * (needs_tiles.args[0] is False)
    source = rng.integers(0, 1 << 32, (16, 25), dtype=np.uint32)
    for t in machines:
        target = np.zeros((16, 50), np.uint32)
        spread(t, source.ctypes.data, target.ctypes.data, 100)
        np.testing.assert_array_equal(target[:, :16], source[:, :16])
        assert not target[:, 16:].any()


def test_a_square_is_transposed(rng):
    source = rng.integers(0, 1 << 32, (16, 20), dtype=np.uint32)
    target = np.zeros((16, 18), np.uint32)
    _transposed(source.ctypes.data, 80, target.ctypes.data, 72)
    np.testing.assert_array_equal(target[:, :16], source[:, :16].T)
    assert not target[:, 16:].any()


@compiled
def _transposed(source, source_stride, target, target_stride):
    transpose(source, source_stride, target, target_stride)


def test_each_instruction_is_modelled():
    for name in ("configure", "zero", "load", "dot", "store", "release"):
        assert callable(getattr(model, name)) and hasattr(tiles, name)
