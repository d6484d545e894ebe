"""The accuracies that ``chainrule models`` tells are those of ``results/``."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from chainrule import models
from chainrule.models.measured import TABLE, Measured, measured
from chainrule.recipes import RECIPES

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "measured_models.py"


@pytest.fixture
def tool():
    if not TOOL.is_file():
        pytest.skip("no checkout")
    spec = importlib.util.spec_from_file_location("measured_models", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_and_the_results_change_together(tool):
    """``python tools/measured_models.py`` writes it."""
    assert TABLE.read_text("utf-8") == tool.text()


def test_every_row_is_of_a_model_and_of_a_recipe():
    assert measured().keys() <= models.MODELS.keys()
    for rows in measured().values():
        assert {row.recipe for row in rows} <= RECIPES.keys()
        assert all(0 < row.test_accuracy <= 1 and row.seeds >= 1 for row in rows)


def written(folder, name, **record):
    (folder / f"{name}.json").write_text(json.dumps({"name": name, **record}))


def test_the_best_of_each_model_and_data_set(tool, tmp_path):
    for name, accuracy, settings in (
        ("a", 0.5, {"data": "mnist"}),
        ("b", 0.75, {"data": "mnist"}),
        ("c", 0.25, {"data": "cifar10", "model": {"name": "convnet"}}),
        ("d", 0.125, {"data": "cifar10", "model": {"name": "mlp"}}),
    ):
        seeds = [{"test_accuracy": accuracy + e} for e in (-0.1, 0.1)]
        written(tmp_path, name, test_accuracy_mean=accuracy, seeds=seeds, config=settings)
    assert json.loads(tool.text(tmp_path)) == {
        "convnet": [{"data": "cifar10", "test_accuracy": 0.25, "seeds": 2, "recipe": "c"}],
        "mlp": [
            {"data": "cifar10", "test_accuracy": 0.125, "seeds": 2, "recipe": "d"},
            {"data": "mnist", "test_accuracy": 0.75, "seeds": 2, "recipe": "b"},
        ],
    }


def test_runs_that_say_their_model(tool, tmp_path):
    def seeds(model, *accuracies):
        return [{"model": model, "data": "mnist", "test_accuracy": each} for each in accuracies]

    runs = {"small": seeds("mlp", 0.5, 0.7), "large": seeds("mlp", 0.9), "net": seeds("cnn3", 0.8)}
    written(tmp_path, "a", figures={"runs": runs})
    written(tmp_path, "b", figures={"runs": {"best": seeds("cnn3", 1.0)}}, quick=True)
    written(tmp_path, "c", figures={"runs": {"older": [{"seed": 0, "test_accuracy": 1.0}]}})
    assert json.loads(tool.text(tmp_path)) == {
        "cnn3": [{"data": "mnist", "test_accuracy": 0.8, "seeds": 1, "recipe": "a"}],
        "mlp": [{"data": "mnist", "test_accuracy": 0.9, "seeds": 1, "recipe": "a"}],
    }


def test_other_results_are_passed_over(tool, tmp_path):
    for name, record in (("a", {"nets": []}), ("b", {"figures": 1}), ("c", {"figures": {}})):
        written(tmp_path, name, **record)
    (tmp_path / "d.json").write_text("[1]")
    assert tool.text(tmp_path) == "{}\n"


def test_a_row_in_words():
    assert str(Measured("mnist", 0.98765, 3, "A-x")) == "98.77% on mnist (A-x)"
