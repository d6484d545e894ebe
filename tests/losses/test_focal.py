from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.losses import Focal, SoftmaxCrossEntropy

from .cases import WEIGHTS, labels


def test_by_hand():
    """p of the label is 1/4 and 3/4: the sure sample counts (1/4)² / (3/4)² as much."""
    logits = np.log(np.array([[1.0, 3.0], [1.0, 3.0]]))
    loss, dlogits = Focal(gamma=2)(logits, np.array([0, 1]))
    assert loss == pytest.approx((9 / 16 * np.log(4) + 1 / 16 * np.log(4 / 3)) / 2)
    hard = 9 / 16 + 2 * (1 / 4) * (3 / 4) * np.log(4)  # (1-p)² - 2 p (1-p) log p
    sure = 1 / 16 + 2 * (3 / 4) * (1 / 4) * np.log(4 / 3)
    expected = np.array([[-hard * 3 / 4, hard * 3 / 4], [sure / 4, -sure / 4]]) / 2
    np.testing.assert_allclose(dlogits, expected)


def test_gamma_0_is_cross_entropy(rng):
    logits, y = rng.standard_normal((6, 4)), labels(rng, (6, 4))
    loss, dlogits = Focal(gamma=0, alpha=WEIGHTS)(logits, y)
    same, dsame = SoftmaxCrossEntropy(class_weights=WEIGHTS)(logits, y)
    assert loss == pytest.approx(same)
    np.testing.assert_allclose(dlogits, dsame, atol=1e-15)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2])
def test_a_sample_that_is_surely_right_costs_nothing(gamma):
    loss, dlogits = Focal(gamma)(np.array([[1e3, 0, 0]]), np.array([0]))
    assert loss == 0
    np.testing.assert_array_equal(dlogits, 0)


def test_bad_options_are_refused():
    with pytest.raises(InputError, match="gamma: expected 0 or more, received -1"):
        Focal(gamma=-1)
    with pytest.raises(
        InputError, match="alpha: expected one number of 0 or more for each class, received"
    ):
        Focal(alpha=0.25)
    with pytest.raises(ShapeError, match="alpha: expected one number for each of the 4 outputs"):
        Focal(alpha=(1, 2))(np.zeros((2, 4)), np.array([0, 1]))
