"""The cost of a model: known totals, and bytes that are those of real caches at any batch."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from chainrule import models
from chainrule.cost import cost
from chainrule.cost.retained import RetainedBytes
from chainrule.errors import InputError
from chainrule.layers import (
    Add,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Graph,
    Layer,
    Linear,
    Normalize,
    ReLU,
    Residual,
    Sequential,
    WeightStandardization,
    named_arrays,
    named_parameters,
)


def test_report_a_has_its_parameters():
    """784-256-128-64-10: the weights and biases, and two numbers a unit for batch norm."""
    found = cost(models.mlp(784, (256, 128, 64), 10, norm="batch"), 100)
    assert found.parameters == 242_762 + 2 * (256 + 128 + 64)
    products = [layer for layer in found.layers if layer.kind == "Linear"]
    sizes = [784 * 256, 256 * 128, 128 * 64, 64 * 10]
    widths = [256, 128, 64, 10]
    assert [layer.forward for layer in products] == [
        100 * (2 * n + out) for n, out in zip(sizes, widths, strict=True)
    ]
    # nobody asks for the gradient of the images: the first layer's backward is dW and db
    assert [layer.backward for layer in products] == [
        100 * (2 * n * (1 if i == 0 else 2) + out)
        for i, (n, out) in enumerate(zip(sizes, widths, strict=True))
    ]


def test_resnet_18_has_the_operations_that_are_told_of_it():
    """0.56 G multiply-adds an image in its form for CIFAR, and 11.17 M parameters."""
    found = cost(models.resnet18(), shape=(32, 32, 3))
    convolutions = sum(layer.forward for layer in found.layers if layer.kind == "Conv2d")
    assert convolutions / 2 == pytest.approx(0.555e9, rel=0.005)
    assert found.parameters == 11_173_962
    assert found.backward == pytest.approx(2 * found.forward, rel=0.02)


def kept_by(model: Layer, n: int, shape: tuple[int, ...]) -> int:
    """Bytes in the caches of a real step."""
    model = copy.deepcopy(model).init(0)
    kept = RetainedBytes([node.value for _, node in named_arrays(model)])
    x = np.zeros((n, *shape), np.uint8)
    _, cache = model.forward(x)
    return kept.add(cache)


@pytest.mark.parametrize("n", [2, 7, 64, 300])
@pytest.mark.parametrize(
    "build",
    [
        lambda: models.mlp((8, 8, 1), (32, 16), 10, norm="batch", dropout=0.2),
        lambda: models.mlp((8, 8, 1), (32,), 10, norm="layer", activation="gelu"),
        lambda: models.convnet((12, 12, 1), 10, filters=(8, 8)),
        lambda: models.resnet((8, 8, 1), 10, blocks=(1, 1), widths=(8, 16)),
    ],
    ids=["mlp", "gelu", "convnet", "resnet"],
)
def test_kept_bytes_are_those_of_real_caches(build, n):
    model = build()
    shape = (12, 12, 1) if any(isinstance(f, Conv2d) for f in model.layers[:2]) else (8, 8, 1)
    assert cost(model, n, shape).kept == pytest.approx(kept_by(model, n, shape), rel=0.02)


def test_layers_that_run_as_one_keep_less_than_each_by_itself():
    found = cost(models.convnet((16, 16, 3), 10), 64, (16, 16, 3))
    assert 0 < found.kept < sum(layer.kept for layer in found.layers)


def test_an_array_that_two_layers_keep_counts_once():
    """ReLU keeps its output, which is what the next layer keeps as its input."""
    model = Sequential(Linear(10, 20), ReLU(), Linear(20, 5))
    kept = {layer.path: layer.kept for layer in cost(model, 50).layers}
    assert kept == {"layers.0": 4 * 500, "layers.1": 4 * 1000, "layers.2": 0, "": 0}


def test_branches_and_shared_layers_are_seen_at_each_use():
    shared = Linear(6, 6)
    model = Graph({"a": (shared, "input"), "b": (shared, "a"), "y": (Add(), "a", "b")})
    found = cost(model, 10)
    assert [layer.path for layer in found.layers] == ["layers.a", "layers.a", "layers.y", ""]
    assert found.parameters == 42
    first, second, *_ = found.layers
    assert first.forward == second.forward and first.parameters == 42 and second.parameters == 0


def test_a_standardized_weight_counts_its_own_work():
    model = Sequential(WeightStandardization(Linear(6, 4)), ReLU())
    found = cost(model, 10)
    assert found.parameters == 28
    assert {layer.kind: layer.forward for layer in found.layers}["WeightStandardization"] == 144


def test_the_model_stays_as_it_is():
    model = models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.5).init(0)
    before = copy.deepcopy(model.state())
    classes = [type(layer) for layer in model.layers]
    cost(model, 32)
    assert [type(layer) for layer in model.layers] == classes
    assert all(parameter.grad is None for _, parameter in named_parameters(model))
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, before[path], err_msg=path)


def test_a_model_without_weights_is_given_none():
    model = models.mlp(20, (8,), 3)
    assert cost(model).parameters == 195
    assert not model.initialized


def test_layers_of_ones_own_are_named():
    class Mine(Layer):
        def forward(self, x):
            return x, x

        def backward(self, dy, cache):
            return dy

    found = cost(Sequential(Linear(4, 4), Residual(Mine())), 8)
    assert found.uncounted == ("Mine",)
    assert "not counted: Mine" in str(found)


def test_the_table_has_a_row_for_each_layer_that_costs():
    model = Sequential(
        Normalize(), Flatten(), Linear(9, 4), BatchNorm(4), ReLU(), Dropout(0.5), Linear(4, 2)
    )
    lines = str(cost(model, 16, (3, 3, 1))).splitlines()
    assert lines[0].split() == [
        "layer", "kind", "output", "parameters", "forward", "backward", "kept"
    ]  # fmt: skip
    assert len(lines) == 1 + 6 + 2 and lines[-2].split()[:2] == ["total", "58"]


def test_a_shape_that_nobody_knows_is_asked_for():
    with pytest.raises(InputError, match=r"shape: expected that of an image \(H, W, C\)"):
        cost(Sequential(ReLU()))
    with pytest.raises(InputError, match="batch_size: expected a whole number"):
        cost(models.mlp(20, (8,), 3), 0)
    with pytest.raises(InputError, match="received"):
        cost(models.mlp(20, (8,), 3), 1, (21,))
