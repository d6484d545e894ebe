"""A model as a tree of blocks: what it costs is what `chainrule.cost` says."""

from __future__ import annotations

import json
import math

import pytest

import chainrule as cr
from chainrule import layers as L
from chainrule.errors import InputError
from chainrule.models import MODELS
from chainrule.play.blocks import block_tree, settings_of

SHAPE = (32, 32, 3)


def built(name: str) -> L.Layer:
    return MODELS[name](inputs=SHAPE, classes=10, **({"hidden": (16,)} if name == "mlp" else {}))


@pytest.mark.parametrize("name", MODELS)
def test_the_whole_costs_what_cost_says(name: str) -> None:
    model = built(name)
    tree = block_tree(model, SHAPE)
    assert tree.parameters == cr.cost.count_parameters(model)
    assert tree.flops == cr.cost.flops(model, SHAPE)
    assert tree.memory == 4 * tree.parameters and tree.shape == (10,)
    leaves = tree.leaves()
    assert sum(leaf.parameters for leaf in leaves) == tree.parameters
    assert tree.activation == 4 * sum(math.prod(x.shape) * x.uses for x in leaves)
    assert sum(leaf.flops or 0 for leaf in leaves) <= (tree.flops or 0)
    json.dumps(tree.as_json())


def test_blocks_are_those_of_a_measured_step() -> None:
    model = cr.models.resnet20(SHAPE, 10)
    tree = block_tree(model, SHAPE)
    measured = {row.path: row for row in cr.cost.cost(model, 1, SHAPE).layers}
    for leaf in tree.leaves():
        row = measured[leaf.path]
        assert (leaf.kind, leaf.parameters, leaf.flops) == (row.kind, row.parameters, row.forward)
        assert leaf.shape == row.output[1:]


def test_blocks_lie_in_blocks() -> None:
    inner = L.Sequential(L.Conv2d(3, 3, 3, padding=1), L.BatchNorm(3))
    model = L.Sequential(L.Normalize(3), L.Residual(inner), L.GlobalAvgPool2d(), L.Linear(3, 2))
    tree = block_tree(model, (8, 8, 3))
    assert [child.kind for child in tree.children] == [
        "Normalize", "Residual", "GlobalAvgPool2d", "Linear",
    ]  # fmt: skip
    residual = tree.children[1]
    assert [x.path for x in residual.leaves()] == [
        "layers.1.body.layers.0", "layers.1.body.layers.1",
    ]  # fmt: skip
    assert residual.shape == (8, 8, 3) and residual.settings == {}


def test_settings_are_told_and_what_is_not_as_usual() -> None:
    conv = L.Conv2d(3, 8, (3, 1), stride=2)
    tree = block_tree(L.Sequential(conv), (8, 8, 3))
    assert settings_of(conv) == {
        "in_channels": "3", "out_channels": "8", "kernel_size": "3×1", "stride": "2",
        "padding": "0", "dilation": "1", "groups": "1", "bias": "True", "padding_mode": "zeros",
    }  # fmt: skip
    assert tree.leaves()[0].detail == "3, 8, 3×1, stride=2"


def test_a_layer_that_is_used_twice_counts_twice_but_not_its_weights() -> None:
    shared = L.Linear(4, 4)
    tree = block_tree(L.Sequential(shared, L.ReLU(), shared), (4,))
    first = tree.children[0]
    assert (first.uses, first.parameters) == (2, 20) and tree.parameters == 20
    assert first.flops == 2 * 36 and first.activation == 2 * 16
    assert [child.kind for child in tree.children] == ["Linear", "ReLU"]


def test_what_is_not_known_is_said_so() -> None:
    class Own(L.Layer):
        def forward(self, x):  # type: ignore[no-untyped-def]
            return x, None

        def backward(self, dy, cache):  # type: ignore[no-untyped-def]
            return dy

    tree = block_tree(L.Sequential(L.Linear(4, 4), Own(), L.Linear(4, 2)), (4,))
    assert tree.flops is None and tree.activation is None and tree.shape is None
    assert tree.children[1].shape is None and tree.children[0].shape == (4,)
    assert block_tree(L.Linear(4, 2), (4,)).children == ()


def test_images_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="does not say which images"):
        block_tree(L.Linear(4, 2))
    with pytest.raises(InputError, match="layers"):
        block_tree(cr.models.mlp((8, 8, 1), (4,), 10), (9, 9, 1))
