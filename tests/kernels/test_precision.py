"""Long sums, against float64: of equal numbers, which leave no rounding to chance, and of others.

A float32 is exact to 6e-8. The loops add at most 32 numbers in float32 before they go on in
double precision, which costs such a sum 3e-7 of the sum of sizes (measured, for equal numbers, the
worst that occurs in practice). The bound is 1e-6; one float32 total over these arrays is off by
1e-5 to 1e-2.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import kernels
from chainrule.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    GlobalAvgPool2d,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    Linear,
    Maxout,
    MaxPool2d,
    PReLU,
    ReLU,
    Residual,
    Sequential,
    SwitchableNorm,
)
from chainrule.losses import Loss, MulticlassHinge, SoftmaxCrossEntropy
from chainrule.metrics import evaluate
from chainrule.types import Array

from ..contract import BACKENDS, gradients
from ..losses.cases import OF_NUMBERS

BOUND = 1e-6
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def equal(shape: tuple[int, ...]) -> Array:
    return np.full(shape, 0.1, np.float32)


def uniform(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(3).random(shape, np.float32)


def normal(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(4).standard_normal(shape, np.float32)


kinds = pytest.mark.parametrize("numbers", [equal, uniform, normal], ids=lambda f: f.__name__)


def assert_exact(mine: Array, truth: Array, size: Array | float, bound: float = BOUND) -> None:
    """Within ``bound`` of ``size``: of the sum of the absolute values of what was added."""
    assert np.asarray(mine).dtype != np.float64 or isinstance(mine, float)
    np.testing.assert_array_less(
        np.abs(np.asarray(mine, np.float64) - truth), bound * np.asarray(size) + 1e-30
    )


@every_backend
@kinds
@pytest.mark.parametrize(
    "shape", [(1, 3), (255, 1), (300, 10), (4099, 7), (65_536, 64), (1 << 20, 4), (1 << 20, 1)]
)
def test_column_sums(shape, numbers, backend):
    x = numbers(shape)
    with kernels.use(backend):
        y = kernels.of(x).column_sums(x)
    wide = x.astype(np.float64)
    assert (y.shape, y.dtype) == (shape[1:], np.float32)
    assert_exact(y, wide.sum(0), np.abs(wide).sum(0), 3e-7)


BIASED: dict[str, tuple[Callable[[], Layer], tuple[int, ...]]] = {
    "linear": (lambda: Linear(1, 3), (65_536, 1)),
    "maxout": (lambda: Maxout(1, 3, 1), (65_536, 1)),
    "conv": (lambda: Conv2d(1, 2, 1), (8, 112, 112, 1)),
    "transposed conv": (lambda: ConvTranspose2d(1, 2, 1), (8, 112, 112, 1)),
    "prelu": (lambda: PReLU(), (65_536, 2)),
}


@every_backend
@kinds
@pytest.mark.parametrize("name", BIASED)
def test_gradients_of_biases_and_slopes(name, numbers, backend):
    build, shape = BIASED[name]
    layer = build().init(0)
    x = -np.ones(shape, np.float32)
    with kernels.use(backend):
        y, cache = layer.forward(x)
        dy = numbers(y.shape)
        layer.backward_parameters(dy, cache)
    path = "slope" if name == "prelu" else "bias"
    mine = gradients(layer)[path]
    wide = dy.astype(np.float64).reshape(-1, len(mine))
    truth = -wide.sum(0) if name == "prelu" else wide.sum(0)
    assert_exact(mine, truth, np.abs(wide).sum(0))


@every_backend
@kinds
@pytest.mark.parametrize("side", [7, 56, 224])
def test_averages(side, numbers, backend):
    x = numbers((2, side, side, 3))
    with kernels.use(backend):
        pooled = GlobalAvgPool2d()(x)
        window, halves = AvgPool2d(side)(x), AdaptiveAvgPool2d((1, 1))(x)
    wide = x.astype(np.float64)
    truth, size = wide.mean((1, 2)), np.abs(wide).mean((1, 2))
    for mine in (pooled, window[:, 0, 0], halves[:, 0, 0]):
        assert_exact(mine, truth, size, 3e-7)


NORMS: dict[str, tuple[Callable[[int], Layer], tuple[int, ...]]] = {
    "batch": (BatchNorm, (65_536, 4)),
    "batch of images": (BatchNorm, (16, 64, 64, 8)),
    "small batch": (BatchNorm, (256, 64)),
    "group": (lambda c: GroupNorm(c, groups=2), (4, 128, 128, 4)),
    "instance": (InstanceNorm, (4, 128, 128, 2)),
    "layer": (LayerNorm, (65_536, 8)),
    "layer of images": (lambda c: LayerNorm((128, 128, c)), (2, 128, 128, 2)),
    "switchable": (SwitchableNorm, (8, 64, 64, 4)),
    "frozen": (lambda c: BatchNorm(c, frozen=True), (65_536, 4)),
}


def passes(layer: Layer, x: Array, dy: Array) -> dict[str, Array]:
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)
    slopes = {f"d{path}": grad for path, grad in gradients(layer).items()}
    return {"y": y, "dx": dx} | slopes | layer.state()


@every_backend
@kinds
@pytest.mark.parametrize("name", NORMS)
def test_gradients_and_statistics_of_norms(name, numbers, backend):
    build, shape = NORMS[name]
    layer, x, dy = build(shape[-1]).init(0), 2 * normal(shape) + 1, numbers(shape)
    with kernels.use("reference"):
        truth = passes(copy.deepcopy(layer).astype(np.float64), x.astype(float), dy.astype(float))
    with kernels.use(backend):
        mine = passes(layer, x, dy)
    axes = tuple(range(x.ndim - layer.gamma.value.ndim))
    size = np.abs(dy).sum(axes, np.float64)
    for path in ("dgamma", "dbeta"):
        assert_exact(mine[path], truth[path], 2 * size)
    for path in ("running_mean", "running_var"):
        if path in mine:
            assert_exact(mine[path], truth[path], np.abs(truth[path]).max())
    assert_exact(mine["y"], truth["y"], 8)
    assert_exact(mine["dx"], truth["dx"], 2 * np.abs(dy).max())


RUNS: dict[str, Callable[[], Sequential]] = {
    "relu": lambda: Sequential(BatchNorm(8), ReLU()),
    "pool": lambda: Sequential(BatchNorm(8), ReLU(), MaxPool2d(2)),
    "residual": lambda: Sequential(Residual(Sequential(BatchNorm(8))), ReLU()),
}


@kinds
@pytest.mark.parametrize("name", RUNS)
def test_gradients_of_fused_norms(name, numbers):
    model, x = RUNS[name]().init(0), 2 * normal((16, 64, 64, 8)) + 1
    wide = copy.deepcopy(model).astype(np.float64)
    dy = numbers(model(x).shape)
    mine, truth = passes(model, x, dy), passes(wide, x.astype(float), dy.astype(float))
    size = np.abs(dy).sum((0, 1, 2), np.float64)
    for path in gradients(model):
        # a value that float32 puts on the other side of the ReLU is 1e-5 of all
        assert_exact(mine[f"d{path}"], truth[f"d{path}"], 20 * size)


@every_backend
@pytest.mark.parametrize("name", ["batch", "small batch", "group", "instance", "layer of images"])
def test_norms_of_numbers_that_are_large_beside_their_spread(name, backend):
    """At 1e4 float32 has steps of 1e-3, and so has a mean of that dtype: y is off by half of one,
    of a spread of 1. The variance is not: its squares are about the mean."""
    build, shape = NORMS[name]
    x = normal(shape) + np.float32(1e4)
    layer = build(shape[-1]).init(0)
    with kernels.use("reference"):
        truth = copy.deepcopy(layer).astype(np.float64).forward(x.astype(np.float64))[0]
    with kernels.use(backend):
        y, (_, mean, var, *_) = layer.forward(x)
    assert_exact(y, truth, 1, 6e-4)
    view = x.reshape(1, -1, shape[-1], 1) if "batch" in name else layer._view(x)
    exact = view.astype(np.float64).var((1, 3))
    assert_exact(var, exact, exact, 2e-6)
    assert_exact(mean, view.astype(np.float64).mean((1, 3)), 1e4, 6e-8)


# --- losses ----------------------------------------------------------------------------------

ROWS = 1 << 18


@every_backend
@kinds
@pytest.mark.parametrize("loss", [case.loss for case in OF_NUMBERS], ids=repr)
def test_means_of_losses_of_numbers(loss: Loss, numbers, backend):
    outputs, targets = numbers((ROWS, 2)), np.zeros((ROWS, 2), np.float32)
    truth = loss(outputs.astype(np.float64), targets.astype(np.float64))[0]
    with kernels.use(backend):
        assert_exact(loss(outputs, targets)[0], truth, truth)


@every_backend
@kinds
@pytest.mark.parametrize(
    "loss", [SoftmaxCrossEntropy(), SoftmaxCrossEntropy(0.1), MulticlassHinge()], ids=repr
)
def test_means_of_losses_of_labels(loss: Loss, numbers, backend):
    logits, labels = numbers((ROWS, 3)), np.arange(ROWS) % 3
    truth = loss(logits.astype(np.float64), labels)[0]
    with kernels.use(backend):
        assert_exact(loss(logits, labels)[0], truth, truth)


@kinds
def test_the_loss_of_a_data_set(numbers):
    logits = numbers((ROWS, 3))
    data = SimpleNamespace(images=logits, labels=np.arange(ROWS) % 3, classes=tuple("abc"))
    truth = SoftmaxCrossEntropy()(logits.astype(np.float64), data.labels)[0]
    result = evaluate(lambda x: x, data, batch_size=1000)
    assert_exact(result.loss, truth, truth)
