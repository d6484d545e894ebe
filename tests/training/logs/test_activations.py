from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import Flatten, Linear, Normalize, ReLU, Sequential, Sigmoid, Tanh
from chainrule.training.logs import Activations, Log
from chainrule.training.logs.activations import activations

from .conftest import Train
from .test_log import Heard


def net(*layers):
    return Sequential(Normalize(1), Flatten(), *layers).init(0)


def test_figures_are_those_of_the_outputs(rng):
    model = net(Linear(16, 6), ReLU())
    images = rng.integers(0, 256, (9, 4, 4, 1), np.uint8)
    rows = {row["name"]: row for row in activations(model, images)}
    assert list(rows) == ["layers.0 (Normalize)", "layers.2 (Linear)", "layers.3 (ReLU)"]
    y = model(images)
    row = rows["layers.3 (ReLU)"]
    assert row["mean"] == pytest.approx(y.mean())
    assert row["std"] == pytest.approx(y.std())
    assert row["zeros"] == pytest.approx((y == 0).mean())
    assert row["saturated"] is None


def test_a_dead_unit_is_counted(rng):
    model = net(Linear(16, 4), ReLU())
    model.layers[2].bias.value[:] = [-1e4, 1e4, 1e4, -1e4]
    rows = activations(model, rng.integers(0, 256, (50, 4, 4, 1), np.uint8))
    assert rows[-1]["dead"] == 0.5
    assert rows[-2]["dead"] == 0.0  # before the ReLU they still say something


@pytest.mark.parametrize(("layer", "share"), [(Sigmoid(), 0.75), (Tanh(), 0.75)])
def test_a_saturated_unit_is_counted(rng, layer, share):
    model = net(Linear(16, 4), layer)
    model.layers[2].weight.value *= 1e-3
    model.layers[2].bias.value[:] = [-9, 9, 9, 0]
    rows = activations(model, rng.integers(0, 256, (50, 4, 4, 1), np.uint8))
    assert rows[-1]["saturated"] == share


def test_a_channel_is_dead_if_it_says_the_same_at_all_places(rng):
    model = cr.models.convnet((8, 8, 1), 10, filters=(3,)).init(0)
    rows = activations(model, rng.integers(0, 256, (20, 8, 8, 1), np.uint8))
    assert all(0 <= row["dead"] <= 1 for row in rows)
    assert len(rows) > 3


def test_they_are_measured_on_the_batch_of_the_step(train: Train):
    heard = Heard()
    trainer = train(Log([heard], [Activations(8)], every_steps=20))
    expected = activations(trainer.model, trainer.last_batch[0][:8])
    found = [
        {k: v for k, v in row.items() if k not in ("step", "epoch")}
        for row in heard.rows("activations")
    ]
    assert found == expected


def test_two_images_are_the_least():
    with pytest.raises(cr.InputError, match="images: expected a whole number of at least 2"):
        Activations(1)
