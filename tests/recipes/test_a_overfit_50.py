"""The recipe on smaller images: the digits."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import data
from chainrule.recipes import a_overfit_50
from chainrule.recipes.a_overfit_50 import Fit, conclude, fit, search

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
    fits = [Fit(**each) for each in search(name="digits")]
    assert len(fits) == 8
    result = conclude(fits)
    assert result.reached and result.ours == "100% and 100%"
    shares = result.figures["share_that_fits"]
    assert shares["5"] <= shares["3"] < 1
    assert [row[3] for row in result.tables[0].rows] == ["0.1", "0.1"]
