import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.data.holdout import grouped, stratified
from chainrule.errors import InputError


@given(counts=st.lists(st.integers(0, 20), min_size=1, max_size=6), data=st.data())
def test_every_size_that_is_possible_is_met(counts, data):
    classes = sum(count > 0 for count in counts)
    assume(sum(counts) > classes)
    size = data.draw(st.integers(1, sum(counts) - classes))
    labels = np.repeat(np.arange(len(counts)), counts)

    chosen = stratified(labels, size, seed=0)

    assert len(set(chosen.tolist())) == size
    assert chosen.tolist() == sorted(chosen.tolist())
    gives = np.bincount(labels[chosen], minlength=len(counts))
    kept = np.array(counts) - gives
    assert (kept[np.array(counts) > 0] >= 1).all()


def test_none_can_be_held_back_of_classes_of_one_image():
    with pytest.raises(InputError, match="each class has only one; give a class two or more"):
        stratified(np.arange(10_000), 1000)


def test_grouped_holds_back_whole_groups_in_the_classes_proportions():
    labels = np.repeat([0, 1], [60, 40])
    groups = np.arange(100) // 4

    chosen = grouped(labels, groups, 20, seed=0)

    assert np.bincount(labels[chosen]).tolist() == [12, 8]
    assert np.bincount(groups[chosen]).tolist().count(4) == 5


def test_one_group_at_least_on_each_side():
    labels = np.zeros(10, int)
    groups = np.repeat([0, 1], [9, 1])
    assert grouped(labels, groups, 1).tolist() == [9]
    assert grouped(labels, groups, 9).tolist() in ([9], list(range(9)))
    with pytest.raises(InputError, match="from 1 to 9 of 10 images, received 0"):
        grouped(labels, groups, 0)
