"""The product on tiles: right for any sizes and layouts, the same bits however it is computed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule.kernels import precision
from chainrule.kernels.reference.matmul import matmul as reference
from chainrule.types import Array

pytest.importorskip("numba")

from chainrule.kernels.cpu import matmul, workers
from chainrule.kernels.cpu.amx import gemm, registers, support

SIZES = [
    (1, 1, 1), (1, 40, 3), (3, 1, 70), (16, 32, 16), (32, 32, 32), (33, 70, 40), (64, 64, 10),
    (10, 65, 64), (300, 530, 33), (31, 1030, 290),
]  # fmt: skip
LAYOUTS = list(itertools.product((False, True), repeat=2))
EXACT = {"bfloat16": 1.01 * 2.0**-7, "bf16x3": 2.0**-14}
PLANES = {"bfloat16": 1, "bf16x3": 2}
rounded = pytest.mark.parametrize("asked", EXACT)


@pytest.fixture(autouse=True)
def on_the_model():
    with registers.modelled():
        yield


def factors(rng, m: int, k: int, n: int, turned: tuple[bool, bool] = (False, False)):
    a, b = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
    return tuple(
        np.ascontiguousarray(x.T).T if turn else x for x, turn in zip((a, b), turned, strict=True)
    )


def product(a: Array, b: Array, asked: precision.Precision) -> Array:
    with precision.using(asked), np.errstate(over="ignore", invalid="ignore"):
        y = matmul.matmul(a, b)
    assert (y.shape, y.dtype) == ((len(a), b.shape[1]), np.float32)
    return y


def sizes(a: Array, b: Array) -> Array:
    return np.abs(a).astype(float) @ np.abs(b)


@rounded
@pytest.mark.parametrize("turned", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_it_is_the_product_of_the_rounded_factors(rng, size, turned, asked):
    a, b = factors(rng, *size, turned)
    y = product(a, b, asked)
    with precision.using(asked):
        defined = reference(a, b)
    assert (np.abs(y - defined) <= 1e-6 * sizes(a, b)).all()
    assert (np.abs(y - a.astype(float) @ b) <= EXACT[asked] * sizes(a, b)).all()


@rounded
@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (3, 4, 0), (0, 0, 0)])
def test_nothing(rng, shape, asked):
    a, b = factors(rng, *shape)
    assert not product(a, b, asked).any()


@rounded
def test_parts_of_arrays(rng, asked):
    a, b = factors(rng, 40, 50, 60)
    y = product(a[::2, 1::3], b[1::3, ::-1], asked)
    np.testing.assert_array_equal(y, product(a[::2, 1::3].copy(), b[1::3, ::-1].copy(), asked))


@rounded
@pytest.mark.parametrize("turned", LAYOUTS)
def test_each_way_of_sharing_gives_the_product(rng, monkeypatch, turned, asked):
    a, b = factors(rng, 150, 300, 70, turned)
    alone = product(a, b, asked)
    monkeypatch.setattr(gemm, "SMALL", 0)
    monkeypatch.setattr(gemm, "WORK", 1 << 10)
    monkeypatch.setattr(gemm, "PACKED", 1 << 10)
    np.testing.assert_array_equal(product(a, b, asked), alone)
    np.testing.assert_array_equal(product(b.T, a.T, asked), product(b.T, a.T, asked))
    monkeypatch.setattr(gemm, "LONG", 64)
    summed = product(a, b, asked)
    assert (np.abs(summed - alone) <= 1e-6 * sizes(a, b)).all()


@rounded
@pytest.mark.parametrize("long", [64, 1 << 12])
def test_the_same_bits_for_any_number_of_threads(rng, monkeypatch, long, asked):
    monkeypatch.setattr(gemm, "SMALL", 0)
    monkeypatch.setattr(gemm, "WORK", 1 << 10)
    monkeypatch.setattr(gemm, "PACKED", 1 << 10)
    monkeypatch.setattr(gemm, "LONG", long)
    a, b = factors(rng, 200, 333, 70, (True, False))
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(workers, "threads", lambda threads=threads: threads)
        found.append(product(a, b, asked))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


@rounded
@pytest.mark.parametrize("size", [(5, 7, 3), (33, 70, 40), (300, 530, 33)])
def test_the_cpu_has_the_bits_of_the_model(rng, size, asked):
    if not support.available():
        pytest.skip("no AMX tiles here")
    for turned in LAYOUTS:
        a, b = factors(rng, *size, turned)
        modelled = gemm.product(a, b, PLANES[asked])
        token = registers._modelled.set(False)
        try:
            np.testing.assert_array_equal(gemm.product(a, b, PLANES[asked]), modelled)
        finally:
            registers._modelled.reset(token)


@rounded
@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("size", [(5, 70, 40), (40, 33, 5)])
def test_what_is_not_finite_stays_where_it_belongs(rng, size, odd, asked):
    """A row of A with an infinity makes a row of C infinite, and nothing else: no zero beyond an
    edge meets it."""
    m, k, _ = size
    for i, j in ((0, 0), (m - 1, k - 1)):
        a, b = factors(rng, *size)
        a[i, j] = odd
        y = product(a, b, asked)
        rest = np.delete(y, i, axis=0)
        assert np.isfinite(rest).all()
        np.testing.assert_array_equal(y[i], a[i, j] * b[j] if np.isinf(odd) else np.nan)
        y = product(b.T, a.T, asked)
        assert np.isfinite(np.delete(y, i, axis=1)).all()
        assert not np.isfinite(y[:, i]).any()


@rounded
def test_the_range_is_that_of_float32(asked):
    a = np.array([[1e30, 1e-30], [3e38, 0]], np.float32)
    b = np.array([[1e-30, 1e-8], [1e30, 1e-8]], np.float32)
    y = product(a, b, asked)
    np.testing.assert_allclose(y, a.astype(float) @ b, rtol=1e-2)
    # rounded to bfloat16 the largest float32 is infinite, and in bf16x3 it is float32's product
    top = product(np.array([[np.finfo(np.float32).max]]), np.ones((1, 1), np.float32), asked)
    assert top.item() == (np.inf if asked == "bfloat16" else np.finfo(np.float32).max)


@rounded
def test_factors_are_left_as_they_are(rng, asked):
    a, b = factors(rng, 20, 30, 10)
    a.flags.writeable = b.flags.writeable = False
    before = a.copy(), b.copy()
    product(a, b, asked)
    np.testing.assert_array_equal(a, before[0])
    np.testing.assert_array_equal(b, before[1])


def test_float64_is_never_rounded(rng):
    a, b = (x.astype(np.float64) for x in factors(rng, 20, 30, 10))
    with precision.using("bfloat16"):
        np.testing.assert_array_equal(matmul.matmul(a, b), a @ b)


@rounded
def test_without_tiles_the_factors_are_rounded(rng, monkeypatch, asked):
    a, b = factors(rng, 40, 70, 30, (True, False))
    on_tiles = product(a, b, asked)
    monkeypatch.setattr(registers, "usable", lambda: False)
    y = product(a, b, asked)
    tolerance = 1e-6 if asked == "bfloat16" else EXACT[asked]
    assert (np.abs(y - on_tiles) <= tolerance * sizes(a, b)).all()
    if asked == "bf16x3":
        np.testing.assert_array_equal(y, product(a, b, "float32"))


@pytest.mark.parametrize("asked", ["float32", "float32-strict"])
def test_float32_is_never_made_of_bfloat16(rng, asked):
    a, b = factors(rng, 64, 300, 64)
    assert (np.abs(product(a, b, asked) - a.astype(float) @ b) <= 1e-6 * sizes(a, b)).all()
