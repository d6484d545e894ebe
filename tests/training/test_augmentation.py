"""Training on changed images: what is changed, what is not, and that a resume sees the same."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.augment import Augment, HorizontalFlip, preset
from chainrule.training import Callback, Checkpoint, History, Trainer
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    train, _ = cr.data.digits()
    return cr.data.split(train.take(np.arange(400)), 100)


class Seen(Callback):
    def __init__(self, stop=None):
        self.images, self.labels, self.stop = [], [], stop

    def on_step(self, trainer):
        images, labels = trainer.last_batch
        self.images.append(images)
        self.labels.append(labels)
        trainer.stop = trainer.step == self.stop


def make(*callbacks, loss=None) -> Trainer:
    model = cr.models.mlp((8, 8, 1), (12,), 10, norm="batch", dropout=0.3)
    return Trainer(model, cr.optim.Adam(1e-2), loss=loss, callbacks=[History(), *callbacks])


@pytest.mark.parametrize("name", ["crop-flip", "mixup", "trivial"])
@pytest.mark.parametrize("background", [False, True])
def test_a_resume_inside_an_epoch_meets_the_same_images(
    digits, tmp_path, name, background, monkeypatch
):
    monkeypatch.setattr("chainrule.training.trainer.worth_a_thread", lambda *_: background)
    train, _ = digits
    options = {"epochs": 2, "batch_size": 64, "augment": preset(name)}
    whole = make(seen := Seen())
    whole.fit(train, **options)

    broken = make(before := Seen(stop=3), Checkpoint(tmp_path / "c"))
    broken.fit(train, **options)
    resumed = make(after := Seen(), Checkpoint(tmp_path / "c"))
    restore(resumed, tmp_path / "c")
    resumed.fit(train, **options)

    for kind in ("images", "labels"):
        parts = getattr(before, kind) + getattr(after, kind)
        for a, b in zip(getattr(seen, kind), parts, strict=True):
            np.testing.assert_array_equal(a, b)
    for name_, array in whole.model.state().items():
        np.testing.assert_array_equal(array, resumed.model.state()[name_], err_msg=name_)
    assert not [t for t in threading.enumerate() if t.name == "chainrule loader"]


def test_evaluation_is_of_images_as_they_are(digits):
    train, validation = digits
    trainer = make()
    history = trainer.fit(train, validation, epochs=1, batch_size=64, augment=preset("photo"))
    assert trainer.evaluate(validation).loss == history.rows[-1]["validation_loss"]


def test_mixed_labels_train_with_cross_entropy(digits):
    trainer = make(seen := Seen())
    history = trainer.fit(digits[0], epochs=8, batch_size=32, augment=preset("none"))
    mixed = make(seen)
    row = mixed.fit(
        digits[0], epochs=8, batch_size=32, augment=Augment(*preset("mixup").operations[2:])
    ).rows[-1]
    assert seen.labels[-1].shape[1] == 10
    assert 0.3 < row["accuracy"] <= 1
    assert row["loss"] > history.rows[-1]["loss"]


@pytest.mark.parametrize("loss", [cr.losses.MulticlassHinge(), cr.losses.Focal()])
def test_a_loss_that_cannot_take_mixed_labels_says_so_at_once(digits, loss):
    trainer = make(loss=loss)
    with pytest.raises(cr.InputError, match=f"augment: mixed .* which {type(loss).__name__} cann"):
        trainer.fit(digits[0], epochs=1, augment=preset("cutmix"))
    assert trainer.step == 0
    trainer.fit(digits[0], epochs=1, augment=Augment(HorizontalFlip()))


def test_a_word_is_no_augmentation(digits):
    with pytest.raises(cr.InputError, match=r"augment: expected .* received 'crop-flip'"):
        make().fit(digits[0], epochs=1, augment="crop-flip")


def test_a_training_that_fails_leaves_no_thread(digits, monkeypatch):
    class Fails(Callback):
        def on_step(self, trainer):
            raise RuntimeError("on purpose")

    monkeypatch.setattr("chainrule.training.trainer.worth_a_thread", lambda *_: True)
    with pytest.raises(RuntimeError, match="on purpose"):
        make(Fails()).fit(digits[0], epochs=1, batch_size=32, augment=preset("flip"))
    assert not [t for t in threading.enumerate() if t.name == "chainrule loader"]
