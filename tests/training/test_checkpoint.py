"""A resume continues bit for bit, wherever the training was left."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.schedules import Cosine
from chainrule.tensorfile import read_tensors, write_tensors
from chainrule.training import BestModel, Callback, Checkpoint, EarlyStopping, History, Trainer
from chainrule.training.checkpoint import save
from chainrule.training.resume import restore, resume_from
from chainrule.training.retention import checkpoint_path, checkpoints


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
    killed.callbacks[-1] = Checkpoint(tmp_path / "k", every_steps=every, keep=99)

    whole.fit(train, validation, epochs=3, batch_size=32)
    killed.fit(train, validation, epochs=2, batch_size=32)
    resumed = make(tmp_path)
    last = max(step for step in checkpoints(tmp_path / "k") if step % every == 0)
    restore(resumed, checkpoint_path(tmp_path / "k", last))
    assert resumed.step == last
    resumed.fit(train, validation, epochs=3, batch_size=32)
    equal(whole, resumed)


def test_callbacks_without_state_may_differ(digits, tmp_path):
    trainer = make(tmp_path, StopAt(2))
    trainer.fit(digits[0], epochs=1, batch_size=32)
    other = make(tmp_path)
    restore(other, tmp_path / "c")
    assert other.step == trainer.step == 2
    for path, array in trainer.model.state().items():
        np.testing.assert_array_equal(array, other.model.state()[path])


@pytest.mark.parametrize("keep", [0, 50, -1])
def test_a_truncated_checkpoint_is_named_and_nothing_is_changed(digits, tmp_path, keep):
    trainer = make(tmp_path)
    trainer.fit(digits[0], epochs=1, batch_size=64)
    file = checkpoint_path(tmp_path / "c", trainer.step)
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


def test_the_newest_the_best_and_the_milestones_are_kept(digits, tmp_path):
    train, validation = digits
    trainer = make(tmp_path)  # 10 steps an epoch
    trainer.callbacks[-1] = Checkpoint(tmp_path / "k", every_steps=2, keep=3, keep_every_steps=15)
    trainer.fit(train, validation, epochs=5, batch_size=32)
    best = trainer.callback(BestModel).step
    assert set(checkpoints(tmp_path / "k")) == {16, 30, 46, 48, 50, best}
    _, metadata = read_tensors(checkpoint_path(tmp_path / "k", best))
    assert metadata["trainer"]["step"] == best == 10 * trainer.callback(BestModel).epoch


def test_a_callback_may_request_one(digits, tmp_path):
    class At(Callback):
        def on_step(self, trainer):
            if trainer.step in (3, 7):
                checkpoint.request()

    checkpoint = Checkpoint(tmp_path, keep=9)
    model = cr.models.mlp((8, 8, 1), (12,), 10)
    Trainer(model, callbacks=[At(), checkpoint]).fit(digits[0], epochs=1, batch_size=32)
    assert list(checkpoints(tmp_path)) == [3, 7, 10] and checkpoint.cost > 0


def test_a_new_best_epoch_is_a_reason_for_a_checkpoint(digits, tmp_path):
    trainer = make(tmp_path)
    trainer.callbacks[-1] = Checkpoint(tmp_path / "k")  # neither time nor steps are over
    trainer.fit(*digits, epochs=3, batch_size=32)
    assert {trainer.callback(BestModel).step, 30} <= set(checkpoints(tmp_path / "k"))


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_one_is_passed_over_and_said(digits, tmp_path, damage):
    train, validation = digits
    whole = make(tmp_path)
    whole.fit(train, validation, epochs=3, batch_size=32)
    older, newer = list(checkpoints(tmp_path / "c").values())[-2:]
    hurt(newer, damage)
    said: list[str] = []
    resumed = make(tmp_path)
    assert resume_from(resumed, tmp_path / "c", say=said.append) == older
    assert len(said) == 1
    assert str(newer) in said[0] and f"going on from the one before it, {older.name}" in said[0]
    assert newer not in checkpoints(tmp_path / "c").values()  # nor will it be tried again
    resumed.fit(train, validation, epochs=3, batch_size=32)
    equal(whole, resumed)


def test_where_all_are_damaged_the_way_out_is_named(digits, tmp_path):
    trainer = make(tmp_path)
    trainer.fit(*digits, epochs=2, batch_size=32)
    before = checkpoints(tmp_path / "c")
    for path in before.values():
        hurt(path, "flip")
    with pytest.raises(cr.InputError, match=r"damaged.*; to train again from the start, remove"):
        restore(make(tmp_path), tmp_path / "c")
    assert checkpoints(tmp_path / "c") == before


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert resume_from(make(tmp_path), tmp_path) is None
    with pytest.raises(cr.InputError, match="there is no checkpoint in"):
        restore(make(tmp_path), tmp_path)


def hurt(path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "cut":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = bytearray()
    elif how == "flip":
        content[-7] ^= 1
    else:
        cr.save(make(path.parent).model, path)
        return
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("trainer", "step", "x"), ("trainer", "step", -1), ("trainer", "epoch", 2.0),
        ("trainer", "batch", None), ("trainer", "loss_sum", "x"), ("trainer", "correct", True),
        ("trainer", "more", 1), ("trainer", "step", 10**400),
        ("History", "rows", 7), ("History", "rows", [7]), ("History", "rows", [{"loss": 1.0}]),
        ("History", "seconds", [1]), ("History", "rows", [[]]), ("BestModel", "best", 5.0),
        ("BestModel", "best", ["a", "b"]), ("BestModel", "best", [0.5]), ("BestModel", "epoch", 99),
        ("BestModel", "on_epoch", 7),
    ],
)  # fmt: skip
def test_values_of_other_types_are_refused_by_name(digits, tmp_path, part, name, value):
    trainer = make(tmp_path)
    trainer.fit(*digits, epochs=1, batch_size=64)
    path = checkpoint_path(tmp_path / "c", trainer.step)
    arrays, metadata = read_tensors(path)
    of = dict(metadata["callbacks"])
    (metadata["trainer"] if part == "trainer" else of[part])[name] = value
    write_tensors(path, arrays, metadata)
    with pytest.raises(cr.InputError, match=r"does not fit this training: .*expected") as caught:
        restore(make(tmp_path), path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda a: {k: v for k, v in a.items() if not k.endswith("layers.2.weight/m")}, "lacks"),
        (lambda a: a | {"optimizer/layers.9.weight/m": np.ones(3)}, "has no state"),
        (lambda a: a | {"optimizer/odd": np.ones(3)}, "does not fit"),
        (lambda a: a | {"optimizer/steps": np.array(-3)}, "steps: expected a whole number"),
        (lambda a: a | {"optimizer/steps": np.zeros(3)}, "does not fit"),
        (
            lambda a: {k: v[:1] if "optimizer/" in k and v.ndim else v for k, v in a.items()},
            "shape",
        ),
        (lambda a: {k: v.astype(np.float64) for k, v in a.items()}, "float"),
    ],
)
def test_arrays_that_an_update_could_not_take_are_refused(digits, tmp_path, change, problem):
    """A compiled update would write beyond an array that is shorter than its weight."""
    trainer = make(tmp_path)
    trainer.fit(*digits, epochs=1, batch_size=64)
    path = checkpoint_path(tmp_path / "c", trainer.step)
    arrays, metadata = read_tensors(path)
    changed = change(arrays)
    assert changed.keys() != arrays.keys() or any(
        changed[k].dtype != arrays[k].dtype or changed[k].shape != arrays[k].shape
        or not np.array_equal(changed[k], arrays[k]) for k in arrays
    )  # fmt: skip
    write_tensors(path, changed, metadata)
    with pytest.raises(cr.InputError, match=problem):
        restore(make(tmp_path), path)
