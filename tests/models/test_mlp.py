"""The multi-layer perceptron, and how models are found by name."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.errors import InputError
from chainrule.gradient_check import gradcheck
from chainrule.layers import named_parameters


def count(model) -> int:
    return sum(p.value.size for _, p in named_parameters(model.init(0)))


def test_report_a_counts_242762_parameters():
    assert count(models.mlp(784, (256, 128, 64), 10)) == 242_762


def test_batch_norm_adds_a_scale_and_a_shift_for_each_unit():
    with_norm = count(models.mlp(784, (256, 128, 64), 10, norm="batch"))
    assert with_norm - 242_762 == 2 * (256 + 128 + 64)


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 3)])
def test_images_become_logits(shape, rng):
    model = models.mlp(shape, (5,), 4, norm="batch", dropout=0.5).init(0)
    images = rng.integers(0, 256, (3, *shape), np.uint8)
    logits = model(images)
    assert logits.shape == (3, 4) and logits.dtype == np.float32
    np.testing.assert_allclose(logits[1:2], model(images[1:2]), rtol=1e-4, atol=1e-6)


def test_without_hidden_layers_it_is_a_linear_classifier(rng):
    model = models.mlp((2, 2, 1), (), 3).init(0)
    x = rng.random((2, 2, 2, 1), np.float32)
    weight = model.state()["layers.2.weight"]
    np.testing.assert_allclose(model(x), x.reshape(2, 4) @ weight, rtol=1e-5)


def test_activation_is_chosen_by_name():
    model = models.mlp(4, (3, 2), 2, activation="silu")
    assert [type(layer).__name__ for layer in model.layers] == [
        "Normalize", "Flatten", "Linear", "SiLU", "Linear", "SiLU", "Linear",
    ]  # fmt: skip


def test_gradients(rng):
    model = models.mlp((3, 3, 2), (7, 5), 4, norm="batch", dropout=0.3).init(1)
    assert gradcheck(model, rng.random((6, 3, 3, 2)), rng.integers(0, 4, 6)).ok


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"hidden": (0,)}, r"hidden: expected a list, .* received \(0,\)"),
        ({"classes": 0}, "classes: expected a whole number of at least 1"),
        ({"norm": "bach"}, "did you mean 'batch'"),
        ({"activation": "rel"}, "unknown activation 'rel'; did you mean 'relu'"),
        ({"dropout": 1.0}, "dropout: expected a number in"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.mlp(**{"inputs": 4, "hidden": (3,), "classes": 2} | arguments)


def test_models_are_built_by_name():
    built = models.build("mlp", inputs=4, hidden=[3], classes=2)
    assert repr(built) == repr(models.mlp(4, [3], 2))
    with pytest.raises(InputError, match="unknown model 'mpl'; did you mean 'mlp'"):
        models.build("mpl")
    with pytest.raises(InputError, match="no argument 'hiden'; did you mean 'hidden'"):
        models.build("mlp", hiden=[3])
