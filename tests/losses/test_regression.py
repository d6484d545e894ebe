from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.losses import MAE, MSE, Huber

OUTPUTS, TARGETS = np.array([[1.0, 2.0], [5.0, -1.0]]), np.array([[1.0, 1.5], [2.0, 1.0]])
# differences 0, 0.5, 3, -2


def test_mse_by_hand():
    loss, doutputs = MSE()(OUTPUTS, TARGETS)
    assert loss == (0.25 + 9 + 4) / 4
    np.testing.assert_array_equal(doutputs, np.array([[0, 0.5], [3, -2]]) / 2)


def test_mae_by_hand():
    loss, doutputs = MAE()(OUTPUTS, TARGETS)
    assert loss == 5.5 / 4
    np.testing.assert_array_equal(doutputs, np.array([[0, 1], [1, -1]]) / 4)


def test_huber_by_hand():
    loss, doutputs = Huber(delta=1)(OUTPUTS, TARGETS)
    assert loss == (0.125 + 2.5 + 1.5) / 4
    np.testing.assert_array_equal(doutputs, np.array([[0, 0.5], [1, -1]]) / 4)


def test_huber_is_half_the_squared_error_near_and_delta_times_the_absolute_far():
    near, _ = Huber(delta=10)(OUTPUTS, TARGETS)
    assert near == pytest.approx(MSE()(OUTPUTS, TARGETS)[0] / 2)
    far, _ = Huber(delta=1e-6)(OUTPUTS, TARGETS)
    assert far == pytest.approx(1e-6 * MAE()(OUTPUTS, TARGETS)[0], rel=1e-5)


@pytest.mark.parametrize("delta", [0, -1, float("nan")])
def test_delta_is_positive(delta):
    with pytest.raises(InputError, match="delta: expected a positive finite number"):
        Huber(delta)
