from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.replay.origin import origin_of, usual_of
from chainrule.replay.sites import Look, look
from chainrule.types import Array

from .training import LogBelow

IMAGES = np.random.default_rng(0).random((12, 6), np.float32)
LABELS = np.arange(12) % 3


class Exploding(cr.Layer):
    """The identity, whose gradient is 1e8 times too large for one sample."""

    def __init__(self, sample: int = 4) -> None:
        self.sample = sample

    def forward(self, x: Array) -> tuple[Array, None]:
        return x, None

    def backward(self, dy: Array, cache: None) -> Array:
        dx = dy.copy()
        dx[self.sample] *= 1e8
        return dx


def trainer(*middle: cr.Layer, accumulate: int = 1) -> cr.Trainer:
    layers = cr.layers
    model = layers.Sequential(
        layers.Linear(6, 5), *middle, layers.Linear(5, 4), layers.Dropout(0.3), layers.Linear(4, 3)
    )
    return cr.Trainer(model, accumulate=accumulate)


def seen(made: cr.Trainer, images: Array = IMAGES) -> Look:
    return look(made, made.train_step, (images, LABELS))


def test_looking_changes_nothing() -> None:
    made = trainer(cr.layers.BatchNorm(5))
    before = {path: array.copy() for path, array in made.model.state().items()}
    seen(made)
    assert made.step == 0 and made.callbacks and isinstance(made.loss, cr.losses.Loss)
    assert all(parameter.grad is None for _, parameter in made.parameters)
    for path, array in made.model.state().items():
        np.testing.assert_array_equal(array, before[path])


@pytest.mark.parametrize("accumulate", [1, 3])
def test_what_is_seen_is_the_step(accumulate: int) -> None:
    made, plain = trainer(accumulate=accumulate), trainer(accumulate=accumulate)
    found = seen(made)
    plain.train_step(IMAGES, LABELS)
    assert found.loss == pytest.approx(plain.last_loss, rel=1e-6)
    assert found.losses is not None and found.losses.mean() == pytest.approx(found.loss, rel=1e-5)
    outputs = [site for site in found.sites if site.stage == "forward"]
    assert [site.path for site in outputs] == [f"layers.{i}" for i in range(4)]
    assert {len(site.peaks) for site in outputs} == {12}
    expected = np.abs(made.model.layers[0](IMAGES)).max(axis=1)
    np.testing.assert_allclose(outputs[0].peaks, expected, rtol=1e-5)


def test_nothing_stands_out_of_the_usual() -> None:
    made = trainer()
    found = seen(made)
    assert origin_of(found, usual_of([found], found)) is None
    assert origin_of(found, usual_of([], found)) is None


def test_an_input_that_is_no_number() -> None:
    images = IMAGES.copy()
    images[7, 2] = np.nan
    origin = origin_of(seen(trainer(), images), {})
    assert origin is not None
    assert (origin.stage, origin.samples) == ("input", (7,))


def test_a_weight_that_is_infinite() -> None:
    made = trainer()
    made.model.layers[1].weight.value[0, 0] = np.inf
    origin = origin_of(seen(made), {})
    assert origin is not None
    assert (origin.stage, origin.path, origin.samples) == ("parameter", "layers.1.weight", ())


def test_a_layer_that_gives_no_number_for_two_samples() -> None:
    images = IMAGES.copy()
    images[[3, 9]] = 100
    origin = origin_of(seen(trainer(LogBelow(5.0)), images), {})
    assert origin is not None
    assert (origin.stage, origin.path) == ("forward", "layers.1")
    assert set(origin.samples) == {3, 9}
    assert math.isnan(origin.value)


def test_a_gradient_that_is_too_large() -> None:
    usual = usual_of([seen(trainer(Exploding(-1)))], seen(trainer(Exploding(-1))))
    usual = {key: value if key[0] != "backward" else 0.1 for key, value in usual.items()}
    origin = origin_of(seen(trainer(Exploding())), {k: 1.0 for k in usual})
    assert origin is not None
    assert (origin.stage, origin.path, origin.samples) == ("backward", "layers.0", (4,))
    assert "times what is usual there" in origin.what


def test_a_loss_that_overflows() -> None:
    class Loud(cr.losses.SoftmaxCrossEntropy):
        def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
            _, gradient = super().__call__(logits, targets)
            return math.inf, gradient

    made = trainer()
    made.loss = Loud()
    origin = origin_of(seen(made), {})
    assert origin is not None
    assert (origin.stage, origin.what) == ("loss", "the loss is inf; the logits are finite")


def test_a_layer_that_is_used_twice_has_two_sites() -> None:
    layers = cr.layers
    shared = layers.Linear(6, 6)
    made = cr.Trainer(layers.Sequential(shared, layers.ReLU(), shared, layers.Linear(6, 3)))
    paths = [site.path for site in seen(made).sites if site.stage == "forward"]
    assert paths == ["layers.0", "layers.1", "layers.0 (use 2)", "layers.3"]
