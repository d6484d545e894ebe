from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import config, models
from chainrule.cost import count_parameters, flops
from chainrule.errors import InputError
from chainrule.experiment import factory
from chainrule.layers import BatchNorm, Conv2d, Linear, named_parameters
from chainrule.layers.shapes import infer_shape


def test_size():
    """236 million FLOPs a picture are told of it, norms and activations apart."""
    model = models.airbench()
    convolutions = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256)
    assert count_parameters(model) == convolutions + 2560 + 24 + 2 * (64 + 256 + 256)
    assert flops(model, (32, 32, 3)) == pytest.approx(236e6, rel=0.01)


def test_the_sides_of_32_pixels():
    shape, shapes = (32, 32, 3), []
    for layer in models.airbench():
        shape = infer_shape(layer, shape)
        if type(layer).__name__ in ("WhiteningConv2d", "MaxPool2d"):
            shapes.append(shape)
    assert shapes == [(31, 31, 24), (15, 15, 64), (7, 7, 256), (3, 3, 256), (1, 1, 256)]


def test_what_is_trained():
    paths = [path for path, _ in named_parameters(models.airbench())]
    kinds = {path.rpartition(".")[2] for path in paths}
    assert kinds == {"weight", "bias", "beta"}
    assert [path for path in paths if path.endswith("bias")] == ["layers.1.bias"]
    assert paths[-1] == "layers.26.weight"  # which the recipe in docs/models.md names


def test_convolutions_start_as_the_identity_of_what_they_are_given(rng):
    model = models.airbench((16, 16, 3), widths=(30, 40)).init(0)
    x = rng.standard_normal((1, 5, 5, 24), np.float32)
    first = next(layer for layer in model if isinstance(layer, Conv2d))
    np.testing.assert_array_equal(first(x)[..., :24], x)
    assert first(x)[..., 24:].std() > 0.1


def test_norms_and_head():
    model = models.airbench().init(0)
    norms = [layer for layer in model if isinstance(layer, BatchNorm)]
    assert {(norm.momentum, norm.eps) for norm in norms} == {(0.6, 1e-12)}
    head = next(layer for layer in model if isinstance(layer, Linear))
    assert head.bias is None
    assert head.weight.value.std() == pytest.approx(1, abs=0.03)


def test_the_first_loss_is_that_of_a_guess(rng):
    images = rng.integers(0, 256, (8, 12, 12, 3), np.uint8)
    logits, _ = models.airbench((12, 12, 3), widths=(8, 16)).init(0).forward(images)
    loss, _ = cr.losses.SoftmaxCrossEntropy()(logits, rng.integers(0, 10, 8))
    assert loss == pytest.approx(np.log(10), abs=0.1)


def test_the_recipe_that_cifar10_begins_with():
    """Its optimizer fits the model: rates of Muon, of norms, whitening and head, and their ends."""
    resolved = config.resolve(config.assignments(["data=cifar10"]))
    batches = 24
    optimizer = factory.optimizer(resolved, batches)
    model = models.airbench().init(0)
    rows = optimizer.table(named_parameters(model)).splitlines()[1:-1]
    got = {row.split()[0]: tuple(row.split()[3:5]) for row in rows}
    expected = {path: ("Muon", "0.24") for path in got if path.endswith("weight")}
    expected |= {path: ("SGD", "106") for path in got if path.endswith(("beta", "bias"))}
    assert got == expected | {"layers.26.weight": ("SGD", "1.34e+03")}
    optimizer.steps = 3 * batches
    frozen = [row.split()[0] for row in optimizer.table(named_parameters(model)).splitlines()
              if "frozen" in row]  # fmt: skip
    assert frozen == ["layers.1.bias"]
    assert optimizer.lr == pytest.approx(0.24 * 5 / 8)
    assert factory.loss(resolved, 10).smoothing == 0.2
    augment = factory.augment(resolved)
    assert augment.operations == cr.data.augment.preset("alternating-flip").operations


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"inputs": (8, 8, 3)}, "airbench needs images of 9x9 pixels or more, received 8x8"),
        ({"widths": ()}, "widths: expected one number or more, received none"),
        ({"widths": (0,)}, r"widths: expected a list, .* received \(0,\)"),
        ({"logit_scale": 0}, "logit_scale: expected a positive finite number, received 0"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.airbench(**arguments)
