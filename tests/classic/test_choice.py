from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.classic import KNN, KNNChoice, KNNTrial, choose
from chainrule.plotting import write


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0][:300]


def test_each_fold_is_held_back_once(digits):
    choice = choose(digits, ks=(1, 4), distances=("L1",), folds=3)
    split = cr.data.k_fold(digits, 3)
    for trial in choice.trials:
        expected = []
        for fold in split:
            train, held = fold.apply(digits)
            knn = KNN(trial.k, distance="L1").fit(train.images, train.labels)
            expected.append(knn.score(held.images, held.labels))
        assert trial.accuracies == pytest.approx(expected)
        assert trial.accuracy == pytest.approx(np.mean(expected))
        assert trial.spread == pytest.approx(np.std(expected, ddof=1))
        assert trial.count == len(digits)


def test_one_part_is_that_of_a_split(digits):
    choice = choose(digits.images, digits.labels, ks=(3,), distances=("L2",), validation=60)
    train, held = cr.data.split(digits, 60)
    assert choice.trials[0].accuracy == KNN(3).fit(train).score(held)
    assert math.isnan(choice.trials[0].spread)
    assert choice.said == "60 validation images of 300"
    assert choice.classifier().get_params() == {"k": 3, "distance": "L2"}


def test_all_k_that_there_are_neighbors_for():
    few = choose(np.arange(12.0)[:, None], [0, 1] * 6, validation=4)
    assert [trial.k for trial in few.trials] == [1, 3, 5, 7] * 2
    assert [trial.distance for trial in few.trials] == ["L2"] * 4 + ["L1"] * 4


def test_of_equals_the_smallest_k_then_the_distance_named_first():
    trials = [
        KNNTrial(distance, k, (right / 10,), right, 10)
        for distance, k, right in (("L1", 5, 9), ("L1", 3, 9), ("L2", 3, 9), ("L2", 1, 8))
    ]
    assert KNNChoice(tuple(trials), 20, 10, None).best is trials[1]


def test_names_as_labels(digits):
    names = np.array(list("abcdefghij"))[digits.labels]
    mine = choose(digits.images, names, ks=(1,), folds=2)
    assert mine.best.accuracy == choose(digits, ks=(1,), folds=2).best.accuracy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ks": (0,)}, "ks: expected a whole number of at least 1, received 0"),
        ({"ks": (1, 271)}, "ks: expected at most 270, .* received 271"),
        ({"ks": ()}, "expected one or more, received none"),
        ({"distances": ("L3",)}, "distances: expected 'L1' or 'L2', received 'L3'"),
        ({"distances": ()}, "expected one or more, received none"),
        ({"folds": 1}, "folds: expected a whole number of at least 2, received 1"),
        ({"folds": 301}, "folds: expected at most 300"),
        ({"validation": 1.5}, "validation: expected a number of samples, or a share"),
        ({"validation": 0}, "validation: expected from 1 to 290"),
        ({"random_state": -1}, "random_state: expected a whole number"),
    ],
)
def test_what_cannot_be_chosen_by(digits, options, message):
    with pytest.raises(cr.InputError, match=message):
        choose(digits, **options)


def test_it_is_shown_and_drawn(digits, tmp_path):
    choice = choose(digits, ks=(1, 3), folds=3)
    assert "deviation of folds" in repr(choice) and "<table" in choice._repr_html_()
    chart = choice.plot()
    (axes,) = chart.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["L2", "L1"]
    assert write(chart, tmp_path / "k.svg").read_text("utf-8").lstrip().startswith("<?xml")
