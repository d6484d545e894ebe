from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.experiment import Outcome
from chainrule.experiment.predictions import HEADER, predictions_table
from chainrule.metrics import evaluate

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
