from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.optim import Adam


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_first_step_is_the_learning_rate_whatever_the_gradient(scale, dtype):
    """Bias-corrected, m̂ / √v̂ is the sign of the first gradient."""
    w = Parameter((2,), lambda rng, shape: np.zeros(shape))
    w.value = np.array([1.0, 1.0], dtype)
    w.grad = np.array([scale, -3 * scale], dtype)
    Adam(0.01).step([("w", w)])
    np.testing.assert_allclose(w.value, [0.99, 1.01], rtol=2e-7)


def test_two_steps_by_hand():
    w = Parameter((1,), lambda rng, shape: np.zeros(shape))
    w.value = np.array([0.0])
    optimizer = Adam(1.0, beta1=0.5, beta2=0.75, eps=0.0)
    for grad in (2.0, 4.0):
        w.grad = np.array([grad])
        optimizer.step([("w", w)])
    # m = 0.5·1 + 0.5·4 = 2.5, m̂ = 2.5 / 0.75;  v = 0.75·1 + 0.25·16 = 4.75, v̂ = 4.75 / 0.4375
    np.testing.assert_allclose(w.value, -1 - (2.5 / 0.75) / np.sqrt(4.75 / 0.4375))


@pytest.mark.parametrize("name", ["beta1", "beta2"])
def test_refuses_a_beta_that_cannot_be(name):
    with pytest.raises(InputError, match=rf"{name}: expected a number in \[0, 1\), received 1"):
        Adam(**{name: 1.0})
