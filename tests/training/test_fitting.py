"""One call of fit after another: what is made up for, begun again, and forgotten."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import Dataset
from chainrule.training import (
    BestModel,
    Callback,
    Checkpoint,
    EarlyStopping,
    ReduceOnPlateau,
    Trainer,
)
from chainrule.training.fitting import fingerprint
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(200))


class Interrupt(Callback):
    """Ctrl-C after a step, once."""

    def __init__(self, step):
        self.at = step

    def on_step(self, trainer):
        if trainer.step == self.at:
            self.at = -1
            raise KeyboardInterrupt


class Stop(Interrupt):
    def on_step(self, trainer):
        if trainer.step == self.at:
            self.at, trainer.stop = -1, True


class Images(Callback):
    """The images that were learned from, epoch by epoch, the last time that each was begun."""

    def __init__(self):
        self.epochs = {}

    def on_step(self, trainer):
        if trainer.batch == 1:
            self.epochs[trainer.epoch] = []
        seen = self.epochs.setdefault(trainer.epoch, [])
        seen += [image.tobytes() for image in trainer.last_batch[0]]


def make(*callbacks, seed=0):
    model = cr.models.mlp((8, 8, 1), (8,), 10, norm="batch")
    return Trainer(model, callbacks=callbacks, seed=seed)


def interrupted(callback, digits, *, watch, batch_size=20):
    trainer = make(watch, callback)
    try:
        trainer.fit(digits, epochs=3, batch_size=batch_size)
    except KeyboardInterrupt:
        assert isinstance(callback, Interrupt)
    return trainer


@pytest.mark.parametrize("kind", [Interrupt, Stop])
@pytest.mark.parametrize("step", [1, 13, 19, 20, 29])
@pytest.mark.parametrize("batch_size", [20, 7, 32, 150, 200])
def test_no_image_is_left_out_whatever_the_batch_size_is_after_an_interruption(
    digits, kind, step, batch_size
):
    watch = Images()
    trainer = interrupted(kind(step), digits, watch=watch)
    rows = trainer.fit(digits, epochs=3, batch_size=batch_size).rows
    assert trainer.epoch == 3 and len(rows) == 3
    for images in watch.epochs.values():
        assert sorted(images) == sorted(image.tobytes() for image in digits.images)
    if batch_size == 20:  # the rest was made up for
        assert trainer.step == 30
    for row in rows:  # averages over the images of the epoch, each once
        assert row["accuracy"] * 200 == pytest.approx(round(row["accuracy"] * 200))


def test_with_the_same_batches_the_weights_are_those_of_an_uninterrupted_training(digits):
    once = make()
    once.fit(digits, epochs=3, batch_size=20)
    trainer = interrupted(Interrupt(13), digits, watch=Images())
    trainer.fit(digits, epochs=3, batch_size=20)
    for path, array in once.model.state().items():
        np.testing.assert_array_equal(array, trainer.model.state()[path])
    for mine, theirs in zip(trainer.history.rows, once.history.rows, strict=True):
        assert (mine["loss"], mine["accuracy"]) == (theirs["loss"], theirs["accuracy"])


@pytest.mark.parametrize("change", ["fewer", "more", "other", "order", "seed"])
def test_with_other_data_the_epoch_is_begun_again(digits, change):
    every = cr.data.digits()[0]
    other = {
        "fewer": digits.take(np.arange(50)),
        "more": every.take(np.arange(400)),
        "other": every.take(np.arange(200, 400)),
        "order": digits.take(np.arange(200)[::-1]),
        "seed": digits,
    }[change]
    watch = Images()
    trainer = interrupted(Interrupt(13), digits, watch=watch)
    trainer.seed += change == "seed"
    trainer.fit(other, epochs=3, batch_size=20)
    for epoch in (1, 2):
        assert sorted(watch.epochs[epoch]) == sorted(image.tobytes() for image in other.images)


def test_fewer_epochs_than_are_done_leave_the_epoch_for_later(digits):
    trainer = interrupted(Interrupt(13), digits, watch=Images())
    trainer.fit(digits, epochs=1, batch_size=20)
    assert (trainer.epoch, trainer.batch) == (1, 3)
    trainer.fit(digits, epochs=2, batch_size=20)
    assert (trainer.epoch, trainer.step) == (2, 20)


@pytest.mark.parametrize("batch_size", [20, 33])
def test_a_checkpoint_knows_how_its_epoch_was_cut(digits, tmp_path, batch_size):
    make(Stop(13), Checkpoint(tmp_path)).fit(digits, epochs=3, batch_size=20)
    watch = Images()
    resumed = make(watch, Checkpoint(tmp_path))
    restore(resumed, tmp_path)
    resumed.fit(digits, epochs=3, batch_size=batch_size)
    assert len(watch.epochs[1]) == (140 if batch_size == 20 else 200)  # 3 of 10 batches were done
    assert resumed.epoch == 3


def test_a_checkpoint_from_before_it_was_noted_goes_on(digits):
    trainer = make()
    trainer.fit(digits, epochs=1, batch_size=20)
    state = trainer.state()
    del state["fitting"]
    state["batch"] = 4
    trainer.load_state(state)
    trainer.fit(digits, epochs=2, batch_size=20)
    assert trainer.step == 10 + 6


def test_a_validation_that_was_interrupted_is_made_up_for(digits, monkeypatch):
    trainer = make()
    real, calls = trainer.evaluate, []

    def evaluate(dataset):
        calls.append(dataset)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(dataset)

    monkeypatch.setattr(trainer, "evaluate", evaluate)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(digits, digits, epochs=3, batch_size=20)
    assert (trainer.epoch, trainer.batch, len(trainer.history.rows)) == (1, 10, 1)
    rows = trainer.fit(digits, digits, epochs=3, batch_size=20).rows
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert trainer.step == 30
    once = make().fit(digits, digits, epochs=3, batch_size=20).rows
    assert [row["loss"] for row in rows] == [row["loss"] for row in once]


def test_a_callback_that_fails_after_an_epoch_leaves_the_next_ones_averages_alone(digits):
    class Trouble(Callback):
        def on_epoch(self, trainer):
            if trainer.epoch == 1:
                raise KeyboardInterrupt

    trainer = make(Trouble())
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(digits, epochs=2, batch_size=20)
    rows = trainer.fit(digits, epochs=2, batch_size=20).rows
    assert rows[1]["loss"] == make().fit(digits, epochs=2, batch_size=20).rows[1]["loss"]


def test_early_stopping_has_its_patience_anew_in_the_next_fit(digits):
    trainer = make(EarlyStopping(2))
    trainer.optimizer.schedule = cr.schedules.Constant(1e-12)  # nothing is learned
    trainer.fit(digits, digits, epochs=50, batch_size=200)
    first = trainer.epoch
    assert first < 50
    trainer.fit(digits, digits, epochs=50, batch_size=200)
    assert first < trainer.epoch < 50


def test_a_restored_trainer_stays_stopped(digits, tmp_path):
    def stopped():
        trainer = make(EarlyStopping(2), Checkpoint(tmp_path))
        trainer.optimizer.schedule = cr.schedules.Constant(1e-12)
        return trainer

    trainer = stopped()
    trainer.fit(digits, digits, epochs=50, batch_size=200)
    resumed = stopped()
    restore(resumed, tmp_path)
    resumed.fit(digits, digits, epochs=50, batch_size=200)
    assert resumed.epoch == trainer.epoch


def test_results_on_other_images_are_no_measure_for_those_to_come(digits, tmp_path):
    every = cr.data.digits()[0]
    easy, hard = digits, every.take(np.arange(200, 260))
    stopping, plateau = EarlyStopping(3), ReduceOnPlateau()
    best = BestModel(tmp_path / "model.safetensors")
    trainer = make(best, stopping, plateau)
    trainer.fit(digits, easy, epochs=2, batch_size=20)
    for callback in (best, stopping):
        callback.best = [1.0, 0.0]  # nothing can be better
    plateau.best = 0.0
    trainer.fit(digits, easy, epochs=3, batch_size=20)
    assert best.epoch < 3 and stopping.waited == 1
    trainer.fit(digits, hard, epochs=4, batch_size=20)
    assert best.epoch == 4 and stopping.waited == 0
    assert plateau.best == trainer.validation.loss


def test_classes_are_matched_by_name(digits):
    order = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    place = np.argsort(order)
    names = tuple(digits.classes[i] for i in order)
    shuffled = Dataset(digits.images, place[digits.labels], names)
    once, other = make(), make()
    once.fit(digits, digits, epochs=2, batch_size=20)
    rows = other.fit(digits, shuffled, epochs=1, batch_size=20).rows
    other.fit(shuffled, digits, epochs=2, batch_size=20)
    for mine, theirs in zip(rows, once.history.rows, strict=True):
        assert mine["validation_accuracy"] == theirs["validation_accuracy"]
        assert mine["validation_loss"] == pytest.approx(theirs["validation_loss"])
    for path, array in once.model.state().items():
        np.testing.assert_array_equal(array, other.model.state()[path])
    assert other.model.signature.classes == digits.classes
    result = other.evaluate(shuffled)
    assert result.accuracy == once.evaluate(digits).accuracy
    np.testing.assert_array_equal(result.per_class, once.evaluate(digits).per_class[order])


def test_other_classes_are_refused(digits):
    renamed = Dataset(digits.images, digits.labels, tuple("abcdefghij"))
    trainer = make()
    with pytest.raises(cr.InputError, match=r"^validation: expected the classes of the model, 10"):
        trainer.fit(digits, renamed, epochs=1)
    trainer.fit(digits, epochs=1)
    with pytest.raises(cr.InputError, match=r"^train: expected the classes of the model, 10"):
        trainer.fit(renamed, epochs=2)
    with pytest.raises(cr.InputError, match=r"^dataset: expected the classes of the model, 10"):
        trainer.evaluate(renamed)
    assert trainer.epoch == 1


def test_a_fingerprint_is_that_of_the_content(digits):
    same = Dataset(digits.images.copy(), digits.labels.copy(), digits.classes, "other", "name")
    assert fingerprint(same) == fingerprint(digits)
    labels = digits.labels.copy()
    labels[7] = 9 - labels[7]
    assert fingerprint(Dataset(digits.images, labels, digits.classes)) != fingerprint(digits)
    assert fingerprint(Dataset(255 - digits.images, digits.labels, digits.classes)) != fingerprint(
        digits
    )
