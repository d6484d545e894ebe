from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L
from chainrule.errors import InputError
from chainrule.interop.html_page import run
from chainrule.interop.lowering import LOWERINGS
from chainrule.interop.planning import plan
from chainrule.layers import Layer, Merge, Signature
from chainrule.layers.dropout import RandomMask
from chainrule.layers.norm import _SampleNorm
from tests.test_contract import LAYERS, public

from .cases import MODELS, build, images, labeled, lively, of_table, zoo


@pytest.mark.parametrize("case", of_table(), ids=str)
def test_the_steps_compute_what_the_layer_does(case) -> None:
    layer = build(case)
    x = np.random.default_rng(1).random(case.shape).astype(np.float32)
    dtype = "uint8" if case.dtype == np.uint8 else "float32"
    x = (255 * x).astype(np.uint8) if dtype == "uint8" else x
    made = plan(layer, case.shape[1:], dtype)
    np.testing.assert_allclose(run(made, x), layer(x), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", MODELS)
def test_the_steps_compute_what_the_model_does(name: str) -> None:
    model = MODELS[name]()
    made = plan(model)
    assert made.input_dtype == "uint8"
    np.testing.assert_allclose(run(made, images(model)), model(images(model)), rtol=2e-5, atol=2e-5)


def test_every_layer_is_known() -> None:
    known = {type(case.build()) for case in LAYERS} | public(L, Merge) - {Merge}
    assert known <= {*LOWERINGS}
    assert not any(issubclass(kind, (RandomMask, _SampleNorm)) for kind in known - {*LOWERINGS})


class Own(L.ReLU):
    """May compute anything."""


def test_a_layer_of_somebodys_own_is_named() -> None:
    model = L.Sequential(L.Linear(3, 2), Own()).init(0)
    with pytest.raises(InputError, match=r"^layers.1: a layer Own cannot be exported"):
        plan(model, (3,))
    wrapped = L.WeightStandardization(_OwnConv(2, 2, 1)).init(0)
    with pytest.raises(InputError, match=r"^layer: a layer _OwnConv cannot be exported"):
        plan(wrapped, (3, 3, 2))


class _OwnConv(L.Conv2d):
    pass


def test_a_shared_layer_is_two_steps_of_one_weight() -> None:
    shared = L.Linear(4, 4)
    model = lively(L.Sequential(shared, L.ReLU(), shared))
    made = plan(model, (4,))
    assert [step.output for step in made.steps] == ["layers.0", "layers.1", "layers.0:2"]
    assert [name for name, _ in made.arrays()] == ["layers.0.weight", "layers.0.bias"]


def test_floats_where_the_model_was_trained_on_floats() -> None:
    model = lively(L.Sequential(L.Normalize(1), L.Flatten(), L.Linear(4, 2)))
    model.signature = Signature((2, 2, 1), ("a", "b"), scale=1)
    assert plan(model).input_dtype == "float32"
    assert plan(model, input_dtype="uint8").input_dtype == "uint8"
    bare = labeled(L.Sequential(L.Flatten(), L.Linear(4, 2)), (2, 2, 1), ("a", "b"))
    assert plan(bare).input_dtype == "float32"
    with pytest.raises(InputError, match="Linear takes floats, not uint8 images"):
        plan(bare, input_dtype="uint8")
    with pytest.raises(InputError, match="it computes nothing from its uint8 images"):
        plan(L.Sequential(L.Flatten()), (2, 2, 1), "uint8")


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (L.Linear(3, 2).init(0), None, "image_shape: expected the shape"),
        (L.Linear(3, 2), (3,), "it has no weights yet"),
        (L.Linear(3, 2).init(0), (4,), r"expected an input of shape \(N, 3\)"),
        (L.Linear(3, 2).init(0), (3, 3), "image_shape: expected"),
        (L.Linear(3, 2).init(0), (0,), "image_shape: expected"),
        (L.Linear(3, 2).init(0), (True,), "image_shape: expected"),
        (L.ReLU(), (2, 2, 0), "image_shape: expected"),
    ],
)
def test_what_cannot_be_planned(model: Layer, shape, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(model, shape)


def test_weights_that_are_no_numbers() -> None:
    model = L.Linear(3, 2).init(0)
    model.weight.value[0, 0] = np.nan
    with pytest.raises(InputError, match=r"weight: expected finite numbers, received 1 of 6"):
        plan(model, (3,))
    large = L.Linear(3, 2).init(0).astype(np.float64)
    large.bias.value[:] = 1e300
    with np.errstate(over="ignore"), pytest.raises(InputError, match="bias: expected finite"):
        plan(large, (3,))


def test_softmax_needs_logits() -> None:
    assert plan(zoo(), softmax=True).steps[-1].op == "softmax"
    with pytest.raises(InputError, match="softmax: expected a model with logits"):
        plan(L.ReLU(), (2, 2, 1), softmax=True)
