from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.optim import SGD


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.9, 0.7]),  # w - 0.1 g
        ({"momentum": 0.5}, [0.9, 0.65]),  # v = 1, then 0.5·1 + 2 = 2.5
        ({"momentum": 0.5, "nesterov": True}, [0.85, 0.525]),  # g + μ v: 1.5, then 2 + 1.25
        ({"weight_decay": 1.0}, [0.8, 0.52]),  # 0.9 w - 0.1 g
    ],
)
def test_two_steps_by_hand(options, expected):
    w = Parameter((1,), lambda rng, shape: np.zeros(shape))
    w.value = np.array([1.0])
    optimizer = SGD(0.1, **options)
    seen = []
    for grad in (1.0, 2.0):
        w.grad = np.array([grad])
        optimizer.step([("w", w)])
        seen.append(w.value[0])
    np.testing.assert_allclose(seen, expected)


def test_refuses_momentum_that_cannot_be():
    with pytest.raises(InputError, match=r"momentum: expected a number in \[0, 1\)"):
        SGD(0.1, momentum=1.0)
    with pytest.raises(InputError, match="nesterov=True needs momentum > 0"):
        SGD(0.1, nesterov=True)
