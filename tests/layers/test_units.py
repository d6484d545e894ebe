from __future__ import annotations

import numpy as np
import pytest

from chainrule.doctor.flow import measure
from chainrule.layers import Flatten, Linear, Normalize, ReLU, Sequential, Sigmoid, Tanh
from chainrule.layers.units import FLAT, dead, saturated
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.random import generator
from chainrule.training.logs.activations import activations


def test_a_unit_is_dead_if_it_is_0_for_every_sample_at_all_places():
    y = np.zeros((2, 3, 3, 4), np.float32)
    y[1, 2, 2, 1] = 1e-30  # once is enough to be alive
    y[..., 2] = 5  # says the same always, but is not 0
    y[0, 0, 0, 3] = np.nan
    assert dead(y) == 0.25


def test_numbers_without_an_axis_of_units_are_one_unit():
    assert dead(np.zeros(5)) == 1.0 and dead(np.array([0.0, 1.0])) == 0.0


@pytest.mark.parametrize("kind", [Sigmoid, Tanh])
def test_saturation_is_a_slope_under_a_share_of_the_steepest(kind):
    layer, x = kind(), np.linspace(-9, 9, 1001)
    y, cache = layer.forward(x)
    slope = layer.backward(np.ones_like(y), cache)
    assert saturated(layer, y) == pytest.approx((slope < FLAT * slope.max()).mean(), abs=2e-3)
    assert saturated(ReLU(), y) is None


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh])
@pytest.mark.parametrize("scale", [1, 20])
def test_the_doctor_and_the_log_of_a_training_give_the_same_numbers(activation, scale):
    stream = generator("units")
    images = stream.integers(0, 256, (40, 4, 4, 1), np.uint8)
    labels = np.arange(40) % 3
    model = Sequential(Normalize(1), Flatten(), Linear(16, 24), activation(), Linear(24, 3)).init(0)
    model.layers[2].weight.value *= scale
    model.layers[2].bias.value[:7] = -40 * scale
    name = f"layers.3 ({activation.__name__})"
    (row,) = (row for row in activations(model, images) if row["name"] == name)
    layer = measure(model, images, labels, SoftmaxCrossEntropy()).layers[3]
    assert layer.saturated == row["saturated"]
    if activation is ReLU:
        assert layer.dead == row["dead"] and layer.dead >= 7 / 24
