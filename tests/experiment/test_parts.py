from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule import optim, schedules
from chainrule.config import assignments, resolve
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.experiment import parts
from chainrule.penalties import L2
from chainrule.training import Checkpoint, EarlyStopping, Run

DATA = Dataset(np.zeros((6, 4, 5, 3), np.uint8), np.arange(6) % 3, ("a", "b", "c"))


def test_a_model_fits_its_data_and_knows_them() -> None:
    model = parts.model(resolve(assignments(["model.hidden=[7]", "model.norm=none"])), DATA)
    assert model.init(0)(DATA.images).shape == (6, 3)
    assert model.signature is not None
    assert model.signature.image_shape == (4, 5, 3)
    assert model.signature.classes == ("a", "b", "c")
    assert "BatchNorm" not in repr(model)


def test_the_norm_is_the_one_that_is_named() -> None:
    assert "BatchNorm(7)" in repr(parts.model(resolve(assignments(["model.hidden=[7]"])), DATA))


def test_an_optimiser_has_its_settings() -> None:
    settings = ["optimizer.name=sgd", "optimizer.momentum=0.5", "optimizer.nesterov=true"]
    built = parts.optimizer(resolve(assignments(settings)), batches=3)
    assert isinstance(built, optim.SGD)
    assert (built.momentum, built.nesterov) == (0.5, True)


def test_settings_that_contradict_each_other_are_refused() -> None:
    settings = ["optimizer.name=sgd", "optimizer.momentum=0", "optimizer.nesterov=true"]
    with pytest.raises(InputError, match="nesterov"):
        parts.optimizer(resolve(assignments(settings)), batches=3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["schedule.name=constant"], schedules.Constant(0.1)),
        (
            ["schedule.name=step", "schedule.every_epochs=2", "schedule.factor=0.1"],
            schedules.Step(0.1, every=14, factor=0.1),
        ),
        (
            ["schedule.name=cosine", "schedule.floor=0.01", "epochs=5"],
            schedules.Cosine(0.1, steps=35, floor=0.01),
        ),
    ],
)
def test_a_schedule_counts_in_steps(settings: list[str], expected: schedules.Schedule) -> None:
    assert parts.schedule(resolve(assignments(settings)), 0.1, batches=7) == expected


def test_a_trainer_hangs_in_what_is_configured(tmp_path: Path) -> None:
    config = resolve(
        assignments(
            [
                "loss.smoothing=0.1",
                "loss.reg=0.5",
                "early_stopping.patience=4",
                "checkpoint.every_steps=9",
                "checkpoint.every_seconds=2.5",
            ]
        )
    )
    model, optimizer = parts.model(config, DATA), parts.optimizer(config, batches=3)
    trainer = parts.trainer(config, model, optimizer, Run(tmp_path))
    assert trainer.penalty == L2(0.5)
    assert trainer.loss.smoothing == 0.1  # type: ignore[attr-defined]
    stopping, checkpoint = trainer.callback(EarlyStopping), trainer.callback(Checkpoint)
    assert stopping is not None and stopping.patience == 4
    assert checkpoint is trainer.callbacks[-1]
    assert (checkpoint.every_steps, checkpoint.every_seconds) == (9, 2.5)


def test_what_is_switched_off_is_not_there(tmp_path: Path) -> None:
    config = resolve()
    model, optimizer = parts.model(config, DATA), parts.optimizer(config, batches=3)
    trainer = parts.trainer(config, model, optimizer, Run(tmp_path))
    assert trainer.penalty is None
    assert trainer.callback(EarlyStopping) is None
