"""What every layer promises, as checks of a case: (case, backend) -> None, or an assertion.

A new layer joins by a row in ``test_contract.py``; a new promise is a function below and its
name in ``CHECKS``, or, without a back end, in ``CHECKS_OF_ANY_BACKEND``.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isabstract
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from chainrule import architecture, kernels
from chainrule.cost.trace import trace
from chainrule.errors import ShapeError
from chainrule.gradient_check import check_layer
from chainrule.layers import Layer, SingleValueError, named_arrays, named_parameters
from chainrule.layers.base import walk
from chainrule.layers.operations import operations_of
from chainrule.layers.several import norms_of_batch
from chainrule.layers.shapes import infer_shape
from chainrule.types import Array

BACKENDS = ("reference", "cpu")


@dataclass(frozen=True)
class Case:
    """One way to build a layer, an input shape that it takes, and some that it must refuse.

    ``dtype`` is that of the input where it is not the layer's own (pixels).
    """

    build: Callable[[], Layer]
    shape: tuple[int, ...]
    refuses: tuple[tuple[int, ...], ...] = ()
    dtype: type[np.generic] | None = None

    def layer(self, dtype: type[np.floating[Any]] = np.float32, seed: int = 0) -> Layer:
        """Initialized, and moved away from the special values (0, 1) that first weights have."""
        layer = self.build().init(seed).astype(dtype)
        for i, (_, parameter) in enumerate(named_parameters(layer)):
            rng = np.random.default_rng((seed, i))
            parameter.value = parameter.value + 0.1 * rng.standard_normal(parameter.shape, dtype)
        return layer

    def input(self, dtype: type[np.floating[Any]] = np.float32, seed: int = 1) -> Array:
        rng = np.random.default_rng(seed)
        if self.dtype is np.uint8:
            return rng.integers(0, 256, self.shape, np.uint8)
        return rng.standard_normal(self.shape, dtype)

    def neighbors(self) -> list[tuple[int, ...]]:
        """Shapes near ``shape``: an axis fewer, an axis more, a channel fewer or more."""
        *front, channels = self.shape
        shapes = [(*front,), (*self.shape, 2), (*front, channels + 1), (*front, channels - 1)]
        return [shape for shape in shapes if min(shape) > 0]

    def upstream(self, y: Array, seed: int = 2) -> Array:
        return np.random.default_rng(seed).standard_normal(y.shape).astype(y.dtype)

    def __str__(self) -> str:
        layer = self.build()
        name = repr(layer) if len(repr(layer)) < 50 else type(layer).__name__
        dtype = f"-{self.dtype.__name__}" if self.dtype else ""
        return f"{name}-{'x'.join(map(str, self.shape))}{dtype}"


def public(module: ModuleType, base: type) -> set[type]:
    """The finished classes of kind ``base`` that ``module`` offers."""
    offered = (thing for name, thing in vars(module).items() if not name.startswith("_"))
    return {
        thing
        for thing in offered
        if isinstance(thing, type) and issubclass(thing, base) and not isabstract(thing)
    }


def gradients(layer: Layer) -> dict[str, Array]:
    return {path: parameter.grad for path, parameter in named_parameters(layer)}


def assert_equal(one: dict[str, Array], two: dict[str, Array]) -> None:
    assert one.keys() == two.keys()
    for path in one:
        np.testing.assert_array_equal(one[path], two[path], err_msg=path)


def assert_close(one: dict[str, Array], two: dict[str, Array], rtol: float) -> None:
    """Equal to ``rtol`` of the largest number: sums in another order, and zeros that are not."""
    assert one.keys() == two.keys()
    scale = max(float(np.abs(array).max(initial=0)) for array in two.values())
    for path in one:
        np.testing.assert_allclose(one[path], two[path], rtol=rtol, atol=rtol * scale, err_msg=path)


@contextmanager
def read_only(*arrays: Array) -> Iterator[None]:
    """Writing into ``arrays`` raises inside the block."""
    before = [array.flags.writeable for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    try:
        yield
    finally:
        for array, writeable in zip(arrays, before, strict=True):
            array.flags.writeable = writeable


def learn(layer: Layer, x: Array, dy: Array) -> dict[str, Array]:
    """Output, input gradient and parameter gradients of one forward and backward."""
    layer.clear_grads()
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)
    return {"y": y, "dx": dx} | gradients(layer)


def differentiates(case: Case, backend: str) -> None:
    """float64: equal to central differences. float32: equal to the float64 gradients."""
    layer, x = case.layer(np.float64), case.input(np.float64)
    with kernels.use(backend):
        result = check_layer(layer, x)
        result.raise_if_failed()
        assert all(row.verdict == "ok" for row in result.rows), str(result)

        layer, x = case.layer(), case.input()
        exact_x = x if x.dtype == np.uint8 else x.astype(np.float64)
        dy = case.upstream(layer(x))
        exact = learn(copy.deepcopy(layer).astype(np.float64), exact_x, dy.astype(np.float64))
        assert_close(learn(layer, x, dy), exact, rtol=2e-5)


def agrees_with_the_reference(case: Case) -> None:
    """The compiled kernels against their definition, which ``differentiates`` for itself."""
    if kernels.fastest() is kernels.REFERENCE:
        pytest.skip("without Numba the definition would be compared with itself")
    layer, x = case.layer(), case.input()
    dy = case.upstream(layer(x))
    results = []
    for name in BACKENDS:
        with kernels.use(name):
            mine = copy.deepcopy(layer)
            results.append(learn(mine, x, dy) | {"predicted": mine(x)})
    assert_close(results[1], results[0], rtol=1e-5)


def leaves_its_arguments_alone(case: Case, backend: str) -> None:
    layer, x = case.layer(), case.input()
    dy = case.upstream(layer(x))
    values = [node.value for _, node in named_arrays(layer)]
    with kernels.use(backend), read_only(x, dy, *values):
        layer(x)
        y, cache = layer.forward(x)
        with read_only(y):
            layer.backward(dy, cache)


def keeps_caches_apart(case: Case, backend: str) -> None:
    """Two forwards, then two backwards in either order, equal one pass after the other."""
    x1, x2 = case.input(seed=1), case.input(seed=2)
    with kernels.use(backend):
        dy = case.upstream(case.layer()(x1))
        layer = case.layer()
        _, cache = layer.forward(x1)
        dx1 = layer.backward(dy, cache)
        _, cache = layer.forward(x2)
        dx2 = layer.backward(2 * dy, cache)
        for oldest_first in (True, False):
            other = case.layer()
            (_, cache1), (_, cache2) = other.forward(x1), other.forward(x2)
            if oldest_first:
                got1, got2 = other.backward(dy, cache1), other.backward(2 * dy, cache2)
            else:
                got2, got1 = other.backward(2 * dy, cache2), other.backward(dy, cache1)
            np.testing.assert_array_equal(got1, dx1)
            np.testing.assert_array_equal(got2, dx2)
            assert_equal(gradients(other), gradients(layer))  # a + b is b + a to the last bit


def accumulates_gradients(case: Case, backend: str) -> None:
    x1, x2 = case.input(seed=1), case.input(seed=2)
    with kernels.use(backend):
        apart, together = case.layer(), case.layer()
        dy = case.upstream(apart(x1))
        one, two = (learn(apart, x, dy) for x in (x1, x2))
        for x in (x1, x2):
            _, cache = together.forward(x)
            together.backward(dy, cache)
        assert_equal(
            gradients(together), {path: one[path] + two[path] for path in gradients(apart)}
        )


def skips_only_the_input_gradient(case: Case, backend: str) -> None:
    """``backward_parameters`` gives the gradients of ``backward``, and nothing."""
    with kernels.use(backend):
        whole, part = case.layer(), case.layer()
        x = case.input()
        dy = case.upstream(whole(x))
        learn(whole, x, dy)
        _, cache = part.forward(x)
        assert part.backward_parameters(dy, cache) is None
        assert_equal(gradients(part), gradients(whole))


def predicts_without_a_trace(case: Case, backend: str) -> None:
    """Calling a layer changes no array, gradient or attribute, and repeats itself."""
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        learn(layer, x, case.upstream(layer(x)))
        state = copy.deepcopy(layer.state())
        before = [dict(vars(inner)) for inner in walk(layer)]
        grads = gradients(layer)
        y = layer(x)
        np.testing.assert_array_equal(layer(x), y)
        assert_equal(layer.state(), state)
        assert [dict(vars(inner)) for inner in walk(layer)] == before
        assert all(gradients(layer)[path] is grad for path, grad in grads.items())


def predicts_each_sample_on_its_own(case: Case, backend: str) -> None:
    """A prediction does not depend on the sample's neighbors in the batch; one is a batch."""
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        learn(layer, x, case.upstream(layer(x)))
        assert_close({"first": layer(x[:1])}, {"first": layer(x)[:1]}, rtol=1e-5)


def learns_from_one_sample(case: Case, backend: str) -> None:
    with kernels.use(backend):
        layer, x = case.layer(), case.input()[:1]
        try:
            learned = learn(layer, x, case.upstream(layer(x)))
        except SingleValueError:  # one sample may be one value a channel
            assert next(norms_of_batch(layer), None)
            return
        for name, array in learned.items():
            assert np.isfinite(array).all(), name
        assert layer.forward(x)[0].shape[0] == 1


def takes_an_empty_batch(case: Case, backend: str) -> None:
    """Predicting gives no rows. Learning changes nothing, or is refused by what needs a mean."""
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        y, nothing = layer(x), layer(x[:0])
        assert (nothing.shape, nothing.dtype) == ((0, *y.shape[1:]), y.dtype)
        before = {path: array.copy() for path, array in layer.state().items()}
        try:
            learned = learn(layer, x[:0], y[:0])
        except ShapeError as error:
            assert "at least one sample" in str(error)
            assert any("running_mean" in path for path in before)
        else:
            assert learned.pop("y").shape == nothing.shape
            assert learned.pop("dx").shape == x[:0].shape
            for path, grad in learned.items():
                np.testing.assert_array_equal(grad, np.zeros_like(grad), err_msg=path)
        counters = {path for path in before if path.rpartition(".")[2] in ("count", "key")}
        assert_equal(
            {path: a for path, a in layer.state().items() if path not in counters},
            {path: a for path, a in before.items() if path not in counters},
        )


def keeps_the_dtype(case: Case, backend: str) -> None:
    for dtype in (np.float32, np.float64):
        with kernels.use(backend):
            layer, x = case.layer(dtype), case.input(dtype)
            dtypes = {path: array.dtype for path, array in layer.state().items()}
            results = learn(layer, x, case.upstream(layer(x)))
            results["predicted"] = layer(x)
            assert {name: array.dtype for name, array in results.items()} == dict.fromkeys(
                results, np.dtype(dtype)
            )
            assert {path: array.dtype for path, array in layer.state().items()} == dtypes


def keeps_the_shape(case: Case, backend: str) -> None:
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        results = learn(layer, x, case.upstream(layer(x)))
        assert results["dx"].shape == x.shape
        assert results["y"].shape == layer(x).shape
        assert len(results["y"]) == len(x)
        for path, parameter in named_parameters(layer):
            assert results[path].shape == parameter.shape == parameter.value.shape


def takes_strided_arrays(case: Case, backend: str) -> None:
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        other = copy.deepcopy(layer)
        dy = case.upstream(layer(x))
        apart = np.repeat(x, 2, axis=0)[::2]
        expected = learn(layer, x, dy)
        assert_close(learn(other, apart, np.asfortranarray(dy)), expected, rtol=1e-6)


def survives_a_round_trip(case: Case, backend: str) -> None:
    """Described, rebuilt and given its state, it does the same; and the arrays are copies."""
    with kernels.use(backend):
        layer, x = case.layer(), case.input()
        dy = case.upstream(layer(x))
        learn(layer, x, dy)
        twin = architecture.rebuild(json.loads(json.dumps(architecture.describe(layer))))
        assert repr(twin) == repr(layer)
        twin.load_state(layer.state())
        assert_equal(twin.state(), layer.state())
        np.testing.assert_array_equal(twin(x), layer(x))
        assert_equal(learn(twin, x, dy), learn(layer, x, dy))
        for path, array in twin.state().items():
            assert not np.shares_memory(array, layer.state()[path]), path


def starts_from_its_seed(case: Case) -> None:
    layer = case.build()
    assert layer.initialized == (not named_arrays(layer))
    assert_equal(layer.init(3).state(), case.build().init(3).state())
    assert layer.initialized
    for path, node in named_arrays(layer):
        assert node.value.dtype == node.dtype, path


def decays_only_its_weights(case: Case) -> None:
    """What multiplies a whole input does; biases, slopes, and scales and shifts of norms do not."""
    for path, parameter in named_parameters(case.layer()):
        name = path.rpartition(".")[2]
        weighs = parameter.value.ndim > 1 and name not in ("gamma", "beta")
        assert parameter.decay == weighs, path


def has_a_name(case: Case) -> None:
    layer = case.build()
    assert repr(layer).startswith(f"{type(layer).__name__}(")
    assert " at 0x" not in repr(layer)


def refuses_wrong_shapes(case: Case, backend: str) -> None:
    with kernels.use(backend):
        layer = case.layer()
        for shape in case.refuses:
            for verb in (layer, layer.forward):
                with pytest.raises(ShapeError, match=re.escape(str(shape))):
                    verb(np.zeros(shape, np.float32))


def takes_or_refuses_other_shapes(case: Case, backend: str) -> None:
    """Of a shape near its own a layer is a function, forward and backward, or it says no in words.

    One with an array for its channels says no to other channels. ``infer_shape`` says the same.
    """
    layer = case.layer()
    typed = any(array.value.size > 1 for _, array in named_arrays(layer))
    ruled = infer_shape(layer, case.shape[1:]) is not None  # not a layer of somebody's own
    with kernels.use(backend):
        for shape in case.neighbors():
            layer, x = case.layer(), np.ones(shape, case.dtype or np.float32)
            try:
                y, cache = layer.forward(x)
            except ShapeError as error:
                assert str(shape) in str(error)
                if typed and not isinstance(error, SingleValueError):
                    with pytest.raises(ShapeError, match=re.escape(str(shape))):
                        layer(x)
                if ruled and len(shape) > 1 and not isinstance(error, SingleValueError):
                    with pytest.raises(ShapeError):
                        infer_shape(layer, shape[1:])
            else:
                assert not (typed and shape[:-1] == case.shape[:-1]), f"{shape} was taken"
                assert layer(x).shape == y.shape
                assert layer.backward(np.ones_like(y), cache).shape == shape
                if ruled and len(shape) > 1:
                    assert infer_shape(layer, shape[1:]) == y.shape[1:]


def refuses_the_wrong_dtype(case: Case, backend: str) -> None:
    """float64 never mixes with float32 in silence: it is refused where there are weights."""
    with kernels.use(backend):
        layer, x = case.layer(), case.input().astype(np.float64)
        if any(array.dtype == np.float32 for array in layer.state().values()):
            with pytest.raises(ShapeError, match="float64"):
                layer.forward(x)
        else:
            assert layer.forward(x)[0].dtype == np.float64


def infers_its_shape(case: Case) -> None:
    """``infer_shape`` says what forward makes, and refuses what forward refuses."""
    layer = case.layer()
    inferred = infer_shape(layer, case.shape[1:])
    assert inferred == layer(case.input()).shape[1:]
    assert all(type(size) is int for size in inferred)
    for shape in case.refuses:
        if len(shape) > 1:  # an axis for the batch, and then some
            with pytest.raises(ShapeError):
                infer_shape(layer, shape[1:])


def states_its_operations(case: Case) -> None:
    """Nothing of it is left out of a table of costs."""
    visits = trace(case.layer(), case.input())
    assert None not in [operations_of(v.layer, v.inputs, v.output) for v in visits]


CHECKS = (
    differentiates,
    leaves_its_arguments_alone,
    keeps_caches_apart,
    accumulates_gradients,
    skips_only_the_input_gradient,
    predicts_without_a_trace,
    predicts_each_sample_on_its_own,
    learns_from_one_sample,
    takes_an_empty_batch,
    keeps_the_dtype,
    keeps_the_shape,
    takes_strided_arrays,
    survives_a_round_trip,
    refuses_wrong_shapes,
    takes_or_refuses_other_shapes,
    refuses_the_wrong_dtype,
)

# What does not depend on the kernels, or compares them, needs no back end.
CHECKS_OF_ANY_BACKEND = (
    agrees_with_the_reference,
    starts_from_its_seed,
    decays_only_its_weights,
    has_a_name,
    infers_its_shape,
    states_its_operations,
)
