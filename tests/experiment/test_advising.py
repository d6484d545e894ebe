"""Real trainings, small ones, that go wrong in one way each; and the commands they are told."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Callable
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from chainrule import data, experiment
from chainrule.cli import main
from chainrule.config import assignments, resolve
from chainrule.data.formats.images import write_png
from chainrule.experiment import Outcome, report_on

Train = Callable[..., Outcome]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    def start(*settings: str) -> Outcome:
        return experiment.start(resolve(assignments(settings)), tmp_path / "runs" / "run")

    return start


def names(outcome: Outcome) -> list[str]:
    return [advice.name for advice in outcome.advice]


def folder(place: Path, count: int, label: Callable[[int, int], int]) -> list[str]:
    """The first digits as image files in folders of the class that ``label`` of the number and the
    true class says; the names of those that are in another than the true one."""
    digits, _ = data.digits()
    moved = []
    for n in range(count):
        true = int(digits.labels[n])
        said = label(n, true)
        name = f"kind {said}/{n:04}.png"
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(write_png(digits.images[n]))
        moved += [name] if said != true else []
    return moved


def test_a_training_that_goes_well(train: Train) -> None:
    outcome = train("epochs=12", "batch_size=64", "model.hidden=[64]", "optimizer.lr=0.01")
    assert outcome.advice == ()
    assert "Nothing stands out." in outcome.run.report.read_text()


def test_a_net_of_two_units_fits_too_little(train: Train) -> None:
    outcome = train("epochs=20", "batch_size=64", "model.hidden=[2]", "optimizer.lr=0.01")
    assert "under-fitting" in names(outcome)


def test_a_short_training_is_to_take_more_time(train: Train) -> None:
    outcome = train("epochs=2", "batch_size=128", "model.hidden=[32]", "optimizer.lr=0.001")
    assert names(outcome)[0] == "more time"
    assert "more time" in outcome.run.report.read_text().lower()


def test_a_rate_of_nothing_teaches_nothing(train: Train) -> None:
    assert names(train("epochs=2", "optimizer.lr=1e-9", "model.hidden=[8]")) == ["no learning"]


def test_one_step_settles_no_norm(train: Train) -> None:
    settings = ("model.hidden=[256,128]", "model.norm=batch", "optimizer.lr=0.03")
    outcome = train("epochs=1", "batch_size=1294", *settings)
    assert names(outcome) == ["unsettled norms"]


@pytest.mark.parametrize(("augment", "expected"), [("none", "over-fitting"), ("flip", "more data")])
def test_few_images_are_known_by_heart(
    tmp_path: Path, train: Train, augment: str, expected: str
) -> None:
    """Noise has nothing to learn but the images themselves."""
    rng = np.random.default_rng(0)
    for n in range(120):
        image = rng.integers(0, 256, (8, 8, 3), np.uint8)
        place = tmp_path / "noise" / f"kind {n % 2}" / f"{n:03}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(write_png(image))
    outcome = train(
        f"data={tmp_path / 'noise'}", "epochs=40", "batch_size=16", "validation=0.3",
        "model.name=mlp", "model.hidden=[64]", "optimizer.lr=0.01", f"augment={augment}",
    )  # fmt: skip
    assert expected in names(outcome)


@pytest.fixture
def mislabeled(tmp_path: Path) -> list[str]:
    """Of 1,200 digits every fifteenth lies in the folder of the next class but one."""
    return folder(tmp_path / "digits", 1200, lambda n, k: (k + 2) % 10 if n % 15 == 0 else k)


def test_images_in_a_wrong_folder_are_named(
    tmp_path: Path, train: Train, mislabeled: list[str]
) -> None:
    outcome = train(
        f"data={tmp_path / 'digits'}", "epochs=12", "batch_size=64", "model.name=mlp",
        "model.hidden=[64]", "model.norm=batch", "optimizer.lr=0.01",
    )  # fmt: skip
    (advice,) = (each for each in outcome.advice if each.name == "wrong labels")
    found = [line.partition(":")[0] for line in advice.files]
    assert len(found) >= 3
    assert sum(name in mislabeled for name in found) >= 0.8 * len(found)


def test_a_class_that_looks_like_another_fails(tmp_path: Path, train: Train) -> None:
    folder(tmp_path / "digits", 1200, lambda n, k: 77 if k == 7 and n % 4 == 0 else k)
    outcome = train(
        f"data={tmp_path / 'digits'}", "epochs=10", "batch_size=64", "model.name=mlp",
        "model.hidden=[64]", "optimizer.lr=0.01",
    )  # fmt: skip
    (advice,) = (each for each in outcome.advice if each.name == "a failing class")
    assert "'kind 77'" in advice.finding
    assert "taken for 'kind 7'" in advice.finding
    assert "loss.class_weights=[" in advice.words[-1]


def test_the_report_says_the_same_when_it_is_made_again(train: Train) -> None:
    outcome = train("epochs=2", "batch_size=128", "model.hidden=[32]", "optimizer.lr=0.001")

    def card() -> str:
        page = outcome.run.report.read_text().partition("<h2>What to try next</h2>")[2]
        return page.partition("</section>")[0]

    before = card()
    assert "chainrule" in before
    report_on(outcome.run)
    assert card() == before


def test_a_report_of_images_that_were_mended_since_gives_no_advice(
    tmp_path: Path, train: Train, mislabeled: list[str]
) -> None:
    outcome = train(
        f"data={tmp_path / 'digits'}", "epochs=2", "batch_size=64", "model.name=mlp",
        "model.hidden=[16]", "optimizer.lr=0.01",
    )  # fmt: skip
    assert "What to try next" in outcome.run.report.read_text()
    for name in mislabeled:
        (tmp_path / "digits" / name).unlink()
    report_on(outcome.run)
    page = outcome.run.report.read_text()
    assert "Test accuracy" in page and "What to try next" not in page


def test_an_advised_command_is_one_that_can_be_run(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = train("epochs=20", "batch_size=64", "model.hidden=[2]", "optimizer.lr=0.01")
    monkeypatch.chdir(outcome.run.folder)
    page = unescape(outcome.run.report.read_text())
    program, *arguments = shlex.split(re.findall("<pre><code>(.*?)</code></pre>", page)[0])
    assert (program, arguments[0]) == ("chainrule", "train")
    assert main([*arguments, "--name", "again", "--epochs", "1"]) == 0
    with (tmp_path / "runs" / "again" / "history.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 1
