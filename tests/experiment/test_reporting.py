from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from chainrule import experiment, saving
from chainrule.config import assignments, resolve
from chainrule.data.dataset import Dataset
from chainrule.errors import InputError
from chainrule.experiment import Outcome, read_metrics, report_on, start
from chainrule.experiment.reporting import HEADER, predictions_table
from chainrule.metrics import evaluate
from chainrule.training import Run


@pytest.fixture
def run(outcome: Outcome, tmp_path: Path) -> Run:
    """A copy that a test may spoil."""
    shutil.copytree(outcome.run.folder, tmp_path / outcome.run.folder.name)
    return Run.open(tmp_path / outcome.run.folder.name)


def test_a_report_can_be_made_again_from_the_files(outcome: Outcome, run: Run) -> None:
    run.report.unlink()
    assert report_on(run) == run.report
    assert outside(run.report) == outside(outcome.run.report)
    first = run.report.read_text()
    assert report_on(run).read_text() == first


def outside(report: Path) -> str:
    """All of a report but its script's and style's hashes and the section "Inside the model", which
    is brief after a short training."""
    body = report.read_text().partition("<body>")[2]
    before, _, after = body.partition("<h2>Inside the model</h2>")
    return re.sub(r' data-look="\d+"', "", before + after.partition("<section>")[2])


def test_what_takes_long_is_shown_of_a_long_training_or_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    monkeypatch.setattr(experiment.reporting, "SHORT", math.inf)
    short = start(config, tmp_path / "short").run
    assert "Nearest training images" not in short.report.read_text()
    assert "Nearest training images" in report_on(short).read_text()
    monkeypatch.setattr(experiment.reporting, "SHORT", 0.0)
    long = start(config, tmp_path / "long").run
    assert "Nearest training images" in long.report.read_text()


def test_an_unfinished_run_is_shown_without_a_test_result(run: Run) -> None:
    run.metrics.unlink()
    run.model.unlink()
    assert "No test result" in report_on(run).read_text()
    run.history.unlink()
    assert "No test result" in report_on(run).read_text()


def test_metrics_of_an_unfinished_run_are_none(run: Run) -> None:
    run.metrics.unlink()
    assert read_metrics(run) == {}


@pytest.mark.parametrize("content", ["{", "[]", "\0"])
def test_damaged_metrics_are_named(run: Run, content: str) -> None:
    run.metrics.write_text(content)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_metrics(run)


def kept(report: Path) -> str:
    found = re.search(r"weights kept are those of epoch (\d+)", report.read_text())
    return found[1] if found else ""


@pytest.mark.parametrize("finished", [True, False])
def test_the_report_names_the_epoch_whose_weights_were_kept(run: Run, finished: bool) -> None:
    """Also where another one has the same accuracy in history.csv, or, as with averages of
    weights, a higher one."""
    epoch = saving.kept_epoch(run.model)
    assert epoch == read_metrics(run)["best_epoch"]
    header, *rows = run.history.read_text().splitlines()
    place = header.split(",").index("validation_accuracy")
    for i, row in enumerate(rows):
        cells = row.split(",")
        cells[place] = "0.5" if i + 1 == epoch else "0.9"
        rows[i] = ",".join(cells)
    run.history.write_text("\n".join([header, *rows]) + "\n")
    if not finished:
        run.metrics.unlink()
    assert kept(report_on(run)) == str(epoch)


def test_with_averages_the_file_says_the_epoch_of_the_best_average(tmp_path: Path) -> None:
    settings = ["epochs=5", "batch_size=200", "model.hidden=[16]", "average.kind=swa"]
    run = experiment.start(
        resolve(assignments([*settings, "average.start_epoch=4"])), tmp_path / "run"
    ).run
    epoch = saving.kept_epoch(run.model)
    assert epoch in (4, 5) and read_metrics(run)["best_epoch"] == epoch
    assert kept(run.report) == str(epoch)


def test_a_model_file_that_does_not_say_its_epoch_is_no_obstacle(run: Run) -> None:
    run.metrics.unlink()
    saving.save(saving.load(run.model), run.model)
    assert saving.kept_epoch(run.model) is None
    assert "Best validation accuracy" in report_on(run).read_text()
    run.model.write_bytes(b"damaged")
    assert "Best validation accuracy" in report_on(run).read_text()


LOGITS = np.array([[2.0, 0.0], [0.0, 3.0], [np.nan, 0.0]])
TEST = Dataset(np.zeros((3, 2, 2, 1), np.uint8), np.array([0, 0, 1]), ("a,b", "c"), "test")


def rows(test: Dataset) -> list[list[str]]:
    table = predictions_table(evaluate(lambda x: LOGITS[: len(x)], test), test)
    header, *found = csv.reader(io.StringIO(table))
    assert tuple(header) == HEADER
    return found


def test_each_image_has_a_row_with_its_path() -> None:
    test = dataclasses.replace(TEST, paths=("a/1.png", "a/2, new.png", "c/3.png"))
    assert rows(test) == [
        ["a/1.png", "a,b", "a,b", "0.8808"],
        ["a/2, new.png", "a,b", "c", "0.9526"],
        ["c/3.png", "c", "", ""],
    ]


def test_images_without_files_are_numbered() -> None:
    assert [row[0] for row in rows(TEST)] == ["image 0", "image 1", "image 2"]


def test_a_run_has_its_predictions(outcome: Outcome) -> None:
    with outcome.run.predictions.open(newline="") as file:
        found = list(csv.DictReader(file))
    right = sum(row["true"] == row["predicted"] for row in found)
    assert len(found) == outcome.evaluation.count
    assert right == round(outcome.evaluation.accuracy * len(found))
