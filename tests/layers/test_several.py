"""Norms refuse to learn from one value, and predict from it all the same."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    SingleValueError,
    SwitchableNorm,
    fusion,
)
from chainrule.layers.several import smallest_batch

REFUSED = [
    (lambda: BatchNorm(3), (1, 3), "channel"),
    (lambda: BatchNorm(3), (1, 1, 1, 3), "channel"),
    (lambda: SwitchableNorm(3), (1, 1, 1, 3), "channel"),
    (lambda: InstanceNorm(3), (4, 1, 1, 3), "channel"),
    (lambda: InstanceNorm(3, affine=False), (1, 1, 1, 3), "channel"),
    (lambda: GroupNorm(3, groups=3), (4, 3), "group"),
    (lambda: GroupNorm(3, groups=3), (4, 1, 1, 3), "group"),
    (lambda: LayerNorm(1), (4, 1), "sample"),
    (lambda: LayerNorm((1, 1, 1)), (4, 1, 1, 1), "sample"),
]


@pytest.mark.parametrize(
    ("build", "shape", "part"),
    REFUSED,
    ids=lambda value: repr(value()) if callable(value) else None,
)
@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_learning_from_one_value_is_refused_and_predicting_is_not(build, shape, part, backend, rng):
    x = rng.standard_normal(shape, np.float32)
    layer = build().init()
    before = {path: array.copy() for path, array in layer.state().items()}
    with kernels.use(backend):
        with pytest.raises(SingleValueError, match=f"expected more than 1 value per {part} "):
            layer.forward(x)
        assert np.isfinite(layer(x)).all()
    for path, array in layer.state().items():
        np.testing.assert_array_equal(array, before[path])


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: BatchNorm(3), (2, 3)),
        (lambda: BatchNorm(3), (1, 1, 2, 3)),
        (lambda: BatchNorm(3, frozen=True), (1, 3)),
        (lambda: SwitchableNorm(3), (2, 1, 1, 3)),
        (lambda: InstanceNorm(3), (1, 1, 2, 3)),
        (lambda: GroupNorm(4, groups=2), (1, 4)),
        (lambda: GroupNorm(4, groups=2), (1, 1, 2, 4)),
        (lambda: LayerNorm(2), (1, 2)),
        (lambda: LayerNorm((1, 2, 1)), (1, 1, 2, 1)),
    ],
    ids=lambda v: repr(v()) if callable(v) else str(v),
)
def test_two_values_are_enough(build, shape, rng):
    y, _ = build().init().forward(rng.standard_normal(shape, np.float32))
    assert np.isfinite(y).all()


@pytest.mark.parametrize(
    ("layers", "shape", "where"),
    [
        ([Linear(4, 3), BatchNorm(3), ReLU()], (1, 4), "layers.1: "),
        ([Linear(4, 3), BatchNorm(3), ReLU(), Dropout(0.5)], (1, 4), "layers.1: "),
        ([BatchNorm(4), ReLU()], (1, 4), "layers.0: "),
        ([MaxPool2d(2), Conv2d(2, 3, 1), BatchNorm(3), ReLU()], (1, 2, 2, 2), "layers.2: "),
        (
            [Residual(Sequential(Conv2d(2, 2, 3, padding=1), BatchNorm(2))), ReLU(), Flatten()],
            (1, 1, 1, 2),
            "layers.0",
        ),
    ],
    ids=["dense", "dropout", "relu", "pooled to one pixel", "residual"],
)
@pytest.mark.parametrize("fused", [True, False])
def test_a_model_says_which_layer_it_is_also_where_layers_run_as_one(
    layers, shape, where, fused, rng
):
    model = Sequential(*layers).init()
    x = rng.standard_normal(shape, np.float32)
    if fused:
        with pytest.raises(SingleValueError, match=f"^{where}"):
            model.forward(x)
    else:
        with fusion.off(), pytest.raises(SingleValueError, match=f"^{where}"):
            model.forward(x)
    assert np.isfinite(model(x)).all()


def test_pytorch_refuses_the_same_batches(rng):
    torch = pytest.importorskip("torch")
    for shape in [(1, 3), (2, 3), (1, 1, 1, 3), (1, 1, 2, 3), (2, 1, 1, 3)]:
        x = rng.standard_normal(shape, np.float32)
        norm = torch.nn.BatchNorm1d(3) if len(shape) == 2 else torch.nn.BatchNorm2d(3)
        theirs = torch.tensor(np.moveaxis(x, -1, 1))
        try:
            norm.train()(theirs)
        except ValueError:
            with pytest.raises(SingleValueError):
                BatchNorm(3).init().forward(x)
        else:
            BatchNorm(3).init().forward(x)


def test_models_with_norms_of_the_batch_get_two_images_at_least():
    assert smallest_batch(Sequential(Linear(2, 2), BatchNorm(2))) == 2
    assert smallest_batch(Residual(Sequential(SwitchableNorm(2)))) == 2
    assert smallest_batch(BatchNorm(2, frozen=True)) == 1
    assert smallest_batch(Sequential(Linear(2, 2), LayerNorm(2), GroupNorm(2, groups=1))) == 1
