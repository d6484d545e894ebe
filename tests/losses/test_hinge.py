from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.losses import MulticlassHinge, OneVsRestHinge

SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])  # cat, car, frog
TRUE = np.array([0, 1, 2])


def test_multiclass_by_hand():
    """The three images of Stanford's CS231n: losses 2.9, 0 and 12.9."""
    loss, dscores = MulticlassHinge()(SCORES, TRUE)
    assert loss == pytest.approx((2.9 + 0 + 12.9) / 3)
    expected = np.array([[-1, 1, 0], [0, 0, 0], [1, 1, -2]]) / 3
    np.testing.assert_allclose(dscores, expected)


def test_multiclass_squared_by_hand():
    loss, dscores = MulticlassHinge(squared=True)(SCORES, TRUE)
    assert loss == pytest.approx((2.9**2 + 6.3**2 + 6.6**2) / 3)
    expected = 2 * np.array([[-2.9, 2.9, 0], [0, 0, 0], [6.3, 6.6, -12.9]]) / 3
    np.testing.assert_allclose(dscores, expected)


def test_one_vs_rest_by_hand():
    """margin - t s of the first image: -2.2, 6.1 and -0.7."""
    loss, dscores = OneVsRestHinge()(SCORES[:1], TRUE[:1])
    assert loss == pytest.approx(6.1)
    np.testing.assert_allclose(dscores, [[0, 1, 0]])
    loss, dscores = OneVsRestHinge(squared=True)(SCORES[:1], TRUE[:1])
    assert loss == pytest.approx(6.1**2)
    np.testing.assert_allclose(dscores, [[0, 12.2, 0]])


def test_equal_scores_cost_k_minus_1():
    loss, _ = MulticlassHinge()(np.zeros((5, 10)), np.arange(5))
    assert loss == 9


@pytest.mark.parametrize("squared", [False, True])
def test_the_subgradient_at_the_kink_is_0(squared):
    _, dscores = MulticlassHinge(squared=squared)(np.array([[1.0, 0.0]]), np.array([0]))
    np.testing.assert_array_equal(dscores, 0)
    _, dscores = OneVsRestHinge(squared=squared)(np.array([[1.0, -1.0]]), np.array([0]))
    np.testing.assert_array_equal(dscores, 0)


@pytest.mark.parametrize("kind", [MulticlassHinge, OneVsRestHinge])
@pytest.mark.parametrize("margin", [-1, float("inf"), "1"])
def test_a_margin_is_a_distance(kind, margin):
    with pytest.raises(InputError, match="margin: expected 0 or more, received"):
        kind(margin=margin)
