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
    assert measured()["mlp"][0].test_accuracy > 0.98
    assert measured().keys() <= models.MODELS.keys()
    for rows in measured().values():
        assert {row.recipe for row in rows} <= RECIPES.keys()
        assert all(0 < row.test_accuracy <= 1 and row.seeds >= 1 for row in rows)


def test_the_best_of_each_model_and_data_set(tool, tmp_path):
    def result(name, accuracy, data="mnist", **config):
        record = {"name": name, "test_accuracy_mean": accuracy, "seeds": [{}, {}]}
        record["config"] = {"data": data} | config
        (tmp_path / f"{name}.json").write_text(json.dumps(record))

    result("a", 0.5)
    result("b", 0.75)
    result("c", 0.25, data="cifar10")
    result("d", 0.125, data="cifar10", model={"name": "mlp"})
    (tmp_path / "e.json").write_text('{"name": "e", "nets": []}')
    (tmp_path / "f.json").write_text("[1]")
    assert json.loads(tool.text(tmp_path)) == {
        "convnet": [{"data": "cifar10", "test_accuracy": 0.25, "seeds": 2, "recipe": "c"}],
        "mlp": [
            {"data": "cifar10", "test_accuracy": 0.125, "seeds": 2, "recipe": "d"},
            {"data": "mnist", "test_accuracy": 0.75, "seeds": 2, "recipe": "b"},
        ],
    }


def test_a_row_in_words():
    assert str(Measured("mnist", 0.98765, 3, "A-x")) == "98.77% on mnist (A-x)"
