"""Every recipe can be resolved and run; what it writes says what it saw."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chainrule import config, recipes
from chainrule.errors import InputError
from chainrule.recipes import RECIPES, Recipe

SMALL = Recipe(
    name="small",
    claim="one epoch on digits is better than chance",
    config={"data": "digits", "epochs": 1, "batch_size": 64},
    reported={"test_accuracy": 0.1},
    bar=0.5,
    seeds=(0, 1),
)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_a_recipe_names_settings_that_exist(recipe):
    resolved = config.resolve(config.Settings(recipe.config))
    assert resolved.epochs == recipe.config["epochs"]
    assert 0 < recipe.bar < 1 and len(set(recipe.seeds)) == len(recipe.seeds) >= 3


def test_reproducing_writes_every_seed_and_their_mean(tmp_path):
    record = recipes.reproduce(SMALL, tmp_path / "runs", tmp_path / "results")
    assert json.loads((tmp_path / "results" / "small.json").read_text()) == record
    accuracies = [row["test_accuracy"] for row in record["seeds"]]
    assert record["test_accuracy_mean"] == pytest.approx(sum(accuracies) / 2)
    assert [row["seed"] for row in record["seeds"]] == [0, 1]
    losses = [row["test_loss"] for row in record["seeds"]]
    assert losses[0] != losses[1]
    assert record["reached"] is (record["test_accuracy_mean"] >= 0.5)
    assert (tmp_path / "runs" / "small-seed1" / "report.html").is_file()


def test_a_missed_bar_is_written_down_as_missed(tmp_path):
    hopeless = replace(SMALL, bar=0.9999, seeds=(0,))
    record = recipes.reproduce(hopeless, tmp_path / "runs", tmp_path / "results")
    assert record["reached"] is False and record["test_accuracy_std"] is None


def test_a_run_that_exists_is_not_overwritten(tmp_path):
    (tmp_path / "small-seed0").mkdir()
    (tmp_path / "small-seed0" / "config.toml").touch()
    with pytest.raises(InputError, match="exists already"):
        recipes.reproduce(SMALL, tmp_path, tmp_path / "results")
