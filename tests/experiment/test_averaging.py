"""The averaged weights are what is judged and kept; the training does not notice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from chainrule import experiment, saving
from chainrule.config import Config, assignments, resolve
from chainrule.data import Dataset
from chainrule.experiment import Interrupted, prepare
from chainrule.layers import Layer
from chainrule.metrics import evaluate
from chainrule.tensorfile import read_tensors
from chainrule.training import EMA, SWA, Callback, Run, Trainer, refresh_batch_norm

SHORT = ("epochs=4", "batch_size=200", "model.hidden=[16]", "checkpoint.every_steps=2")
EMA_ON = ("average.kind=ema", "average.decay=0.8")
SWA_ON = ("average.kind=swa", "average.start_epoch=3")
EVERYTHING = (
    "clip.kind=global-norm",
    "clip.limit=0.5",
    "plateau.patience=1",
    "plateau.threshold=0.5",
    "accumulate=3",
    "max_norm=2",
    "loss.l1=1e-4",
    "loss.reg=1e-3",
    "schedule.warmup_epochs=0.5",
    "early_stopping.patience=9",
    'optimizer.groups={"*.bias" = {lr_scale = 0.5}}',
)


def settled(*settings: str) -> Config:
    return resolve(assignments([*SHORT, *settings]))


def copied(model: Layer) -> dict[str, np.ndarray]:
    return {path: array.copy() for path, array in model.state().items()}


class Watch(Callback):
    """What the model was at the end of each epoch, while it was trained."""

    def __init__(self) -> None:
        self.trained: list[dict[str, np.ndarray]] = []

    def on_epoch(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.trained.append(copied(trainer.model))


class InterruptAt(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer) -> None:
        if trainer.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def assert_same(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> None:
    assert one.keys() == two.keys()
    for path, array in one.items():
        np.testing.assert_array_equal(array, two[path], err_msg=path)


@pytest.mark.parametrize("on", [EMA_ON, SWA_ON], ids=["ema", "swa"])
def test_the_training_is_that_without_an_average(tmp_path: Path, on: tuple[str, ...]) -> None:
    plain, averaged = Watch(), Watch()
    experiment.start(settled(), tmp_path / "plain", [plain])
    experiment.start(settled(*on), tmp_path / "averaged", [averaged])
    for one, two in zip(plain.trained, averaged.trained, strict=True):
        assert_same(one, two)


def test_an_ema_is_validated_and_kept(tmp_path: Path) -> None:
    prepared, watch = prepare(settled(*EMA_ON)), Watch()
    outcome = experiment.begin(prepared, Run.create(tmp_path / "run"), [watch])
    ema = watch.trainer.callback(EMA)
    assert ema is not None
    trained = evaluate(prepared.model, prepared.validation).loss
    with ema.weights(prepared.model):
        average = evaluate(prepared.model, prepared.validation).loss
        judged = copied(prepared.model)
    assert average != trained
    assert watch.trainer.history.rows[-1]["validation_loss"] == average
    assert outcome.metrics["best_epoch"] == 4
    kept = saving.load(outcome.run.model)
    assert_same(kept.state(), judged)
    assert outcome.evaluation.loss == evaluate(kept, prepared.test).loss


def test_an_swa_is_the_mean_of_the_epochs_with_its_own_statistics(tmp_path: Path) -> None:
    prepared, watch = prepare(settled(*SWA_ON, "model.dropout=0")), Watch()
    run = Run.create(tmp_path / "run")
    outcome = experiment.begin(prepared, run, [watch])
    best, model = outcome.metrics["best_epoch"], prepared.model
    kept = saving.load(run.model).state()
    for path, parameter in watch.trainer.parameters:
        mean = np.mean([state[path] for state in watch.trained[2:best]], axis=0)
        np.testing.assert_allclose(kept[path], mean, rtol=1e-5, atol=1e-7, err_msg=path)
        parameter.value = kept[path]
    refresh_batch_norm(model, prepared.train)
    for path, array in model.state().items():
        if "running" in path:
            np.testing.assert_array_equal(kept[path], array, err_msg=path)
            assert not np.array_equal(kept[path], watch.trained[best - 1][path])
    rows = watch.trainer.history.rows
    assert rows[best - 1]["validation_loss"] == loss(saving.load(run.model), prepared.validation)


def loss(model: Layer, dataset: Dataset) -> float:
    return evaluate(model, dataset).loss


def test_before_its_first_average_the_weights_are_judged_and_never_kept_after_it(
    tmp_path: Path,
) -> None:
    prepared = prepare(settled("average.kind=swa", "average.start_epoch=4", "optimizer.lr=0.03"))
    watch = Watch()
    outcome = experiment.begin(prepared, Run.create(tmp_path / "run"), [watch])
    rows = watch.trainer.history.rows
    prepared.model.load_state(watch.trained[1])
    assert rows[1]["validation_loss"] == loss(prepared.model, prepared.validation)
    assert outcome.metrics["best_epoch"] == 4  # even if epoch 3 was better


def test_after_an_epoch_the_model_has_its_own_weights_again(tmp_path: Path) -> None:
    prepared, watch = prepare(settled(*SWA_ON)), Watch()
    outcome = experiment.begin(prepared, Run.create(tmp_path / "run"), [watch])
    arrays, _ = read_tensors(newest(outcome.run))
    for path, array in watch.trained[-1].items():
        np.testing.assert_array_equal(arrays[f"model/{path}"], array)
    swa = watch.trainer.callback(SWA)
    assert swa is not None and swa.count == 2


def newest(run: Run) -> Path:
    assert run.checkpoint is not None
    return run.checkpoint


def files(run: Run) -> list[bytes]:
    """Everything that a training leaves, but for the times."""
    arrays, metadata = read_tensors(newest(run))
    history = [
        {k: v for k, v in row.items() if k not in ("seconds", "images_per_second")}
        for row in metadata["callbacks"][0][1]["rows"]
    ]
    others = metadata["callbacks"][1:]
    return [
        run.model.read_bytes(),
        *(array.tobytes() for _, array in sorted(arrays.items())),
        repr((metadata["trainer"], history, others)).encode(),
    ]


@pytest.mark.parametrize("on", [EMA_ON, SWA_ON], ids=["ema", "swa"])
def test_with_everything_switched_on_a_resume_is_bit_exact(
    tmp_path: Path, on: tuple[str, ...]
) -> None:
    config = settled(*EVERYTHING, *on)
    whole = experiment.start(config, tmp_path / "whole")
    assert 0 < whole.metrics["clipped_steps"] <= whole.metrics["steps"] == 28
    _, metadata = read_tensors(newest(whole.run))
    assert dict(metadata["callbacks"])["ReduceOnPlateau"]["scale"] < 1
    for step in (1, 14, 20, 22):  # 7 steps an epoch
        run = Run(tmp_path / f"broken{step}")
        with pytest.raises(Interrupted):
            experiment.start(config, run.folder, [InterruptAt(step)])
        resumed = experiment.resume(experiment.reopen(run), run)
        assert files(run) == files(whole.run), step
        assert resumed.evaluation.loss == whole.evaluation.loss
        assert resumed.metrics["clipped_steps"] == whole.metrics["clipped_steps"]
