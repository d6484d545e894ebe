from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleWarning, CheckFailed
from chainrule.sums import norm
from chainrule.training import (
    Callback,
    Checkpoint,
    StepRecorder,
    StopOnNonFinite,
    restore,
    step_ring,
)
from chainrule.training.recorder import checksum
from chainrule.training.step_ring import LastSteps

TRAIN = cr.data.digits()[0].take(range(100))


def trainer(*callbacks: Callback, lr: float = 0.1) -> cr.Trainer:
    model = cr.models.mlp((8, 8, 1), (4,), 10, dropout=0.5)
    return cr.Trainer(model, cr.optim.SGD(lr), callbacks=callbacks)


class Losses(Callback):
    """What the record should say."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, int]] = []

    def on_gradient(self, trainer: cr.Trainer) -> None:
        total = math.hypot(*(norm(p.grad) for _, p in trainer.parameters if p.grad is not None))
        labels = trainer.last_batch[1]  # type: ignore[index]
        self.rows.append((trainer.last_loss, total, checksum(labels)))


def test_each_step_is_there_bit_for_bit(tmp_path: Path) -> None:
    losses = Losses()
    trainer(StepRecorder(tmp_path / "r"), losses).fit(TRAIN, epochs=3, batch_size=30)
    records = LastSteps.read(tmp_path / "r").records
    assert records["loss"].tolist() == [loss for loss, _, _ in losses.rows]
    assert records["labels"].tolist() == [labels for _, _, labels in losses.rows]
    norms = np.sqrt(np.square(records["norms"]).sum(axis=1))
    np.testing.assert_allclose(norms, [total for _, total, _ in losses.rows], rtol=1e-5)
    assert records["images"].tolist() == [30, 30, 30, 10] * 3
    assert set(records["lr"].tolist()) == {0.1}


def test_counters_are_those_of_random_layers(tmp_path: Path) -> None:
    trainer(StepRecorder(tmp_path / "r")).fit(TRAIN, epochs=1, batch_size=50)
    steps = LastSteps.read(tmp_path / "r")
    count = [name.endswith(".count") for name in steps.layout.counters].index(True)
    assert steps.records["counters"][:, count].tolist() == [1, 2]


def test_the_oldest_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_ring, "FEWEST", 7)
    monkeypatch.setattr(step_ring, "MOST", 7)
    trainer(StepRecorder(tmp_path / "r")).fit(TRAIN, epochs=2, batch_size=10)
    assert LastSteps.read(tmp_path / "r").records["step"].tolist() == list(range(14, 21))


def test_a_resume_goes_on_in_the_same_file(tmp_path: Path) -> None:
    def made() -> cr.Trainer:
        return trainer(StepRecorder(tmp_path / "r"), Checkpoint(tmp_path / "c", every_steps=3))

    made().fit(TRAIN, epochs=1, batch_size=25)
    again = made()
    restore(again, tmp_path / "c" / "step-000000003.safetensors")
    again.fit(TRAIN, epochs=2, batch_size=25)
    assert LastSteps.read(tmp_path / "r").records["step"].tolist() == list(range(1, 9))


def test_records_stay_where_the_header_changes(tmp_path: Path) -> None:
    first = trainer(StepRecorder(tmp_path / "r", {"by": "one"}))
    first.fit(TRAIN, epochs=1, batch_size=50)
    before = LastSteps.read(tmp_path / "r")
    first.callbacks = [
        StepRecorder(tmp_path / "r", {"by": "another" * 2000}),
        cr.training.History(),
    ]
    first.fit(TRAIN, epochs=2, batch_size=50)
    after = LastSteps.read(tmp_path / "r")
    assert after.about["by"] == "another" * 2000
    assert after.records["step"].tolist() == [1, 2, 3, 4]
    assert (after.records[:2] == before.records).all()


def test_of_another_model_it_begins_anew(tmp_path: Path) -> None:
    trainer(StepRecorder(tmp_path / "r")).fit(TRAIN, epochs=1, batch_size=10)
    other = cr.Trainer(cr.models.mlp((8, 8, 1), (), 10), callbacks=[StepRecorder(tmp_path / "r")])
    other.fit(TRAIN, epochs=1, batch_size=50)
    assert LastSteps.read(tmp_path / "r").records["step"].tolist() == [1, 2]


def test_what_cannot_be_written_ends_no_training(tmp_path: Path) -> None:
    made = trainer(StepRecorder(tmp_path / "nowhere" / "r"))
    with pytest.warns(ChainruleWarning, match="cannot record the last steps"):
        made.fit(TRAIN, epochs=1, batch_size=50)
    assert made.step == 2


def test_a_full_disk_is_told_of_once(tmp_path: Path) -> None:
    recorder = StepRecorder(tmp_path / "r")

    class Full(Callback):
        def on_gradient(self, trainer: cr.Trainer) -> None:
            if recorder._file is not None:
                recorder._file.close()
                recorder._file = open("/dev/full", "r+b", buffering=0)  # noqa: SIM115

    if not Path("/dev/full").exists():
        pytest.skip("there is no full disk here")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        trainer(Full(), recorder).fit(TRAIN, epochs=1, batch_size=20)
    assert [w.category for w in told] == [ChainruleWarning]


def test_the_step_that_ends_a_training_is_the_last(tmp_path: Path) -> None:
    made = trainer(StepRecorder(tmp_path / "r"), StopOnNonFinite(), lr=1e30)
    with np.errstate(all="ignore"), pytest.raises(CheckFailed) as raised:
        made.fit(TRAIN, epochs=3, batch_size=20)
    last = LastSteps.read(tmp_path / "r").records[-1]
    assert last["step"] == made.step + 1
    assert not (math.isfinite(last["loss"]) and np.isfinite(last["norms"]).all())
    assert "chainrule replay" not in str(raised.value)  # it lies in no run


@pytest.mark.parametrize(("dtype", "value"), [(np.float32, 3e38), (np.float64, 1e300)])
def test_a_norm_whose_square_overflows_is_a_number(
    tmp_path: Path, dtype: type, value: float
) -> None:
    recorder, made = StepRecorder(tmp_path / "r"), trainer()
    _, parameter = made.parameters[0]
    parameter.grad = np.full(parameter.shape, value, dtype)
    recorder.on_gradient(made)
    squares = recorder.squares(made)
    assert squares is not None and all(map(math.isfinite, squares))
    assert squares[1:] == [-1.0] * (len(squares) - 1)  # without a gradient


def test_the_guard_takes_its_norms(tmp_path: Path) -> None:
    recorder, guard, made = StepRecorder(tmp_path / "r"), StopOnNonFinite(), trainer()
    made.callbacks += [recorder, guard]
    _, parameter = made.parameters[0]
    parameter.grad = np.full(parameter.shape, np.nan, np.float32)
    recorder.on_gradient(made)
    with pytest.raises(CheckFailed):
        guard.on_gradient(made)
    made.step += 1  # those of another step say nothing
    parameter.grad = np.zeros(parameter.shape, np.float32)
    guard.on_gradient(made)
    made.step -= 1  # nor do those of another training
    recorder.on_start(made)
    guard.on_gradient(made)
    recorder.on_finish(made)
