import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.data import Dataset, k_fold
from chainrule.errors import InputError


def make(labels):
    labels = np.array(labels, np.int64)
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset(images, labels, tuple("abcdef"))


@given(labels=st.lists(st.integers(0, 5), min_size=2, max_size=60), data=st.data())
def test_every_image_is_held_back_once_and_folds_are_even(labels, data):
    folds = data.draw(st.integers(2, len(labels)))
    dataset = make(labels)

    splits = k_fold(dataset, folds, seed=1)

    held_back = [np.array(split.validation) for split in splits]
    assert sorted(np.concatenate(held_back).tolist()) == list(range(len(labels)))
    counts = np.array([np.bincount(dataset.labels[part], minlength=6) for part in held_back])
    assert np.ptp(counts.sum(axis=1)) <= 1
    assert (np.ptp(counts, axis=0) <= 1).all()


def test_folds_are_splits():
    dataset = make([0, 1] * 10)
    train, validation = k_fold(dataset, 5)[2].apply(dataset)
    assert (len(train), len(validation), validation.split) == (16, 4, "validation")
    assert np.bincount(validation.labels).tolist() == [2, 2]


def test_keyed_by_the_seed():
    dataset = make([0, 1] * 20)
    assert k_fold(dataset, 4, seed=3) == k_fold(dataset, 4, seed=3)
    assert k_fold(dataset, 4, seed=3) != k_fold(dataset, 4, seed=4)


@given(
    groups=st.lists(st.integers(-3, 12), min_size=2, max_size=80),
    folds=st.integers(2, 5),
    seed=st.integers(0, 9),
)
def test_no_group_is_on_both_sides(groups, folds, seed):
    assume(len(set(groups)) >= folds)
    dataset = make([group % 3 for group in groups])

    held_back = [set(s.validation) for s in k_fold(dataset, folds, seed, groups=groups)]

    assert sum(map(len, held_back)) == len(groups)
    for part in held_back:
        inside = {groups[i] for i in part}
        assert part == {i for i, group in enumerate(groups) if group in inside}


def test_grouped_folds_are_about_even(rng):
    groups = rng.integers(0, 200, 3000)
    dataset = make(rng.integers(0, 4, 3000))
    counts = np.array(
        [
            np.bincount(dataset.labels[list(split.validation)])
            for split in k_fold(dataset, 5, groups=[f"patient {g}" for g in groups])
        ]
    )
    assert np.ptp(counts.sum(axis=1)) <= 20
    assert np.ptp(counts, axis=0).max() <= 20
    assert k_fold(dataset, 5, 0, groups) != k_fold(dataset, 5, 1, groups)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folds": 1}, "folds: expected from 2 to 6, the number of images, received 1"),
        ({"folds": 7}, "6, the number of images, received 7"),
        ({"folds": 2.0}, r"folds: expected a whole number, received 2\.0"),
        ({"folds": 3, "groups": "aabbbb"}, "groups: expected a whole number or a text for each"),
        (
            {"folds": 3, "groups": list("aabbbb")},
            "folds: expected from 2 to 2, the number of groups",
        ),
        ({"groups": [1, 2]}, "one for each of 6 images, received 2"),
        ({"groups": [1.5] * 6}, "groups: expected a whole number or a text"),
        ({"groups": [None] * 6}, "groups: expected a whole number or a text"),
    ],
)
def test_says_why_it_cannot_be(arguments, message):
    with pytest.raises(InputError, match=message):
        k_fold(make([0, 0, 0, 1, 1, 1]), **arguments)


def test_of_nothing():
    with pytest.raises(InputError, match="0, the number of images, received 5"):
        k_fold(make([]))
    with pytest.raises(InputError, match="0, the number of groups, received 5"):
        k_fold(make([]), groups=np.zeros(0, int))
