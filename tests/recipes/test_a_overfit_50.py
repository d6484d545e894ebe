"""The demonstration on smaller images: the digits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule import data, recipes
from chainrule.recipes import DEMONSTRATIONS, Demonstration, a_overfit_50
from chainrule.recipes.a_overfit_50 import fit, run

TRAIN, TEST = data.digits()
IMAGES = TRAIN.take(np.arange(50))


@pytest.mark.parametrize("layers", [3, 5])
def test_fifty_images_are_learned_with_a_setting_that_suits(layers):
    found = fit(IMAGES, TEST, layers, 0.1, 0.15)
    assert found.accuracy == 1 and found.epochs <= 20


def test_a_setting_that_does_not_suit_is_no_fit():
    small = fit(IMAGES, TEST, 5, 0.01, 1e-3)
    assert small.epochs is None and small.accuracy < 0.5
    wild = fit(IMAGES, TEST, 5, 1.0, 1.0)
    assert wild.epochs is None


def test_the_grid_names_the_best_and_how_many_fit(monkeypatch):
    monkeypatch.setattr(a_overfit_50, "RATES", (0.01, 0.1))
    monkeypatch.setattr(a_overfit_50, "SCALES", (1e-3, 0.15))
    seen = run(name="digits")
    assert seen["reached"] and len(seen["fits"]) == 2 * seen["settings"] == 8
    assert {best["lr"] for best in seen["best"].values()} == {0.1}
    assert seen["share_that_fits"]["5"] <= seen["share_that_fits"]["3"] < 1
    assert len(seen["summary"]) == 2 and "3 layers: 100% of 50 images" in seen["summary"][0]


def test_a_result_has_its_circumstances(tmp_path):
    shown = Demonstration("shown", "it holds", lambda place: {"reached": True, "place": place})
    record = recipes.demonstrate(shown, tmp_path / "results", data_dir="here")
    assert json.loads((tmp_path / "results" / "shown.json").read_text()) == record
    assert record["place"] == "here" and record["machine"] and record["versions"]


def test_names_differ_from_those_of_recipes():
    assert not DEMONSTRATIONS.keys() & recipes.RECIPES.keys()
    assert all(name == shown.name for name, shown in DEMONSTRATIONS.items())
