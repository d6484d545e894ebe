from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from chainrule import config, experiment, saving
from chainrule.config import assignments, resolve
from chainrule.errors import CheckFailed, InputError
from chainrule.experiment import Interrupted, Outcome
from chainrule.metrics import evaluate
from chainrule.tensorfile import read_tensors
from chainrule.training import Callback, Run, Trainer

from .conftest import SHORT


class At(Callback):
    """Does something after a step."""

    def __init__(self, step: int = 0) -> None:
        self.step = step

    def on_step(self, trainer: Trainer) -> None:
        if trainer.step == self.step:
            self.act()

    def act(self) -> None:
        """What the tests fill in."""


class InterruptAt(At):
    def act(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def weights(run: Run) -> dict[str, bytes]:
    arrays, _ = read_tensors(run.model)
    return {name: array.tobytes() for name, array in arrays.items()}


def events(run: Run) -> list[str]:
    return [json.loads(line)["event"] for line in run.log.read_text().splitlines()]


def test_a_run_folder_holds_everything(outcome: Outcome) -> None:
    run = outcome.run
    for file in (run.config, run.split, run.history, run.model, run.checkpoint, run.report):
        assert file is not None and file.is_file(), file
    assert run.finished
    assert events(run) == ["started", "finished"]
    assert not [path for path in run.folder.rglob("*") if path.name.endswith(".tmp")]


def test_the_configuration_written_is_the_one_that_was_used(outcome: Outcome) -> None:
    assert config.load(outcome.run.config) == resolve(assignments(SHORT))


def test_the_figures_are_those_of_the_saved_model(outcome: Outcome) -> None:
    prepared = experiment.prepare(config.load(outcome.run.config))
    again = evaluate(saving.load(outcome.run.model), prepared.test)
    figures = json.loads(outcome.run.metrics.read_text())
    assert figures["test_accuracy"] == again.accuracy == outcome.evaluation.accuracy
    assert figures["test_loss"] == again.loss
    assert figures["test_accuracy_interval"] == list(again.interval)
    assert figures["parameters"] == prepared.parameters
    assert figures["epochs"] == 3
    assert figures["seed"] == 0
    assert figures["seconds"] > 0
    assert figures["images_per_second"] > 0
    assert figures["test_per_class"]["0"] == again.per_class[0]


def test_clipped_steps_are_counted_in_the_log_and_in_the_figures(
    outcome: Outcome, tmp_path: Path
) -> None:
    assert outcome.metrics["clipped_steps"] is None
    clipped = assignments([*SHORT, "clip.kind=value", "clip.limit=1e-6"])
    run = experiment.start(resolve(clipped), tmp_path / "run").run
    assert events(run) == ["started", "clipped", "finished"]
    note = json.loads(run.log.read_text().splitlines()[1])
    assert (note["steps"], note["of"]) == (21, 21)
    assert json.loads(run.metrics.read_text())["clipped_steps"] == 21


def test_the_same_configuration_gives_the_same_model(outcome: Outcome, tmp_path: Path) -> None:
    again = experiment.start(resolve(assignments(SHORT)), tmp_path / "again")
    assert weights(again.run) == weights(outcome.run)


def test_an_existing_folder_is_left_alone(outcome: Outcome) -> None:
    before = outcome.run.metrics.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        experiment.start(resolve(assignments(SHORT)), outcome.run.folder)
    assert outcome.run.metrics.read_bytes() == before


def test_nothing_is_left_of_a_run_that_could_not_be_prepared(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="batch_size"):
        experiment.start(resolve(assignments(["batch_size=5000"])), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", [1, 6, 7, 8, 20, 21])  # 7 steps an epoch, 21 in all
def test_an_interrupted_run_ends_as_if_nothing_had_been(
    outcome: Outcome, tmp_path: Path, step: int
) -> None:
    run = Run(tmp_path / "run")
    with pytest.raises(Interrupted, match=rf"after {step} steps?, .*chainrule resume"):
        experiment.start(resolve(assignments(SHORT)), run.folder, [InterruptAt(step)])
    assert not run.finished
    resumed = experiment.resume(experiment.reopen(run), run, [InterruptAt()])
    assert weights(run) == weights(outcome.run)
    assert resumed.evaluation.loss == outcome.evaluation.loss
    assert events(run) == ["started", "interrupted", "resumed", "finished"]


def test_a_run_without_a_checkpoint_starts_again(outcome: Outcome, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    with pytest.raises(Interrupted):
        experiment.start(resolve(assignments(SHORT)), run.folder, [InterruptAt(9)])
    for path in run.checkpoints.iterdir():
        path.unlink()
    experiment.resume(experiment.reopen(run), run)
    assert weights(run) == weights(outcome.run)


def test_other_data_are_refused_on_resume(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    with pytest.raises(Interrupted):
        experiment.start(resolve(assignments(SHORT)), run.folder, [InterruptAt(1)])
    split = json.loads(run.split.read_text())
    run.split.write_text(json.dumps(split | {"sha256": "0" * 64}))
    with pytest.raises(InputError, match=r"split was made of digits .* sha256 000000000000"):
        experiment.reopen(run)


def test_a_training_that_diverges_fails_and_says_so(tmp_path: Path) -> None:
    wild = ["optimizer.name=sgd", "optimizer.lr=1e30", "model.norm=none"]
    run = Run(tmp_path / "run")
    with pytest.raises(CheckFailed, match="loss is"):
        experiment.start(resolve(assignments([*SHORT, *wild])), run.folder)
    assert events(run) == ["started", "failed"]


def test_early_stopping_ends_a_run_before_its_epochs(tmp_path: Path) -> None:
    stubborn = ["optimizer.lr=1e-20", "early_stopping.patience=2", "epochs=30"]
    outcome = experiment.start(resolve(assignments([*SHORT, *stubborn])), tmp_path / "run")
    assert outcome.metrics["epochs"] < 30
    assert outcome.run.finished


def test_a_run_that_stopped_early_is_not_trained_on(tmp_path: Path) -> None:
    stubborn = ["optimizer.lr=1e-20", "early_stopping.patience=2", "epochs=30"]
    first = experiment.start(resolve(assignments([*SHORT, *stubborn])), tmp_path / "run")
    first.run.metrics.unlink()  # as if killed before it was written
    again = experiment.resume(experiment.reopen(first.run), first.run)
    assert again.metrics["steps"] == first.metrics["steps"]
