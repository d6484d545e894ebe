"""The two nets of inverted residual blocks."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import models
from chainrule.cost import count_parameters, flops
from chainrule.errors import InputError
from chainrule.gradient_check import check_layer
from chainrule.layers import BatchNorm, Conv2d, Dropout, Linear, Residual
from chainrule.layers.base import walk
from chainrule.models.inverted_residual import inverted_residual
from chainrule.models.mobilenet import divisible

NETS = ("mobilenet_v2", "efficientnet_lite0")


@pytest.mark.parametrize(
    ("name", "parameters", "multiply_adds"),
    [("mobilenet_v2", 3_504_872, 0.327e9), ("efficientnet_lite0", 4_652_008, 0.412e9)],
)
def test_size(name, parameters, multiply_adds):
    """0.30 and 0.39 billion multiply-adds are told of them, without norms and activations."""
    model = models.build(name)
    assert count_parameters(model) == parameters
    assert flops(model, (224, 224, 3)) == pytest.approx(2 * multiply_adds, rel=3e-3)


@pytest.mark.parametrize("name", NETS)
def test_the_sides_are_halved_five_times(name):
    model = models.build(name, inputs=(70, 33, 3), classes=2).init()
    x = np.zeros((1, 70, 33, 3), np.uint8)
    sides = []
    for layer in model.layers:
        x = layer(x)
        if x.ndim == 4 and (not sides or sides[-1] != x.shape[1:3]):
            sides.append(x.shape[1:3])
    assert sides == [(70, 33), (35, 17), (18, 9), (9, 5), (5, 3), (3, 2)]
    assert x.shape == (1, 2)


@pytest.mark.parametrize("name", NETS)
def test_any_image_fits_and_the_model_is_saved(name, tmp_path):
    model = models.build(name, inputs=(1, 2, 1), classes=3).init(1)
    image = np.array([[[[7], [200]]]], np.uint8)
    model.save(tmp_path / "m.safetensors")
    again = cr.load(tmp_path / "m.safetensors")
    assert repr(again) == repr(model)
    np.testing.assert_array_equal(again(image), model(image))


@pytest.mark.parametrize("name", NETS)
def test_the_head_is_the_last_layer_and_dropout_may_be_left_out(name):
    model = models.build(name, inputs=(32, 32, 3), classes=5, dropout=0.0)
    assert isinstance(model.layers[-1], Linear)
    assert not any(isinstance(layer, Dropout) for layer in walk(model))


def test_tensorflow_s_paddings_and_statistics_are_efficientnet_s_alone():
    lite, mobile = models.efficientnet_lite0(), models.mobilenet_v2()
    paddings = {c.padding for c in walk(lite) if isinstance(c, Conv2d) and c.stride == 2}
    assert paddings == {"same"}
    assert {c.padding for c in walk(mobile) if isinstance(c, Conv2d) and c.stride == 2} == {1}
    assert {(n.eps, n.momentum) for n in walk(lite) if isinstance(n, BatchNorm)} == {(1e-3, 0.99)}


def test_blocks_that_keep_the_shape_add_their_input():
    blocks = [layer for layer in models.mobilenet_v2().layers[4:21]]
    assert [isinstance(block, Residual) for block in blocks] == [
        False, False, True, False, True, True, False, True, True, True, False, True, True, False,
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("stride", "width"), [(1, 2), (2, 3)])
def test_gradients_of_a_block(rng, stride, width):
    block = inverted_residual(2, width, 3, stride, 2, norm=BatchNorm, padding="same")
    x = rng.standard_normal((4, 4, 5, 2))
    assert check_layer(block.init(3), x, samples=6, tolerance=1e-5).ok


def test_width():
    assert [divisible(x) for x in (1, 12, 19.2, 96 * 0.35, 1280)] == [8, 16, 24, 32, 1280]
    assert count_parameters(models.mobilenet_v2(width_mult=0.5)) == 1_968_680
    assert count_parameters(models.mobilenet_v2(width_mult=1.4)) == 6_108_776
    with pytest.raises(InputError, match="width_mult: expected a positive finite number"):
        models.mobilenet_v2(width_mult=0)
