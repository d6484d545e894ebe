import numpy as np

from chainrule.data.order import permutation


def test_is_a_permutation_named_by_its_key():
    order = permutation(1000, "shuffle", 0, 3)

    assert sorted(order.tolist()) == list(range(1000))
    np.testing.assert_array_equal(order, permutation(1000, "shuffle", np.int64(0), 3))
    assert order.tolist() != permutation(1000, "shuffle", 0, 4).tolist()
    assert order.tolist() != permutation(1000, "shuffle", 1, 3).tolist()


def test_is_the_same_for_ever():
    assert permutation(8, "shuffle", 0, 0).tolist() == [7, 3, 4, 6, 1, 2, 5, 0]


def test_small_ones():
    assert permutation(0, "x").tolist() == []
    assert permutation(1, "x").tolist() == [0]


def test_every_place_is_as_likely():
    where_zero_goes = [permutation(4, "uniform", k).tolist().index(0) for k in range(4000)]
    counts = np.bincount(where_zero_goes, minlength=4)
    # Four standard deviations of a count of 4000 draws with probability 1/4.
    assert abs(counts - 1000).max() < 4 * np.sqrt(4000 * 0.25 * 0.75)
