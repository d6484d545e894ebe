"""A layer on a tiny input: its numbers, and everything that a page may ask for."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

pytest.importorskip("starlette")

from chainrule import layers
from chainrule.play.answers import dumps
from chainrule.play.layer_catalog import known
from chainrule.play.layer_passes import look


def array(answer: dict, index: int | None = None) -> np.ndarray:
    part = answer if index is None else answer["inputs"][index]
    return np.array(part["values"], float).reshape(part["shape"])


def gradient(answer: dict, name: str) -> np.ndarray:
    return array(next(one for one in answer["gradients"] if one["name"] == name))


def sentence(**asked: object) -> tuple[str, str | None]:
    answer = look(**asked)
    assert set(answer) == {"error"}, answer
    assert "\n" not in answer["error"]["sentence"]
    return answer["error"]["sentence"], answer["error"]["field"]


@pytest.mark.parametrize("name", known())
def test_every_layer_of_the_catalogue_opens_with_right_gradients(name):
    answer = look(name)
    assert "error" not in answer
    assert answer["gradients"] and all(one["ok"] for one in answer["gradients"])
    assert all(one["checked"] for one in answer["gradients"])
    assert np.isfinite(array(answer["y"])).all()
    options = {one["name"]: one["value"] for one in answer["options"]}
    again = look(name, options, 0, answer["inputs"], answer["dy"])
    assert again["y"] == answer["y"] and again["gradients"] == answer["gradients"]
    json.loads(dumps(answer))


def test_numbers_are_those_of_the_layer():
    x, dy = np.arange(25.0).reshape(1, 5, 5, 1) - 12, np.ones((1, 3, 3, 2))
    answer = look(
        "Conv2d", {"stride": "2", "padding": "1"}, 3,
        [{"shape": x.shape, "values": x.ravel().tolist()}],
        {"shape": dy.shape, "values": dy.ravel().tolist()},
    )  # fmt: skip
    layer = layers.Conv2d(1, 2, 3, stride=2, padding=1).init(3).astype(np.float64)
    y, cache = layer.forward(x)
    dx = layer.backward(dy, cache)
    np.testing.assert_allclose(array(answer["y"]), y)
    np.testing.assert_allclose(gradient(answer, "dx"), dx)
    np.testing.assert_allclose(gradient(answer, "weight.grad"), layer.weight.grad)
    assert answer["shown"] == "Conv2d(1, 2, 3, stride=2, padding=1)"
    for one in answer["gradients"]:
        for entry in one["entries"]:
            assert entry["analytic"] == one["values"][entry["at"]]
            assert entry["numeric"] == pytest.approx(entry["analytic"], rel=1e-5, abs=1e-8)


def test_parameters_can_be_edited_and_are_forgotten_when_they_no_longer_fit():
    weight = {"shape": [3, 2], "values": [1, 0, 0, 1, 1, 1]}
    x = [{"shape": [1, 3], "values": [1, 2, 3]}]
    answer = look("Linear", parameters={"weight": weight}, inputs=x)
    assert answer["y"]["values"] == [4, 5] and answer["edited"] == ["weight"]
    other = look("Linear", {"out_features": "3"}, parameters={"weight": weight}, inputs=x)
    assert other["edited"] == [] and other["y"]["shape"] == [1, 3]


def test_what_an_option_makes_unfit_is_made_anew_only_if_asked():
    x, dy = [{"shape": [1, 5, 5, 1], "values": None}], {"shape": [1, 3, 3, 2], "values": [1.0] * 18}
    options = {"in_channels": "2"}
    answer = look("Conv2d", options, inputs=x, dy=dy, fit=True)
    assert answer["inputs"][0]["shape"][3] == 2
    said, field = sentence(layer="Conv2d", options=options, inputs=x)
    assert said == "expected an input of shape (N, H, W, 2), received (1, 5, 5, 1)"
    assert field == "inputs.0"


def test_predicting_and_buffers_are_shown_where_they_differ():
    norm = look("BatchNorm")
    assert [one["name"] for one in norm["buffers"]] == ["running_mean", "running_var"]
    assert norm["predicted"]["shape"] == norm["y"]["shape"]
    assert look("Dropout")["predicted"] == "x itself" and look("ReLU")["predicted"] is None


def test_a_kink_is_no_mistake():
    answer = look("ReLU", inputs=[{"shape": [1, 3], "values": [0, 1, -1]}])
    [dx] = answer["gradients"]
    assert [entry["verdict"] for entry in dx["entries"]] == ["kink", "ok", "ok"]
    assert dx["ok"] and dx["checked"] == 2


def test_a_wrong_backward_is_called_wrong(monkeypatch):
    class Wrong(layers.ReLU):
        def backward(self, dy, cache):
            return 2 * super().backward(dy, cache)

    monkeypatch.setattr(layers, "ReLU", Wrong)
    [dx] = look("ReLU")["gradients"]
    assert dx["ok"] is False and dx["worst"]["verdict"] == "WRONG"


def test_numbers_that_overflow_are_shown_and_not_judged():
    x = [{"shape": [1, 3], "values": [1e308, 1e308, -1e308]}]
    weight = {"shape": [3, 2], "values": [9, 9, 9, 9, -9, 9]}
    sent = json.loads(dumps(look("Linear", inputs=x, parameters={"weight": weight})))
    assert "Infinity" in sent["y"]["values"]
    assert all(one["ok"] is None and "not finite" in one["problem"] for one in sent["gradients"])


def test_large_arrays_are_checked_in_part():
    answer = look("Linear", {"in_features": "16"}, inputs=[{"shape": [16, 16], "values": None}])
    dx = next(one for one in answer["gradients"] if one["name"] == "dx")
    assert dx["checked"] == 96 and len(dx["values"]) == 256
    assert {0, 255} <= {entry["at"] for entry in dx["entries"]}


X = {"shape": [1, 5, 5, 1], "values": [0.5] * 25}


@pytest.mark.parametrize(
    ("asked", "said", "field"),
    [
        ({"layer": "Conv3d"}, "expected the name of a layer, received 'Conv3d'", None),
        ({"layer": 5}, "expected the name of a layer", None),
        ({"layer": ["Conv2d"]}, "expected the name of a layer", None),
        ({"layer": "__import__('os')"}, "expected the name of a layer", None),
        ({"options": {"stride": "0"}}, "stride: expected", "options.stride"),
        ({"options": {"stride": "x"}}, "stride: expected", "options.stride"),
        ({"options": {"groups": "3"}}, "groups: must divide", "options.groups"),
        ({"options": {"kernel_size": "9"}, "inputs": [X]},
         "needs images of 9x9 pixels or more", "inputs.0"),
        ({"options": {"padding": "16"}}, "at most 1,024 are shown", None),
        ({"options": {"out_channels": "32", "kernel_size": "9"}}, "at most 2,048 numbers", None),
        ({"options": "stride"}, "options: expected a value by name", None),
        ({"seed": -1}, "seed: expected 0 to 999,999", "seed"),
        ({"seed": "x"}, "seed: expected 0 to 999,999", "seed"),
        ({"seed": 10**30}, "seed: expected 0 to 999,999", "seed"),
        ({"inputs": X}, "inputs: expected 1 arrays", None),
        ({"inputs": [X, X]}, "inputs: expected 1 arrays", None),
        ({"inputs": [5]}, "x: expected a shape and values", "inputs.0"),
        ({"inputs": [{"shape": []}]}, "x: expected a shape of 1 to 5", "inputs.0"),
        ({"inputs": [{"shape": [1] * 6}]}, "x: expected a shape of 1 to 5", "inputs.0"),
        ({"inputs": [{"shape": [1, 0, 5, 1]}]}, "from 1 to 16", "inputs.0"),
        ({"inputs": [{"shape": [1, 17, 5, 1]}]}, "from 1 to 16", "inputs.0"),
        ({"inputs": [{"shape": [1, 5.5, 5, 1]}]}, "from 1 to 16", "inputs.0"),
        ({"inputs": [{"shape": [True, 5, 5, 1]}]}, "from 1 to 16", "inputs.0"),
        ({"inputs": [{"shape": ["5", "x"]}]}, "from 1 to 16", "inputs.0"),
        ({"inputs": [{"shape": "1551"}]}, "x: expected a shape", "inputs.0"),
        ({"inputs": [{"shape": [16, 16, 16, 16]}]}, "at most 256 numbers", "inputs.0"),
        ({"inputs": [{"shape": [1, 5]}]}, "expected an input of shape (N, H, W, 1)", "inputs.0"),
        ({"inputs": [{"shape": [1, 2], "values": [1]}]}, "x: expected 2 numbers", "inputs.0"),
        ({"inputs": [{"shape": [2], "values": "12"}]}, "x: expected 2 numbers", "inputs.0"),
        ({"inputs": [{"shape": [1, 2], "values": [1, "abc"]}]},
         "x[0, 1]: expected a finite number, received 'abc'", "inputs.0"),
        ({"inputs": [{"shape": [1], "values": [float("nan")]}]}, "x[0]: expected", "inputs.0"),
        ({"inputs": [{"shape": [1], "values": [10**400]}]}, "x[0]: expected", "inputs.0"),
        ({"inputs": [{"shape": [1], "values": [True]}]}, "x[0]: expected", "inputs.0"),
        ({"inputs": [{"shape": [1], "values": [[1]]}]}, "x[0]: expected", "inputs.0"),
        ({"dy": {"shape": [1, 2], "values": [1, None]}}, "dy[0, 1]: expected a finite", "dy"),
        ({"dy": [1]}, "dy: expected a shape and values", "dy"),
        ({"parameters": [1]}, "parameters: expected arrays by path", None),
        ({"parameters": {"weight": 5}}, "weight: expected a shape", "parameters.weight"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence(asked, said, field):
    got = sentence(**{"layer": "Conv2d"} | asked)
    assert said in got[0] and got[1] == field


ODD = [
    "0", "-1", "3", "32", "1e9", "nan", "inf", "abc", "", "none", "2, 2", "1, 2, 3", "0.5", "-0.5",
    "1", "true", True, None, 5, [1, 2], {"a": 1}, "same", "reflect", "tanh", "((", "9" * 50, "١",
]  # fmt: skip


@pytest.mark.parametrize("name", known())
def test_no_option_breaks_a_layer(name):
    rng = random.Random(name)
    names = [one["name"] for one in look(name)["options"]]
    for _ in range(12 if names else 0):
        chosen = rng.sample(names, min(len(names), rng.choice((1, 1, 2, 3))))
        answer = look(name, {option: rng.choice(ODD) for option in chosen}, fit=True)
        assert answer.get("y") or answer["error"]["sentence"]
