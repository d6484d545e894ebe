"""What is left to the data is settled before the first step, and written into the run."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from PIL import Image

from chainrule import config as configuration
from chainrule.config import Settings, resolve
from chainrule.data import Dataset
from chainrule.data.augment import HorizontalFlip, RandomCrop
from chainrule.experiment import factory, preparation, prepare, reopen, start
from chainrule.experiment.factory import augment
from chainrule.training import Run


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


SMALL = {"model": {"name": "mlp", "hidden": [4]}, "images": {"image_size": 16}}


def settled(folder, **settings):
    return prepare(resolve(Settings({"data": str(folder)} | SMALL | settings)))


def test_photos_are_augmented_and_it_is_said_how_to_do_without(photos) -> None:
    experiment = settled(photos)
    assert experiment.augment.operations == (RandomCrop(), HorizontalFlip())
    assert experiment.config.augment.preset == "crop-flip"
    assert any("--set augment=none" in note for note in experiment.notes)


def test_what_is_said_is_done(photos) -> None:
    assert settled(photos, augment="none").augment is None
    assert settled(photos, augment="flip").augment.operations == (HorizontalFlip(),)
    assert settled(photos, epochs=7).config.epochs == 7
    stronger = settled(photos, augment={"random_crop": {"padding": 3}})
    assert stronger.augment.operations == (RandomCrop(padding=3), HorizontalFlip())
    without = settled(photos, augment={"horizontal_flip": {"p": 0.0}})
    assert without.augment.operations == (RandomCrop(),)


def test_letters_are_left_alone(photos) -> None:
    (photos / "cat").rename(photos / "a")
    (photos / "dog").rename(photos / "b")
    experiment = settled(photos)
    assert experiment.augment is None
    assert "taken for digits or letters: not augmented" in " ".join(experiment.notes)


def test_auto_is_for_known_data_sets_too() -> None:
    config = resolve(Settings({"data": "digits", "augment": "auto"}))
    assert prepare(config).config.augment.preset == "none"


@pytest.mark.parametrize(
    ("batches", "count"), [(1, 80), (25, 80), (50, 40), (100, 20), (10**6, 20)]
)
def test_fewer_images_are_seen_more_often(batches: int, count: int) -> None:
    config = resolve(Settings({"epochs": "auto"}))
    assert factory.suited_epochs(config, batches).epochs == count
    assert factory.suited_epochs(resolve(Settings({"epochs": 3})), batches).epochs == 3


@pytest.mark.parametrize(
    ("budget", "epoch", "predict", "tested", "count"),
    [
        (60.0, 1.0, 0.0, 0, 90),
        (60.0, 1.0, 0.01, 2000, 60),
        (60.0, 1.0, 1.0, 2000, 45),
        (60.0, 1e4, 0.0, 0, 1),
    ],
)
def test_a_budget_is_planned_full_and_a_half_more(budget, epoch, predict, tested, count) -> None:
    config = resolve(Settings({"epochs": "auto", "time_budget": budget}))
    timing = SimpleNamespace(epoch_seconds=epoch, predict_seconds=predict)
    assert factory.epochs_within(config, timing, tested).epochs == count


def test_a_time_budget_is_used_up(photos, tmp_path, monkeypatch) -> None:
    measured = preparation.estimate
    fast = {"epoch_seconds": 1e-4}  # far more epochs are planned than any machine has time for
    monkeypatch.setattr(
        preparation, "estimate", lambda *of, **how: replace(measured(*of, **how), **fast)
    )
    config = resolve(Settings({"data": str(photos), "time_budget": 4.0} | SMALL))
    outcome = start(config, tmp_path / "run")
    rows = outcome.run.history.read_text().splitlines()
    planned = configuration.load(outcome.run.config).epochs
    assert planned > 80, "more than without a budget"
    assert "time was up" in outcome.run.log.read_text()
    assert len(rows) - 1 <= planned


def test_a_run_goes_on_with_what_was_settled(photos, tmp_path) -> None:
    outcome = start(resolve(Settings({"data": str(photos), "epochs": 1} | SMALL)), tmp_path / "run")
    again = reopen(Run(outcome.run.folder))
    assert again.config.augment.preset == "crop-flip"
    assert augment(again.config) == again.augment


def test_no_other_part_of_the_configuration_is_changed() -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3), np.uint8)
    dataset = Dataset(images, np.arange(8) % 2, ("cat", "dog"))
    config = resolve(Settings({"augment": "auto"}))
    chosen, _ = factory.suited_augmentation(config, dataset)
    assert msgspec.structs.replace(chosen, augment=config.augment) == config
