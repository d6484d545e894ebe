"""No norm of a training is left with one value to learn from, and no image is left out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sequential,
    SwitchableNorm,
)
from chainrule.training import Callback, Checkpoint, Trainer
from chainrule.training.fitting import batches_per_epoch, expect_trainable
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0]


def mlp():
    return cr.models.mlp((8, 8, 1), (16,), 10, norm="batch")


def pooled(norm, times):
    """A norm over maps of 8x8 pixels, halved so many times."""
    halves = [layer for _ in range(times) for layer in (MaxPool2d(2), ReLU())]
    head = [ReLU(), GlobalAvgPool2d(), Linear(4, 10)]
    return Sequential(Normalize(), Conv2d(1, 4, 3, padding=1), *halves, norm, *head)


class Sizes(Callback):
    def __init__(self):
        self.sizes, self.images = [], []

    def on_step(self, trainer):
        images, _ = trainer.last_batch
        self.sizes.append(len(images))
        self.images.append(images)


@pytest.mark.parametrize(
    ("images", "batch_size", "sizes"),
    [(33, 32, [33]), (65, 32, [32, 33]), (66, 32, [32, 32, 2]), (64, 32, [32, 32]), (3, 2, [3])],
)
def test_a_last_batch_of_one_joins_the_one_before(digits, images, batch_size, sizes):
    watch, train = Sizes(), digits.take(np.arange(images))
    trainer = Trainer(mlp(), callbacks=[watch])
    row = trainer.fit(train, epochs=1, batch_size=batch_size).rows[0]
    assert watch.sizes == sizes
    assert len(sizes) == trainer.batches == batches_per_epoch(trainer.model, train, batch_size)
    seen = np.sort(np.concatenate(watch.images).reshape(images, -1), axis=0)
    np.testing.assert_array_equal(seen, np.sort(train.images.reshape(images, -1), axis=0))
    assert row["accuracy"] * images == pytest.approx(round(row["accuracy"] * images))


def test_without_batch_norm_the_last_batch_is_what_is_left(digits):
    watch = Sizes()
    model = cr.models.mlp((8, 8, 1), (16,), 10)
    Trainer(model, callbacks=[watch]).fit(digits.take(np.arange(65)), epochs=1, batch_size=32)
    assert watch.sizes == [32, 32, 1]


class Parts(Sequential):
    sizes: ClassVar[list[int]] = []

    def forward(self, x):
        self.sizes.append(len(x))
        return super().forward(x)


@pytest.mark.parametrize(
    ("images", "batch_size", "accumulate", "sizes"),
    [
        (14, 7, 3, [3, 4, 3, 4]),  # not 3, 3, 1
        (16, 8, 4, [2, 2, 2, 2] * 2),
        (11, 8, 4, [2, 2, 2, 2, 3]),  # a last batch of 3 is not cut into 1, 1, 1
        (9, 8, 2, [5, 4]),
    ],
)
def test_a_last_part_of_one_joins_the_one_before(digits, images, batch_size, accumulate, sizes):
    model = Parts(*mlp().layers)
    model.sizes.clear()
    trainer = Trainer(model, accumulate=accumulate)
    trainer.fit(digits.take(np.arange(images)), epochs=1, batch_size=batch_size)
    assert model.sizes == sizes


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_resume_takes_the_same_batches(digits, tmp_path, step):
    class StopAt(Callback):
        def on_step(self, trainer):
            trainer.stop |= trainer.step == step

    train = digits.take(np.arange(65))
    once = Trainer(mlp())
    once.fit(train, epochs=2, batch_size=32)
    broken = Trainer(mlp(), callbacks=[StopAt(), Checkpoint(tmp_path)])
    broken.fit(train, epochs=2, batch_size=32)
    resumed = Trainer(mlp(), callbacks=[Checkpoint(tmp_path)])
    restore(resumed, tmp_path)
    resumed.fit(train, epochs=2, batch_size=32)
    for path, array in once.model.state().items():
        np.testing.assert_array_equal(array, resumed.model.state()[path])


@pytest.mark.parametrize(
    ("build", "options", "said"),
    [
        (mlp, {"batch_size": 1}, "batch_size: expected 2 or more for a model with batch norm"),
        (lambda: pooled(BatchNorm(4), 3), {"batch_size": 1}, "batch_size: expected 2 or more"),
        (lambda: pooled(SwitchableNorm(4), 3), {"batch_size": 1}, "batch_size: expected 2 or"),
        (mlp, {"batch_size": 8, "accumulate": 8}, "accumulate: expected at most 4 for batches of"),
        (mlp, {"batch_size": 4, "accumulate": 9}, "accumulate: expected at most 2 for batches of"),
        (mlp, {"batch_size": 1, "images": 1}, "train: expected 2 images or more"),
        (
            lambda: pooled(InstanceNorm(4), 3),
            {},
            "layers.8: expected more than 1 value per channel",
        ),
        (lambda: pooled(GroupNorm(4, groups=4), 3), {}, "layers.8: expected more than 1 value per"),
        (
            lambda: Sequential(Normalize(), Flatten(), Linear(64, 1), LayerNorm(1), Linear(1, 10)),
            {},
            "layers.3: expected more than 1 value per sample",
        ),
    ],
)
def test_a_norm_that_would_learn_from_one_value_is_refused_before_the_first_step(
    digits, build, options, said
):
    calls = []

    class Spy(Callback):
        def on_start(self, trainer):
            calls.append("start")

    options = {"batch_size": 32, "accumulate": 1, "images": 64} | options
    train = digits.take(np.arange(options["images"]))
    trainer = Trainer(build(), accumulate=options["accumulate"], callbacks=[Spy()])
    before = {path: array.copy() for path, array in trainer.model.state().items()}
    with pytest.raises(cr.InputError) as error:
        trainer.fit(train, epochs=1, batch_size=options["batch_size"])
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)
    assert calls == [] and trainer.step == 0
    for path, array in trainer.model.state().items():
        if not path.startswith("layers.0."):  # Normalize has looked at the images
            np.testing.assert_array_equal(array, before[path])


@pytest.mark.parametrize(
    "options", [{"batch_size": 1}, {"batch_size": 4, "accumulate": 4}, {"batch_size": 7}]
)
@pytest.mark.parametrize("norm", [BatchNorm, SwitchableNorm, InstanceNorm])
def test_maps_of_several_pixels_are_enough_for_one_image(digits, norm, options):
    accumulate = options.get("accumulate", 1)
    trainer = Trainer(pooled(norm(4), 1), accumulate=accumulate)
    rows = trainer.fit(digits.take(np.arange(8)), epochs=2, batch_size=options["batch_size"]).rows
    assert np.isfinite(rows[-1]["loss"])


def test_frozen_norms_take_a_batch_of_one(digits):
    model = Sequential(Normalize(), Flatten(), BatchNorm(64, frozen=True), Linear(64, 10))
    trainer = Trainer(model)
    trainer.fit(digits.take(np.arange(3)), epochs=1, batch_size=1)
    assert trainer.step == 3


def test_asking_leaves_the_model_as_it_was(digits):
    model = pooled(InstanceNorm(4), 1)
    model.layers.insert(2, cr.layers.Dropout(0.5))
    model.init(0)
    before = {path: array.copy() for path, array in model.state().items()}
    expect_trainable(model, digits, 1)
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, before[path])
