"""Layers that run as one: which do, and that nobody but the clock can tell."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    ReLU6,
    Residual,
    Sequential,
    fusion,
)
from chainrule.layers.observe import observe
from chainrule.models import convnet, resnet

from ..contract import gradients

pytest.importorskip("numba")


class Mine(ReLU):
    """A subclass may do anything."""


def kinds(layers: list, x: np.ndarray) -> list[str]:
    """The kinds of the first layers that run as one, or []."""
    fused = fusion.find(layers, 0, x)
    return [] if fused is None else [type(layer).__name__ for layer in fused.layers]


@pytest.fixture
def x(rng) -> np.ndarray:
    return rng.standard_normal((2, 5, 4, 3), np.float32)


@pytest.fixture
def norm() -> BatchNorm:
    return BatchNorm(3).init()


def test_the_longest_run_is_taken(norm, x):
    assert kinds([norm, ReLU(), Flatten()], x) == ["BatchNorm", "ReLU"]
    assert kinds([norm, ReLU(), MaxPool2d(2)], x) == ["BatchNorm", "ReLU", "MaxPool2d"]
    block = Residual(Sequential(Conv2d(3, 3, 3, padding=1), norm).init())
    assert kinds([block, ReLU()], x) == ["Residual", "ReLU"]


def test_what_is_not_exactly_a_run_is_none(norm, x):
    assert kinds([norm], x) == kinds([norm, Flatten(), ReLU()], x) == kinds([ReLU()], x) == []
    assert kinds([norm, Mine()], x) == []
    assert kinds([BatchNorm(3), ReLU()], x) == []  # its weights are not drawn
    assert kinds([Residual(Sequential(norm, ReLU())), ReLU()], x) == []
    assert kinds([Residual(norm), ReLU()], x) == kinds([Residual(Sequential()), ReLU()], x) == []


@pytest.mark.parametrize(
    "pool", [MaxPool2d(3), MaxPool2d(2, 1), MaxPool2d(3, 2), MaxPool2d(2, padding=1)], ids=repr
)
def test_before_another_pooling_norm_and_relu_still_run_as_one(norm, x, pool):
    assert kinds([norm, ReLU(), pool], x) == ["BatchNorm", "ReLU"]


def test_ceil_mode_runs_as_one_where_it_changes_nothing(norm, x):
    pool = MaxPool2d(2, ceil_mode=True)
    assert len(kinds([norm, ReLU(), pool], x)) == 2
    assert len(kinds([norm, ReLU(), pool], x[:, :4].copy())) == 3


def test_float64_the_reference_and_the_switch(norm, x):
    layers = [norm, ReLU()]
    assert kinds(layers, x)
    with fusion.off():
        assert kinds(layers, x) == []
    with kernels.use("reference"):
        assert kinds(layers, x) == []
    norm.astype(np.float64)
    assert kinds(layers, x.astype(np.float64)) == kinds(layers, x) == []


@pytest.mark.parametrize("name", [kind.name for kind in fusion.FUSED])
def test_each_can_be_switched_off_by_its_name(name, x):
    norm, linear = BatchNorm(3), Linear(3, 3)
    runs = {
        "norm_relu": [norm, ReLU(), Flatten()],
        "norm_relu6": [norm, ReLU6(), Flatten()],
        "norm_relu_pool": [norm, ReLU(), MaxPool2d(2)],
        "residual_relu": [Residual(Sequential(norm)), ReLU()],
        "linear_norm_relu": [linear, norm, ReLU(), Flatten()],
        "linear_norm_relu_dropout": [linear, norm, ReLU(), Dropout(0.5)],
    }
    inputs = {other: x[0, 0] if "linear" in other else x for other in runs}
    for layers in runs.values():
        Sequential(*layers).init()

    def found() -> dict[str, str | None]:
        first = {other: fusion.find(layers, 0, inputs[other]) for other, layers in runs.items()}
        return {other: fused and fused.name for other, fused in first.items()}

    assert found() == {other: other for other in runs}
    shorter = {"norm_relu_pool": "norm_relu", "linear_norm_relu_dropout": "linear_norm_relu"}
    with fusion.off(name):
        assert found() == {other: other for other in runs} | {name: shorter.get(name)}
        with fusion.off(*shorter.values()):  # one block inside another switches off what both do
            assert found()[name] is None
    assert found()[name] == name


def test_a_name_that_no_fused_layers_have_is_refused(norm, x):
    with (
        pytest.raises(InputError, match="received 'norm_rleu'; did you mean 'norm_relu'"),
        fusion.off("norm_rleu"),
    ):
        pass
    assert kinds([norm, ReLU()], x)


def test_a_watched_layer_runs_by_itself(norm, x):
    model, seen = Sequential(norm, ReLU(), MaxPool2d(2)), []
    with observe(model, lambda path, layer, x, y: seen.append((path, y.shape))):
        model.forward(x)
    assert [path for path, _ in seen] == ["layers.0", "layers.1", "layers.2"]
    with observe(norm, lambda *_: None):
        assert kinds(model.layers, x) == []


def test_layers_may_be_exchanged_between_calls(norm, x):
    model = Sequential(norm, ReLU())
    y = model(x)
    model.layers[1] = Flatten()
    np.testing.assert_array_equal(np.maximum(model(x), 0), y.reshape(2, -1))


def test_what_ran_as_one_goes_back_as_one(norm, x, rng):
    """The cache knows, whatever the switch says by then; every activation is freed."""
    model = Sequential(Conv2d(3, 3, 3), norm, ReLU(), MaxPool2d(2), Flatten()).init(0)
    dy = rng.standard_normal(model(x).shape, np.float32)
    _, caches = model.forward(x)
    assert len(caches) == 3
    assert caches[1].kind.name == "norm_relu_pool"
    expected = model.backward(dy, caches)
    assert caches == []
    _, caches = model.forward(x)
    with fusion.off():
        np.testing.assert_array_equal(model.backward(dy, caches), expected)


@pytest.mark.parametrize("after", [[], [MaxPool2d(2)]], ids=["relu", "pool"])
def test_a_run_at_the_start_learns_without_dx(norm, x, after, rng):
    model = Sequential(ReLU(), norm, ReLU(), *after)
    y, caches = model.forward(x)
    dy = rng.standard_normal(y.shape, np.float32)
    model.backward_parameters(dy, caches)
    part = gradients(model)
    model.clear_grads()
    model.backward(dy, model.forward(x)[1])
    for path, grad in gradients(model).items():
        np.testing.assert_array_equal(part[path], grad)


def test_whole_models_learn_the_same(rng):
    x = rng.random((6, 9, 9, 3), np.float32)
    for model in (
        convnet((9, 9, 3), 4, filters=(5, 6)),
        resnet((9, 9, 3), 4, widths=(3, 6), blocks=(1, 1)),
    ):
        one, other = model.init(0), copy.deepcopy(model)
        dy = rng.standard_normal((6, 4), np.float32)
        y, caches = one.forward(x)
        one.backward_parameters(dy, caches)
        with fusion.off():
            y_plain, caches = other.forward(x)
            other.backward_parameters(dy, caches)
            predicted = other(x)
        np.testing.assert_array_equal(y, y_plain)
        np.testing.assert_array_equal(one(x), predicted)
        for path, array in one.state().items():
            np.testing.assert_array_equal(array, other.state()[path], err_msg=path)
        plain = gradients(other)
        for path, grad in gradients(one).items():
            scale = np.abs(plain[path]).max()
            np.testing.assert_allclose(
                grad, plain[path], rtol=1e-5, atol=1e-5 * scale, err_msg=path
            )


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (Sequential(BatchNorm(3), ReLU(), MaxPool2d(2), Conv2d(4, 2, 1)), (2, 5, 5, 3)),
        (Sequential(Linear(3, 4), BatchNorm(5), ReLU()), (2, 3)),
        (Sequential(BatchNorm(3), ReLU(), MaxPool2d(2)), (2, 1, 5, 3)),
        (Sequential(Residual(Sequential(Linear(3, 4), BatchNorm(4))), ReLU()), (2, 3)),
        (Sequential(Residual(Sequential(Linear(3, 4), BatchNorm(3))), ReLU()), (2, 3)),
        (Sequential(Residual(Sequential(Linear(4, 3), BatchNorm(3))), ReLU()), (2, 3)),
        (Sequential(Residual(Sequential(BatchNorm(3)), Linear(4, 3)), ReLU()), (2, 3)),
    ],
)  # fmt: skip
def test_wrong_shapes_are_told_as_by_the_plain_layers(model, shape):
    model.init(0)
    x = np.ones(shape, np.float32)
    for verb in (model, model.forward):
        messages = []
        for context in (fusion.off(), kernels.use("cpu")):
            with context, pytest.raises(ShapeError) as caught:
                verb(x)
            messages.append(str(caught.value))
        plain, mine = (message.split("\n")[0] for message in messages)
        assert mine == plain
