"""bfloat16 by its definition, compiled, and in vector registers: all bits of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import precision
from chainrule.kernels.reference.rounding import multiply, rounded


def as_float32(*bits: int):
    return np.array(bits, np.uint32).view(np.float32)


NUMBERS = as_float32(
    0, 0x80000000, 0x3F800000, 0x3F808000, 0x3F808001, 0x3F818000, 0x3F807FFF, 0xBF818000,
    0x7F7F0000, 0x7F7F8000, 0x7F800000, 0xFF800000, 0x00800000, 0x7F7FFFFF, 0x42F6E979, 0xC2F6E979,
)  # fmt: skip
ROUNDED = as_float32(
    0, 0x80000000, 0x3F800000, 0x3F800000, 0x3F810000, 0x3F820000, 0x3F800000, 0xBF820000,
    0x7F7F0000, 0x7F800000, 0x7F800000, 0xFF800000, 0x00800000, 0x7F800000, 0x42F70000, 0xC2F70000,
)  # fmt: skip
NAN = as_float32(0x7FC00000, 0x7F800001, 0xFFFFFFFF, 0x7FFF8000)


def any_bits(rng, *shape):
    return rng.integers(0, 1 << 32, shape, dtype=np.uint32).view(np.float32)


def test_to_the_nearest_and_of_two_to_the_even_one():
    np.testing.assert_array_equal(rounded(NUMBERS).view(np.uint32), ROUNDED.view(np.uint32))
    assert np.isnan(rounded(NAN)).all()


def test_what_is_a_bfloat16_stays():
    every = (np.arange(1 << 16, dtype=np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(rounded(every), every)


def test_the_compiled_loop_is_the_definition(rng):
    pytest.importorskip("numba")
    from chainrule.kernels.cpu.rounding import rounded as compiled

    for x in (any_bits(rng, 70, 33), NUMBERS, NAN, any_bits(rng, 70, 33).T, any_bits(rng, 0, 3)):
        np.testing.assert_array_equal(compiled(x), rounded(x))
    x = any_bits(rng, 40, 30)[::2, ::-1]
    np.testing.assert_array_equal(compiled(x), rounded(x))


@pytest.mark.parametrize("along", [0, 1])
@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("low", [0, 1])
def test_tiles_in_vector_registers_are_the_definition(rng, along, turned, low):
    pytest.importorskip("numba")
    from chainrule.kernels.cpu.amx.gemm_packing import _tile

    x = any_bits(rng, 16, 32)
    x[0, :16] = NUMBERS
    size = np.abs(x)
    x[(size < 1e-30) & (size > 0)] = 1  # what is subnormal becomes 0
    if low:
        x[~np.isfinite(rounded(x))] = 2
    x = x if along else x.reshape(32, 16)
    made = np.empty((16, 16), np.uint32)
    finite = _tile(along, turned, bool(low), x.ctypes.data, x.strides[0], made.ctypes.data)
    part = rounded(x - rounded(x)) if low else rounded(x)
    bits = part.view(np.uint32) >> 16
    pairs = (bits[:, ::2], bits[:, 1::2]) if along else (bits[::2], bits[1::2])
    defined = pairs[0] | pairs[1] << 16
    made = made.T if turned else made
    nan = np.isnan(part)
    nan = nan[:, ::2] | nan[:, 1::2] if along else nan[::2] | nan[1::2]
    np.testing.assert_array_equal(made[~nan], defined[~nan])
    assert finite
    for odd in (np.inf, np.nan, np.finfo(np.float32).max):
        x[3, 5] = odd
        seen = _tile(along, turned, True, x.ctypes.data, x.strides[0], made.ctypes.data)
        assert not seen


def test_high_and_low_together_have_16_bits(rng):
    x = rng.standard_normal(10_000, np.float32)
    high = rounded(x)
    low = rounded(x - high)
    assert (np.abs(x - high) <= 2.0**-8 * np.abs(x)).all()
    assert (np.abs(x.astype(float) - high - low) <= 2.0**-16 * np.abs(x)).all()


@pytest.mark.parametrize("asked", precision.PRECISIONS)
def test_only_float32_is_rounded(rng, asked):
    a, b = rng.standard_normal((5, 6)), rng.standard_normal((6, 7))
    with precision.using(asked):
        np.testing.assert_array_equal(multiply(a, b), a @ b)
        single = multiply(a.astype(np.float32), b.astype(np.float32))
    assert single.dtype == np.float32
    exact = 2e-2 if asked == "bfloat16" else 1e-4
    np.testing.assert_allclose(single, a @ b, atol=exact)
    plain = a.astype(np.float32) @ b.astype(np.float32)
    assert np.array_equal(single, plain) == asked.startswith("float32")


def test_convolutions_of_the_reference_follow_the_precision(rng):
    x = rng.standard_normal((2, 5, 5, 3), np.float32)
    w = rng.standard_normal((3, 3, 3, 4), np.float32)
    options = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
    with kernels.use("reference") as kernel:
        dy = kernel.conv2d(x, w, *options)
        exact = (
            kernel.conv2d(rounded(x), rounded(w), *options),
            kernel.conv2d_backward_input(rounded(dy), rounded(w), (5, 5), *options),
            kernel.conv2d_backward_weight(rounded(dy), rounded(x), (3, 3), *options),
        )
        with precision.using("bfloat16"):
            mine = (
                kernel.conv2d(x, w, *options),
                kernel.conv2d_backward_input(dy, w, (5, 5), *options),
                kernel.conv2d_backward_weight(dy, x, (3, 3), *options),
            )
    for y, defined in zip(mine, exact, strict=True):
        np.testing.assert_array_equal(y, defined)


@pytest.mark.parametrize("odd", [np.inf, -np.inf])
def test_an_infinity_is_no_nan_in_three_products(odd):
    a = np.array([[odd, 1.001]], np.float32)
    with precision.using("bf16x3"):
        assert multiply(a, np.array([[1.0], [2.001]], np.float32)).item() == odd
