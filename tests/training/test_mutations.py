"""Checkpoints and logs that a disk, or anybody, has changed: one clear error, or the one before."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import BestModel, Checkpoint, EarlyStopping, History, Trainer
from chainrule.training.logs import RowFiles
from chainrule.training.resume import restore, resume_from
from chainrule.training.retention import checkpoints

from ..fuzz.mutants import mutate

MUTANTS = 60


def make(folder) -> Trainer:
    model = cr.models.mlp((8, 8, 1), (6,), 10, norm="batch", dropout=0.3)
    callbacks = [History(), BestModel(folder / "best"), EarlyStopping(9)]
    callbacks.append(Checkpoint(folder / "c", every_steps=3))
    return Trainer(model, cr.optim.Adam(1e-2), callbacks=callbacks)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    train, validation = cr.data.split(cr.data.digits()[0].take(np.arange(200)), 50)
    make(folder).fit(train, validation, epochs=3, batch_size=30)
    return folder


def everything(trainer: Trainer) -> dict[str, bytes]:
    arrays = trainer.model.state() | {f"o/{k}": a for k, a in trainer.optimizer.state().items()}
    noted = repr((trainer.state(), [c.state() for c in trainer.callbacks]))
    return {name: array.tobytes() for name, array in arrays.items()} | {"rest": noted.encode()}


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_a_changed_checkpoint_is_told_or_was_not_changed_in_what_counts(trained, tmp_path, seed):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    older, newest = list(checkpoints(tmp_path / "c").values())[-2:]
    good, before = make(tmp_path), make(tmp_path)
    restore(good, newest)
    restore(before, older)
    newest.write_bytes(mutate(newest.read_bytes(), np.random.default_rng(seed)))
    said: list[str] = []
    trainer = make(tmp_path)
    found = resume_from(trainer, tmp_path / "c", say=said.append)
    assert found in (older, newest)
    assert everything(trainer) == everything(before if found == older else good)
    assert len(said) == (found == older)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("seed", range(10))
def test_a_changed_log_is_cut_back_to_lines_that_are_rows(tmp_path, form, seed):
    files = RowFiles(tmp_path, form)
    files.open(0)
    files.write("steps", [{"step": s, "epoch": 0, "loss": 1 / s} for s in range(1, 40)])
    path = tmp_path / f"steps.{form}"
    path.write_bytes(mutate(path.read_bytes(), np.random.default_rng(seed)))
    files.open(20)
    files.write("steps", [{"step": 21, "epoch": 0, "loss": 0.1}])
    assert path.read_text().endswith("\n")
    assert not list(tmp_path.glob(".*.tmp"))
