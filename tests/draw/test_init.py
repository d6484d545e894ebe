from __future__ import annotations

import numpy as np
import pytest

from chainrule.draw import init
from chainrule.layers import ReLU, Tanh

STARTS = {start.title: start for start in init.STARTS}


@pytest.fixture
def stds(monkeypatch):
    monkeypatch.setattr(init, "WIDTH", 200)
    monkeypatch.setattr(init, "SAMPLES", 300)

    def of(nonlinear, title):
        outputs = init.activations(nonlinear, STARTS[title])
        assert [y.shape for y in outputs] == [(300, 200)] * init.DEPTH
        return np.array([y.std() for y in outputs])

    return of


@pytest.mark.parametrize("nonlinear", [Tanh, ReLU])
def test_small_weights_let_the_signal_die(nonlinear, stds):
    """Each layer's sum of 200 products with weights of 0.01 is 0.14 times its input."""
    std = stds(nonlinear, "Small")
    assert (std[1:] < 0.2 * std[:-1]).all()


def test_xavier_loses_a_half_of_the_mean_square_at_each_relu(stds):
    std = stds(ReLU, "Xavier")
    assert (std[-1] / std[0]) ** (1 / 9) == pytest.approx(np.sqrt(0.5), rel=0.05)


def test_he_keeps_the_signal_of_relu_and_xavier_that_of_tanh(stds):
    he, xavier = stds(ReLU, "He"), stds(Tanh, "Xavier")
    assert he[-1] == pytest.approx(he[0], rel=0.25)
    assert xavier[-1] > 0.3 * xavier[0]


@pytest.mark.parametrize("nonlinear", [Tanh, ReLU])
def test_batch_norm_repairs_small_weights(nonlinear, stds):
    std = stds(nonlinear, "Batch norm")
    np.testing.assert_allclose(std, std[0], rtol=0.05)
    assert std[0] > 0.5
