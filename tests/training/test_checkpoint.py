"""A resume continues bit for bit, wherever the training was left."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.schedules import Cosine
from chainrule.training import BestModel, Callback, Checkpoint, EarlyStopping, History, Trainer
from chainrule.training.checkpoint import restore, save


class StopAt(Callback):
    def __init__(self, step):
        self.at = step

    def on_step(self, trainer):
        if trainer.step == self.at:
            trainer.stop = True


@pytest.fixture(scope="module")
def digits():
    train, _ = cr.data.digits()
    return cr.data.split(train.take(np.arange(400)), 100)


def make(path, *more) -> Trainer:
    model = cr.models.mlp((8, 8, 1), (12,), 10, norm="batch", dropout=0.3)
    callbacks = [History(), BestModel(path / "best"), EarlyStopping(9), *more]
    optimizer = cr.optim.Adam(Cosine(1e-2, 40))
    return Trainer(model, optimizer, callbacks=[*callbacks, Checkpoint(path / "c", every_steps=4)])


def equal(a: Trainer, b: Trainer) -> None:
    for owner in ("model", "optimizer"):
        ours, theirs = getattr(a, owner).state(), getattr(b, owner).state()
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    assert a.state() == b.state()


@pytest.mark.parametrize("step", [1, 4, 9, 10, 11, 20, 35])
def test_stopping_anywhere_changes_nothing(digits, tmp_path, step):
    train, validation = digits
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = make(tmp_path / "a")
    whole.fit(train, validation, epochs=4, batch_size=32)
    broken = make(tmp_path / "b", StopAt(step))
    broken.fit(train, validation, epochs=4, batch_size=32)
    resumed = make(tmp_path / "b")
    restore(resumed, tmp_path / "b" / "c")
    assert resumed.step == step
    resumed.fit(train, validation, epochs=4, batch_size=32)
    equal(whole, resumed)
    keys = ("epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr")
    for ours, theirs in zip(whole.history.rows, resumed.history.rows, strict=True):
        assert [ours[k] for k in keys] == [theirs[k] for k in keys]
    assert (tmp_path / "a" / "best").read_bytes() == (tmp_path / "b" / "best").read_bytes()


@pytest.mark.parametrize("every", [3, 7, 10])
def test_a_checkpoint_between_epochs_or_inside_one_resumes_the_same(digits, tmp_path, every):
    """As after kill -9: the last checkpoint is older than the last step."""
    train, validation = digits
    whole, killed = make(tmp_path), make(tmp_path)
    killed.callbacks[-1] = Checkpoint(tmp_path / "k", every_steps=every)
    killed.callbacks[-1].on_finish = lambda trainer: None

    whole.fit(train, validation, epochs=3, batch_size=32)
    killed.fit(train, validation, epochs=2, batch_size=32)
    resumed = make(tmp_path)
    restore(resumed, tmp_path / "k")
    assert resumed.step % every == 0
    resumed.fit(train, validation, epochs=3, batch_size=32)
    equal(whole, resumed)


def test_callbacks_without_state_may_differ(digits, tmp_path):
    trainer = make(tmp_path, StopAt(2))
    trainer.fit(digits[0], epochs=1, batch_size=32)
    restore(make(tmp_path), tmp_path / "c")


@pytest.mark.parametrize("keep", [0, 50, -1])
def test_a_truncated_checkpoint_is_named_and_nothing_is_changed(digits, tmp_path, keep):
    trainer = make(tmp_path)
    trainer.fit(digits[0], epochs=1, batch_size=64)
    file = tmp_path / "c"
    file.write_bytes(file.read_bytes()[:keep])
    other = make(tmp_path)
    before = {name: array.copy() for name, array in other.model.state().items()}
    with pytest.raises(cr.InputError, match="damaged"):
        restore(other, file)
    for name, array in other.model.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_checkpoint_of_another_model_is_refused(digits, tmp_path):
    trainer = make(tmp_path)
    trainer.fit(digits[0], epochs=1, batch_size=64)
    other = Trainer(cr.models.mlp((8, 8, 1), (13,), 10), callbacks=trainer.callbacks)
    with pytest.raises(cr.InputError, match="does not fit this training"):
        restore(other, tmp_path / "c")


def test_a_model_file_is_no_checkpoint(tmp_path):
    trainer = make(tmp_path)
    cr.save(trainer.model, tmp_path / "m")
    with pytest.raises(cr.InputError, match="not a checkpoint"):
        restore(trainer, tmp_path / "m")


def test_equal_trainings_make_equal_checkpoints(tmp_path):
    for name in ("a", "b"):
        save(make(tmp_path), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
