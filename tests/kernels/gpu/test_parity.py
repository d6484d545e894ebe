"""Every kernel for GPUs against its definition, on a model of the hardware."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import REFERENCE
from chainrule.kernels.gpu import MODULES

from ..cases import CASES, SHAPES, UPDATED, Arguments
from ..comparison import compare, outputs, widened
from .fake_cupy import DeviceArray, placed

OWN = sorted({name for module in MODULES for name in module.__all__})
CONVOLUTIONS = [name for name in OWN if name.startswith("conv2d")]


def check(gpu: Any, name: str, arguments: Arguments, rtol: float = 2e-6) -> None:
    got = outputs(getattr(gpu, name), tuple(map(placed, arguments)))
    compare(name, arguments, got, 1e-5 if name in CONVOLUTIONS else rtol, DeviceArray)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", OWN)
def test_kernel_equals_its_definition(gpu, name, shape, rng):
    check(gpu, name, CASES[name](rng, shape))


def strided(x: Any, how: str) -> Any:
    if how == "every other":
        return np.repeat(x, 2, axis=-1)[..., ::2]
    if how == "reversed":
        return x[::-1].copy()[::-1]
    return np.array(x, order="F", subok=True)


@pytest.mark.parametrize("how", ["every other", "reversed", "fortran"])
@pytest.mark.parametrize("name", OWN)
def test_kernel_takes_and_updates_strided_arrays(gpu, name, how, rng):
    arguments = tuple(map(placed, CASES[name](rng, (3, 5, 4, 6))))
    views = tuple(strided(a, how) if isinstance(a, np.ndarray) else a for a in arguments)
    expected = outputs(getattr(gpu, name), arguments)
    result = getattr(gpu, name)(*views)
    got = list(result) if isinstance(result, tuple) else [result]
    got += [view for view in views if isinstance(view, np.ndarray)]
    for one, other in zip(got, expected, strict=True):
        if other is not None:
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", OWN)
def test_kernel_writes_only_where_it_says_so(gpu, name, rng):
    arguments = tuple(map(placed, CASES[name](rng, (3, 5, 4, 6))))
    before = copy.deepcopy(arguments)
    getattr(gpu, name)(*arguments)
    for i, (now, then) in enumerate(zip(arguments, before, strict=True)):
        if isinstance(now, np.ndarray):
            assert np.array_equal(now, then) == (i not in UPDATED.get(name, ()))


@pytest.mark.parametrize("name", OWN)
def test_other_dtypes_and_no_elements_go_to_the_reference(gpu, name, rng):
    arguments = CASES[name](rng, (3, 5, 4, 6))
    wide = widened(arguments)
    got = outputs(getattr(gpu, name), tuple(map(placed, wide)))
    expected = outputs(getattr(REFERENCE, name), wide)
    for mine, theirs in zip(got, expected, strict=True):
        if theirs is not None:
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    "name", ["relu_backward", "dropout", "norm_relu", "max_pool", "gelu", "silu_backward"]
)
def test_nan_and_infinity_pass_alike(gpu, name, rng):
    shape = (2, 6, 6, 3)
    arguments = CASES[name](rng, shape)
    first = next(a for a in arguments if isinstance(a, np.ndarray))
    first.reshape(-1)[::7], first.reshape(-1)[3::11] = np.nan, np.inf
    first.reshape(-1)[5::13] = -np.inf
    with np.errstate(invalid="ignore"):
        expected = outputs(getattr(REFERENCE, name), arguments)
        got = outputs(getattr(gpu, name), tuple(map(placed, arguments)))
    for mine, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_infinite_statistics_are_those_of_the_reference(gpu):
    x = np.ones((1, 6, 3, 1), np.float32)
    x[0, 2, 0], x[0, 0, 1], x[0, 3, 2] = np.inf, -np.inf, np.nan
    with np.errstate(invalid="ignore"):
        expected = REFERENCE.moments(x)
    for mine, theirs in zip(gpu.moments(placed(x)), expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_one_scale_for_every_channel(gpu, rng, dtype):
    x = rng.integers(0, 256, (2, 3, 4)).astype(dtype)
    for scale in (np.float32([0.5]), np.float32(0.5), np.ones((3, 4), np.float32)):
        got = gpu.scale_shift(placed(x), placed(np.asarray(scale)), placed(np.asarray(scale)))
        np.testing.assert_allclose(got, REFERENCE.scale_shift(x, scale, scale))


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e6])
def test_variance_of_numbers_that_are_large_beside_their_spread(gpu, rng, offset):
    x = (rng.standard_normal((1, 3001, 5, 1)) + offset).astype(np.float32)
    mean, var = gpu.moments(placed(x))
    wide = x.astype(np.float64)
    np.testing.assert_allclose(mean[0], wide.mean((0, 1, 3)), rtol=1e-6)
    np.testing.assert_allclose(var[0], wide.var((0, 1, 3)), rtol=1e-5)


@pytest.mark.parametrize("key", [0, 3, 2**63 + 7, (5 << 64) + 9])
def test_dropout_drops_what_every_back_end_drops(gpu, rng, key):
    x = rng.standard_normal((37, 11), np.float32)
    np.testing.assert_array_equal(gpu.dropout(placed(x), 0.4, key), REFERENCE.dropout(x, 0.4, key))
    np.testing.assert_array_equal(
        gpu.dropout(placed(x), 0.4, key), kernels.of(x).dropout(x, 0.4, key)
    )


@pytest.mark.parametrize("name", OWN)
def test_kernel_has_the_signature_of_its_definition(gpu, name):
    assert getattr(gpu, name) is not getattr(REFERENCE, name)
    assert inspect.signature(getattr(gpu, name)) == inspect.signature(getattr(REFERENCE, name))


def test_modules_have_the_names_of_the_reference():
    theirs = {module.__name__.rsplit(".", 1)[1] for module in kernels.REFERENCE_MODULES}
    assert {module.__name__.rsplit(".", 1)[1] for module in MODULES} <= theirs


def test_every_kernel_has_arguments_in_the_table():
    assert CASES.keys() >= set(OWN)
