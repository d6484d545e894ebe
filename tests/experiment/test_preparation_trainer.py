from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chainrule.config import assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment import prepare
from chainrule.experiment.preparation import CLIPS, build_trainer
from chainrule.penalties import L2
from chainrule.training import (
    EMA,
    SWA,
    BestModel,
    Callback,
    Checkpoint,
    ClipGlobalNorm,
    EarlyStopping,
    History,
    Log,
    MaxNorm,
    RateFactor,
    ReduceOnPlateau,
    Run,
    Snapshots,
    StepRecorder,
    StopOnNonFinite,
    TimeBudget,
    Trainer,
)
from chainrule.training.logs import Activations, Gradients, RowFiles, Steps


def built(folder: Path, *settings: str) -> Trainer:
    return build_trainer(prepare(resolve(assignments(settings))), Run(folder))


def kinds(trainer: Trainer) -> list[type[Callback]]:
    return [type(callback) for callback in trainer.callbacks]


def test_a_trainer_hangs_in_what_is_configured(tmp_path: Path) -> None:
    trainer = built(
        tmp_path,
        "loss.smoothing=0.1",
        "loss.reg=0.5",
        "accumulate=3",
        "max_norm=2.5",
        "plateau.patience=3",
        "plateau.factor=0.25",
        "early_stopping.patience=4",
        "checkpoint.every_steps=9",
        "checkpoint.every_seconds=2.5",
        "checkpoint.keep=5",
        "checkpoint.keep_every_steps=50",
    )
    assert trainer.penalty == L2(0.5)
    assert trainer.loss.smoothing == 0.1  # type: ignore[attr-defined]
    assert trainer.accumulate == 3
    max_norm, plateau = trainer.callback(MaxNorm), trainer.callback(ReduceOnPlateau)
    assert max_norm is not None and max_norm.limit == 2.5
    assert plateau is not None and (plateau.patience, plateau.factor) == (3, 0.25)
    stopping, checkpoint = trainer.callback(EarlyStopping), trainer.callback(Checkpoint)
    assert stopping is not None and stopping.patience == 4
    assert checkpoint is trainer.callbacks[-1]
    assert (checkpoint.every_steps, checkpoint.every_seconds) == (9, 2.5)
    assert (checkpoint.keep, checkpoint.keep_every_steps) == (5, 50)


def test_what_is_switched_off_is_not_there(tmp_path: Path) -> None:
    trainer = built(tmp_path)
    assert trainer.penalty is None
    assert type(trainer) is Trainer
    assert kinds(trainer) == [
        History, BestModel, RateFactor, StepRecorder, StopOnNonFinite, Checkpoint,
    ]  # fmt: skip


def test_what_changes_comes_before_what_looks(tmp_path: Path) -> None:
    settings = ("clip.kind=global-norm", "max_norm=3", "average.kind=ema", "plateau.patience=1")
    more = ("time_budget=1h", "snapshots.cycles=2", "schedule.name=cosine", "log.gradients=true")
    trainer = built(tmp_path, *settings, *more, "early_stopping.patience=1")
    assert kinds(trainer) == [
        History, TimeBudget, ClipGlobalNorm, MaxNorm, EMA, Snapshots,
        BestModel, ReduceOnPlateau, EarlyStopping, RateFactor, StepRecorder, StopOnNonFinite, Log,
        Checkpoint,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", CLIPS)
def test_gradients_are_clipped_by_the_kind_that_is_named(tmp_path: Path, kind: str) -> None:
    clip = built(tmp_path, f"clip.kind={kind}", "clip.limit=0.5").callbacks[1]
    assert type(clip) is CLIPS[kind]
    assert clip.limit == 0.5


def test_an_ema_has_its_decay(tmp_path: Path) -> None:
    ema = built(tmp_path, "average.kind=ema", "average.decay=0.5").callback(EMA)
    assert ema is not None and ema.decay == 0.5


@pytest.mark.parametrize(
    ("epochs", "given", "start"), [(1, 0, 1), (4, 0, 4), (10, 0, 8), (40, 0, 31), (10, 10, 10)]
)
def test_swa_starts_where_it_is_told_or_in_the_last_quarter(
    tmp_path: Path, epochs: int, given: int, start: int
) -> None:
    settings = (f"epochs={epochs}", "average.kind=swa", f"average.start_epoch={given}")
    swa = built(tmp_path, *settings).callback(SWA)
    assert swa is not None and swa.start_epoch == start


def test_an_average_that_never_begins_is_refused(tmp_path: Path) -> None:
    settings = ("epochs=5", "average.kind=swa", "average.start_epoch=6")
    with pytest.raises(InputError, match="at most the number of epochs, 5, received 6"):
        built(tmp_path, *settings)


def test_a_budget_counts_from_the_training_on_and_for_the_evaluations(tmp_path: Path) -> None:
    settings = ("time_budget=2m", "snapshots.cycles=2", "schedule.name=cosine")
    budget = built(tmp_path, *settings).callback(TimeBudget)
    assert budget is not None
    assert budget.seconds == 120
    evaluated = 3 * 359  # the best model, and an ensemble of two
    judged = 144 + 2 * 512  # for what to try next: validation, and norms by both statistics
    assert budget.closing_images == evaluated + judged
    assert budget.before == 0


@pytest.mark.parametrize(
    ("settings", "files", "meters"),
    [
        (["log.to=['jsonl']"], [RowFiles], [Steps]),
        (["log.activations=true"], [RowFiles], [Steps, Activations]),
        (
            ["log.to=['csv', 'jsonl', 'csv']", "log.gradients=true", "log.activations=true"],
            [RowFiles, RowFiles],
            [Steps, Gradients, Activations],
        ),
    ],
)
def test_a_log_has_what_is_asked_for(
    tmp_path: Path, settings: list[str], files: list[type], meters: list[type]
) -> None:
    log = built(tmp_path, *settings, "log.every_steps=7").callback(Log)
    assert log is not None and log.every_steps == 7
    assert [type(sink) for sink in log.sinks] == files
    assert [type(meter) for meter in log.meters] == meters


def test_a_package_that_is_missing_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(InputError, match="need the package tensorboardX"):
        built(tmp_path, "log.to=['tensorboard']")
    assert not list(tmp_path.iterdir())
