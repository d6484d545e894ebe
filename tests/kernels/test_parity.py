"""Every compiled kernel against its definition, the reference in float64."""

from __future__ import annotations

import copy
import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from chainrule import kernels
from chainrule.types import Array

from .cases import CASES, SHAPES, UPDATED, Arguments
from .comparison import compare, outputs

pytest.importorskip("numba")

from chainrule.kernels.cpu import MODULES
from chainrule.kernels.cpu import loops as cpu_loops

REFERENCE, CPU = kernels.REFERENCE, kernels.fastest()
COMPILED = {name for module in MODULES for name in module.__all__}
OWN = sorted(COMPILED & CASES.keys())


def check(name: str, arguments: Arguments, rtol: float = 2e-6) -> None:
    got = outputs(getattr(CPU, name), arguments)
    compare(name, arguments, got, rtol, np.ndarray)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", OWN)
def test_kernel_equals_its_definition(name: str, shape: tuple[int, ...], rng):
    check(name, CASES[name](rng, shape))


@pytest.mark.parametrize("name", OWN)
@given(shape=array_shapes(min_dims=2, max_dims=4, max_side=20), seed=st.integers(0, 2**32))
def test_kernel_equals_its_definition_on_drawn_shapes(name, shape, seed):
    check(name, CASES[name](np.random.default_rng(seed), shape))


@pytest.mark.parametrize("shape", [(1, 1100, 961, 1), (1, 3, 2, 200_003)], ids=str)
@pytest.mark.parametrize("name", OWN)
def test_kernel_equals_its_definition_on_all_threads(name, shape, rng):
    assert np.prod(shape) >= cpu_loops.PARALLEL_FROM
    check(name, CASES[name](rng, shape))


@pytest.mark.parametrize("name", OWN)
def test_threads_do_not_change_the_result(name, rng, monkeypatch):
    """Serial and parallel differ by the rounding of a fused multiply-add; repeats by nothing."""
    arguments = CASES[name](rng, (3, 601, 4, 5))
    serial = outputs(getattr(CPU, name), arguments)
    monkeypatch.setattr(cpu_loops, "PARALLEL_FROM", 0)
    parallel, again = (outputs(getattr(CPU, name), arguments) for _ in range(2))
    for one, other, repeated in zip(serial, parallel, again, strict=True):
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
            np.testing.assert_array_equal(other, repeated)


def strided(x: Array, how: str) -> Array:
    if how == "every other":
        return np.repeat(x, 2, axis=-1)[..., ::2]
    if how == "reversed":
        return x[::-1].copy()[::-1]
    return np.asfortranarray(x)


@pytest.mark.parametrize("how", ["every other", "reversed", "fortran"])
@pytest.mark.parametrize("name", OWN)
def test_kernel_takes_and_updates_strided_arrays(name, how, rng):
    arguments = CASES[name](rng, (3, 5, 4, 6))
    views = tuple(strided(a, how) if isinstance(a, np.ndarray) else a for a in arguments)
    expected = outputs(getattr(CPU, name), arguments)
    result = getattr(CPU, name)(*views)
    got = list(result) if isinstance(result, tuple) else [result]
    got += [view for view in views if isinstance(view, np.ndarray)]
    for one, other in zip(got, expected, strict=True):
        if other is not None:
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", OWN)
def test_kernel_writes_only_where_it_says_so(name, rng):
    arguments = CASES[name](rng, (3, 5, 4, 6))
    updated = UPDATED.get(name, ())
    for i, a in enumerate(arguments):
        if isinstance(a, np.ndarray) and i not in updated:
            a.flags.writeable = False
    before = copy.deepcopy(arguments)
    getattr(CPU, name)(*arguments)
    for i, (now, then) in enumerate(zip(arguments, before, strict=True)):
        if isinstance(now, np.ndarray):
            assert np.array_equal(now, then) == (i not in updated)


@pytest.mark.parametrize("name", ["relu", "relu_backward", "dropout"])
def test_nan_and_infinity_pass_alike(name, rng):
    arguments = CASES[name](rng, (40,))
    for a in arguments:
        if isinstance(a, np.ndarray):
            a[::7], a[3::7] = np.nan, np.inf
    check(name, arguments)


@pytest.mark.parametrize("backend", [REFERENCE, CPU], ids=["reference", "cpu"])
def test_scale_shift_reads_pixels(backend, rng):
    x = rng.integers(0, 256, (4, 5, 3), np.uint8)
    scale, shift = (rng.standard_normal(3, np.float32) for _ in range(2))
    y = backend.scale_shift(x, scale, shift)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, x.astype(np.float64) * scale + shift, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("backend", [REFERENCE, CPU], ids=["reference", "cpu"])
@pytest.mark.parametrize("size", [1e4, 1e38])
def test_softmax_of_huge_logits_is_finite(backend, size):
    logits = np.array([[size, -size, 0, -size], [0, 0, 0, 0]], np.float32)
    with np.errstate(over="ignore"):
        loss, dlogits = backend.softmax_cross_entropy(logits, np.array([0, 1]), 0.0)
    assert loss == pytest.approx(np.log(4) / 2)
    np.testing.assert_allclose(dlogits, [[0, 0, 0, 0], [0.125, -0.375, 0.125, 0.125]], atol=1e-7)


def test_float64_is_never_served_by_float32_loops():
    with kernels.use("cpu"):
        assert kernels.of(np.ones(1)) is REFERENCE
        assert kernels.of(np.ones(1, np.float32)) is CPU
        with kernels.use("reference"):
            assert kernels.of(np.ones(1, np.float32)) is REFERENCE
        assert kernels.of(np.ones(1, np.float32)) is CPU


def test_unknown_back_end_is_refused():
    with pytest.raises(kernels.InputError, match="did you mean 'cpu'"), kernels.use("cpus"):
        pass


# --- one table, equal signatures --------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_compiled_kernel_is_another_function_with_the_signature_of_its_definition(name):
    assert getattr(CPU, name) is not getattr(REFERENCE, name)
    assert inspect.signature(getattr(CPU, name)) == inspect.signature(getattr(REFERENCE, name))


def test_compiled_modules_have_the_names_of_the_reference():
    theirs = {module.__name__.rsplit(".", 1)[1] for module in kernels.REFERENCE_MODULES}
    assert {module.__name__.rsplit(".", 1)[1] for module in MODULES} <= theirs


def test_every_compiled_kernel_has_arguments_in_the_table():
    assert COMPILED <= CASES.keys() <= vars(REFERENCE).keys()
