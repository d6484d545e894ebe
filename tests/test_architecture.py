"""Containers, options and sharing survive the way through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.architecture import describe, rebuild
from chainrule.errors import InputError
from chainrule.layers import (
    Add,
    BatchNorm,
    Concat,
    Graph,
    LayerNorm,
    Linear,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    named_arrays,
)


def through_json(layer):
    return rebuild(json.loads(json.dumps(describe(layer))))


@pytest.mark.parametrize(
    "build",
    [
        lambda a: Sequential(a, ReLU(), a),
        lambda a: Residual(Sequential(a, ReLU()), a),
        lambda a: Parallel(a, a, merge=Concat()),
        lambda a: Graph({"a": (a, "input"), "b": (Sequential(a), "a"), "y": (Add(), "a", "b")}),
    ],
)
def test_a_shared_layer_is_still_one_layer(build, rng, tmp_path):
    model = build(Linear(3, 3)).init(0)
    twin = through_json(model)
    assert repr(twin) == repr(model)
    assert [path for path, _ in named_arrays(twin)] == [path for path, _ in named_arrays(model)]
    cr.save(model, tmp_path / "m")
    x = rng.standard_normal((2, 3), np.float32)
    np.testing.assert_array_equal(cr.load(tmp_path / "m")(x), model(x))


def test_equal_layers_are_not_taken_for_one():
    twin = through_json(Sequential(Linear(3, 3), Linear(3, 3)))
    assert twin.layers[0] is not twin.layers[1]


def test_a_description_can_be_read():
    relu = ReLU()
    assert describe(Graph({"a": (relu, "input"), "b": (relu, "a")})) == {
        "layer": "Graph",
        "arguments": {
            "nodes": {
                "mapping": {
                    "a": [{"layer": "ReLU", "arguments": {}}, "input"],
                    "b": [{"shared": ".nodes.a.0"}, "a"],
                }
            },
            "output": "b",
        },
    }


def test_options_changed_after_construction_are_kept():
    layer = BatchNorm(2)
    layer.frozen, layer.momentum = True, 0.5
    assert repr(through_json(layer)) == "BatchNorm(2, momentum=0.5, frozen=True)"
    model = Residual(ReLU())
    model.shortcut = Linear(2, 2)
    assert isinstance(through_json(model).shortcut, Linear)


def test_a_pair_is_a_pair_again():
    assert through_json(LayerNorm((3, 4))).normalized_shape == (3, 4)


@pytest.mark.parametrize(
    "description",
    [
        {"shared": ".layers.7"},
        {"layer": "Sequential", "arguments": {"layers": [{"shared": ""}]}},
        {"layer": "Sequential", "arguments": {"layers": 3}},
        {"layer": "Merge", "arguments": {}},
        {"layer": "Graph", "arguments": {"nodes": {"mapping": {"a": [{"shared": ".x"}, "b"]}}}},
        {"layer": "Residual", "arguments": {"body": 3}},
        {"layer": "Residual", "arguments": {}},
    ],
)
def test_what_describes_no_model_is_refused(description):
    with pytest.raises(InputError):
        rebuild(description)
