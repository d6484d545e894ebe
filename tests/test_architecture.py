"""Containers, options and sharing survive the way through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule import architecture
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


def layer(name, **arguments):
    return {"layer": name, "arguments": arguments}


LINEAR = layer("Linear", in_features=3, out_features=3)


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        (layer("Graph", nodes=3), "Graph.nodes: expected a mapping"),
        (layer("Graph", nodes=[]), "Graph.nodes: expected a mapping"),
        (layer("Graph", nodes={"mapping": 7}), "mapping: expected an object, received 7"),
        (layer("Graph", nodes={"mapping": {"a": [LINEAR, 7]}}), "Graph.nodes: expected"),
        (layer("Graph", nodes={"mapping": {"a": [LINEAR, "a"]}}), "circle"),
        (layer("Graph", nodes={"mapping": {"a": [LINEAR, "input"]}}, output=7), "output: expected"),
        (layer("Linear", in_features=10**12, out_features=1), "in_features: expected a whole"),
        (layer("Linear", in_features="3", out_features=1), "received '3'"),
        (layer("Linear", in_features=3.0, out_features=1), "received 3.0"),
        (layer("Linear", in_features=True, out_features=1), "received True"),
        (layer("Linear", in_features=[3], out_features=1), r"received \[3\]"),
        (layer("Linear", in_features=-3, out_features=1), "in_features"),
        (layer("Linear", in_features=0, out_features=1), "in_features"),
        (layer("Linear", in_features=3), "Linear lacks its argument 'out_features'"),
        (layer("Linear", in_feature=3, out_features=3), "did you mean 'in_features'"),
        (layer("Linear", in_features=3, out_features=3, init=LINEAR), "init: expected an init"),
        (layer("Linear", in_features=3, out_features=3, init=7), "init: expected an initializer"),
        (layer("Linear", in_features=3, out_features=3, init={"initializer": "Normol"}), "Normal"),
        (
            layer("Linear", in_features=3, out_features=3, init={"initializer": ["x"]}),
            "unknown initializer",
        ),
        (
            layer(
                "Linear",
                in_features=3,
                out_features=3,
                init={"initializer": "Normal", "std": "much"},
            ),
            "std: expected a finite number",
        ),
        (layer("ReLU", slope=3), "ReLU has no argument 'slope'"),
        (layer("ReLU", args=[1]), "ReLU has no argument 'args'"),
        (layer("Dropout", rate="x"), "rate: expected a finite number"),
        (layer("Dropout", rate=float("nan")), "rate: expected a finite number"),
        (layer("Dropout", rate=1.0), "rate: expected a probability"),
        (layer("BatchNorm", channels=2, eps=float("inf")), "eps: expected a finite number"),
        (layer("BatchNorm", channels=2, frozen="yes"), "frozen: expected true or false"),
        (layer("Normalize", channels=-1), "channels"),
        (layer("Normalize", channels=10**12), "channels"),
        (
            layer("Conv2d", in_channels=1, out_channels=1, kernel_size={}),
            "kernel_size: unknown layer None",
        ),
        (layer("Conv2d", in_channels=1, out_channels=1, kernel_size=[3]), "kernel_size"),
        (layer("Conv2d", in_channels=1, out_channels=1, kernel_size=3, padding="sam"), "padding"),
        (layer("Conv2d", in_channels=1, out_channels=1, kernel_size=3, bias=None), "bias"),
        (layer("MaxPool2d", kernel_size=10**30), "kernel_size"),
        (layer("Concat", axis="x"), "axis"),
        (layer("LayerNorm", normalized_shape=["3"]), "normalized_shape"),
        (layer("Residual", body=7), "body: expected a Layer, received 7"),
        (layer("Residual", body=LINEAR, shortcut=[LINEAR]), "shortcut"),
        (layer("Parallel", branches=[LINEAR]), "branches: expected two or more"),
        (layer("Parallel", branches=[LINEAR, LINEAR], merge=LINEAR), "merge"),
        (layer("Sequential", layers="abc"), "layers: expected a list"),
        (layer("Sequential", layers={"mapping": {"a": LINEAR}}), "layers: expected a list"),
        (layer("Sequential", layers=[LINEAR, 7]), "layers: expected a list"),
        (layer("Sequential", layers=[layer("Linar")]), "layers.0: .*did you mean 'Linear'"),
        (layer("Sequential", layers=[{"layer": "Linear"}]), "arguments of Linear: expected an obj"),
        (layer("WeightStandardization", layer=layer("ReLU")), "with a weight"),
        (layer("Merge"), "Merge is no layer by itself"),
        ({"layer": ["Linear"], "arguments": {}}, "unknown layer"),
        ({"layer": "x" * 10_000, "arguments": {}}, "unknown layer"),
        ({"layer": "Linear", "arguments": 7}, "expected an object, received 7"),
        ({"shared": 7}, "no layer to share"),
        ({"shared": [1]}, "no layer to share"),
        ({}, "unknown layer None"),
        ({"initializer": 7}, "unknown initializer 7"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_arguments_of_other_types_are_refused_by_name(description, problem):
    with pytest.raises(InputError, match=problem) as caught:
        rebuild(description)
    assert len(str(caught.value)) < 800


def test_sharing_cannot_make_a_model_of_endless_passes():
    half = LINEAR
    for _ in range(40):
        half = layer("Sequential", layers=[half, {"shared": None}])
    path = ""

    def name(node, at):
        inner = node["arguments"].get("layers")
        if inner:
            name(inner[0], f"{at}.layers.0")
            inner[1]["shared"] = f"{at}.layers.0"

    name(half, path)
    with pytest.raises(InputError, match="visit more than 100,000 layers"):
        rebuild(half)


def test_layers_of_your_own_may_take_other_types_than_they_say(monkeypatch):
    class Scaled(ReLU):
        def __init__(self, factor: int) -> None:
            self.factor = factor

    class Picky(ReLU):
        def __init__(self, factor: int) -> None:
            self.factor = 1 / factor

    monkeypatch.setitem(architecture.LAYERS, "Scaled", Scaled)
    monkeypatch.setitem(architecture.LAYERS, "Picky", Picky)
    assert rebuild(layer("Scaled", factor=0.5)).factor == 0.5
    with pytest.raises(InputError, match="Scaled has no argument 'faktor'; did you mean 'factor'"):
        rebuild(layer("Scaled", faktor=0.5))
    with pytest.raises(InputError, match="Picky: ZeroDivisionError"):
        rebuild(layer("Picky", factor=0))
