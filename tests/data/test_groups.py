import numpy as np
import pytest

from chainrule.data.groups import deal, group_numbers, only_of_their_class


def test_names_become_numbers():
    assert group_numbers(["b", "a", "b"], 3).tolist() == [1, 0, 1]
    assert group_numbers(np.array([7, -1, 7], np.int8), 3).tolist() == [1, 0, 1]
    assert group_numbers([True, False], 2).tolist() == [1, 0]


def test_groups_of_one_image_and_one_class_are_dealt_evenly():
    parts = deal(np.zeros(12, int), np.arange(12), [0.25, 0.25, 0.5], seed=0)
    assert np.bincount(parts).tolist() == [3, 3, 6]


def test_large_groups_first():
    # 8 | 4 | 2 | 1 1: two halves are only met if the one of 8 goes alone.
    groups = np.repeat(np.arange(5), [1, 4, 8, 1, 2])
    for seed in range(5):
        parts = deal(np.zeros(16, int), groups, [0.5, 0.5], seed)
        assert np.bincount(parts).tolist() == [8, 8]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_shares_are_met_to_about_a_group(rng, share):
    groups = np.repeat(np.arange(100), rng.integers(1, 30, 100))
    labels = rng.integers(0, 3, len(groups))
    parts = deal(labels, groups, [1 - share, share], seed=2)
    assert abs(parts.mean() - share) < 30 / len(groups)


def test_groups_that_alone_have_a_class():
    labels = np.array([0, 0, 1, 2, 2, 3])
    groups = np.array([0, 1, 1, 2, 3, 3])
    assert only_of_their_class(labels, groups).tolist() == [1, 3]


def test_ten_thousand_classes_and_groups():
    numbers = np.arange(10_000)
    parts = deal(numbers, numbers, [0.5, 0.5], seed=0)
    assert set(parts.tolist()) <= {0, 1}
