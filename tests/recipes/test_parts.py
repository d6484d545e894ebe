"""What single recipes are made of, where it can be wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from chainrule import data, models
from chainrule.gradient_check import gradcheck
from chainrule.layers import BatchNorm, Flatten, Linear, Sequential, named_parameters
from chainrule.recipes import a_cifar_cnn, b_cnn, b_grid
from chainrule.recipes.random_search import Space, Trial, search
from chainrule.recipes.session import Trained
from chainrule.recipes.summary import column, heat_map, mean_percent, spread


def trained(**columns: list[float]) -> Trained:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Trained("x", 0, Path(), {}, rows)


def test_the_jump_at_the_first_decay():
    one = trained(lr=[0.1, 0.1, 0.01, 0.01, 0.001], validation_accuracy=[0.5, 0.8, 0.88, 0.9, 0.95])
    assert a_cifar_cnn.jump(one) == (0.8, 0.9)
    level = trained(lr=[0.1, 0.1], validation_accuracy=[0.5, 0.6])
    assert a_cifar_cnn.jump(level) == (0.6, 0.6)


def test_what_a_short_search_would_see():
    one = trained(validation_accuracy=[0.3, 0.5, 0.4, 0.9])
    assert b_grid.after(one, 3) == 0.5 and b_grid.after(one, 9) == 0.9


def test_pixel_batch_norm_has_right_gradients_and_statistics_of_its_own(rng):
    layer = b_cnn.PixelBatchNorm((2, 3, 4))
    net = Sequential(layer, Flatten(), Linear(24, 3)).init(0)
    assert gradcheck(net, rng.random((6, 2, 3, 4)), rng.integers(0, 3, 6)).ok
    x = rng.normal(3, 2, (64, 2, 3, 4)).astype(np.float32)
    y, _ = b_cnn.PixelBatchNorm((2, 3, 4)).init(0).forward(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-2)


def test_the_reports_batch_norm_stands_where_the_standard_one_did():
    standard = models.convnet((32, 32, 3), 10, filters=(32, 32))
    net = b_cnn.with_pixel_norms(standard)
    kinds = [type(layer).__name__ for layer in net]
    assert kinds.count("PixelBatchNorm") == 2 and BatchNorm not in map(type, net)
    counts = {path: p.value.size for path, p in named_parameters(net.init(0))}
    assert counts["layers.2.norm.gamma"] == 32 * 32 * 32
    assert net(np.zeros((2, 32, 32, 3), np.uint8)).shape == (2, 10)


def test_a_random_search_is_repeatable_sorted_and_within_its_bounds():
    train, test = data.digits()
    space = Space(lr=(1e-3, 1e-2))
    few, judged = train.take(range(100)), test.take(range(100))
    once, again = (
        search(few, judged, (8,), space, 3, epochs=1, key="test") for _ in range(2)
    )  # fmt: skip
    assert once == again
    assert [t.accuracy for t in once] == sorted((t.accuracy for t in once), reverse=True)
    assert all(1e-3 <= t.lr <= 1e-2 and 0.6 <= t.keep <= 1 for t in once)


def test_the_fine_space_lies_around_the_best_and_inside_the_coarse_one():
    best = [Trial(1e-3, 1e-5, 0.01, 0.9, 0.9), Trial(4e-3, 1e-7, 0.02, 0.99, 0.9)]
    fine, coarse = Space().around(best), Space()
    for name, (low, high) in asdict(fine).items():
        values = [getattr(trial, name) for trial in best]
        assert getattr(coarse, name)[0] <= low <= min(values)
        assert max(values) <= high <= getattr(coarse, name)[1]


def test_means_and_spreads():
    assert spread([0.5]) is None and mean_percent([0.5]) == "50.00%"
    assert mean_percent([0.4, 0.6]) == "50.00 ± 14.14%"
    longer = trained(loss=[1.0, 2.0])
    assert np.isnan(column([longer, trained(loss=[1.0])], "loss")[1, 1])


def test_a_heat_map_has_a_number_in_every_cell():
    from matplotlib.figure import Figure

    figure = Figure()
    heat_map([[0.5, 0.25]], ["a"], ["b", "c"], "T", ("r", "c")).paint(figure)
    assert [text.get_text() for text in figure.axes[0].texts] == ["50.0%", "25.0%"]


@pytest.mark.parametrize("value", ["", None, "x"])
def test_a_history_without_numbers_is_no_number(value):
    assert np.isnan(column([trained(loss=[value])], "loss")).all()
