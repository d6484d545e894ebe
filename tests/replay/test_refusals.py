from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.errors import InputError
from chainrule.replay import replay, replay_fit
from chainrule.training import Run, StepRecorder
from chainrule.training.step_ring import LastSteps

from .training import arrays, dark_images, own_trainer, trained


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return trained(tmp_path, "epochs=1")


def test_a_run_without_a_record(run: Run) -> None:
    run.last_steps.unlink()
    with pytest.raises(InputError, match="has no record of its steps"):
        replay(run)


def test_a_damaged_record(run: Run) -> None:
    run.last_steps.write_bytes(b"CRSTEPS1 and no more")
    with pytest.raises(InputError, match=r"last-steps\.bin is damaged"):
        replay(run)


def test_a_record_of_no_step(run: Run) -> None:
    content = run.last_steps.read_bytes()
    run.last_steps.write_bytes(content[:4096])
    with pytest.raises(InputError, match="no step is recorded yet"):
        replay(run)


@pytest.mark.parametrize("step", [22, 10**6, 10**30])
def test_a_step_that_is_not_recorded(run: Run, step: int) -> None:
    with pytest.raises(InputError, match=f"step: expected one of .* 1 to 21, received {step:,}"):
        replay(run, step)


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run"):
        replay(tmp_path / "nothing")


def test_data_that_have_changed(tmp_path: Path) -> None:
    folder = dark_images(tmp_path / "images")
    run = trained(
        tmp_path, f"data={folder}", f"images.cache_dir={tmp_path / 'cache'}", "epochs=2",
        "model.name=mlp", "images.test=0.1", "batch_size=16", "augment=none",
    )  # fmt: skip
    Image.fromarray(np.full((8, 8), 7, np.uint8)).save(folder / "dark" / "000.png")
    with pytest.raises(InputError, match="use the same data"):
        replay(run)


def test_settings_that_have_changed(run: Run) -> None:
    text = run.config.read_text("utf-8")
    run.config.write_text(text.replace("smoothing = 0.0", "smoothing = 0.1"), "utf-8")
    assert text != run.config.read_text("utf-8")
    with pytest.raises(
        InputError, match=r"cannot be replayed: loss\.smoothing was 0\.0 and is 0\.1"
    ):
        replay(run)


def test_another_version_and_processor_are_noted(run: Run) -> None:
    steps = LastSteps.read(run.last_steps)
    about = json.loads(json.dumps(steps.about))
    about["identity"]["versions"]["numpy"] = "1.0"
    about["identity"]["processor"]["cpu"] = "abacus"
    header = steps.layout.header(about)
    content = run.last_steps.read_bytes()
    run.last_steps.write_bytes(header + content[len(steps.layout.header(steps.about)) :])
    notes = replay(run, 3).notes
    assert any("numpy was 1.0" in note for note in notes)
    assert any("abacus" in note for note in notes)


def test_a_trainer_that_is_past_the_step(tmp_path: Path) -> None:
    images, labels = arrays()
    images[70] = 0
    recorder = StepRecorder(tmp_path / "r")
    trainer = own_trainer(recorder)
    trainer.fit(images, labels, epochs=1, batch_size=10)
    with pytest.raises(InputError, match="expected one that has not reached step 5"):
        replay_fit(trainer, recorder.path, images, labels, epochs=1, batch_size=10, step=5)


def test_a_training_that_ends_before(tmp_path: Path) -> None:
    images, labels = arrays()
    images[70] = 0
    recorder = StepRecorder(tmp_path / "r")
    own_trainer(recorder).fit(images, labels, epochs=2, batch_size=10)
    with pytest.raises(InputError, match="it ends after 10"):
        replay_fit(own_trainer(), recorder.path, images, labels, epochs=1, batch_size=10, step=15)
