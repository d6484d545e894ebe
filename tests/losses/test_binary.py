from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError
from chainrule.losses import BinaryCrossEntropy, SoftmaxCrossEntropy

from ..contract import BACKENDS


def test_by_hand():
    """σ(log 3) = 3/4: the losses are log 4/3, log 4 and their mean."""
    logits = np.full(3, np.log(3))
    loss, dlogits = BinaryCrossEntropy()(logits, np.array([1, 0, 0.5]))
    assert loss == pytest.approx((np.log(4 / 3) + np.log(4)) / 2)
    np.testing.assert_allclose(dlogits, np.array([-0.25, 0.75, 0.25]) / 3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_logit_overflows(backend):
    logits = np.array([1e30, -1e30, 1e30, 0], np.float32)
    with kernels.use(backend):
        loss, dlogits = BinaryCrossEntropy()(logits, np.array([1.0, 0, 1, 0]))
    assert loss == pytest.approx(np.log(2) / 4)
    np.testing.assert_allclose(dlogits, [0, 0, 0, 0.125], atol=1e-37)


def test_small_probabilities_keep_their_digits():
    """log(1 + e⁻⁴⁰) is 0 where 1 + e⁻⁴⁰ is rounded to 1 first."""
    loss, _ = BinaryCrossEntropy()(np.array([-40.0]), np.array([0.0]))
    assert loss == pytest.approx(np.exp(-40), rel=1e-12, abs=0)


def test_it_is_the_cross_entropy_of_two_classes(rng):
    z, y = rng.standard_normal(7), rng.integers(2, size=7)
    loss, dz = BinaryCrossEntropy()(z, y.astype(float))
    same, dlogits = SoftmaxCrossEntropy()(np.stack([np.zeros(7), z], axis=1), y)
    assert loss == pytest.approx(same)
    np.testing.assert_allclose(dz, dlogits[:, 1])


@pytest.mark.parametrize("bad", [-0.5, 1.5])
def test_targets_are_probabilities(bad):
    with pytest.raises(InputError, match=rf"probabilities in \[0, 1\], received {bad}"):
        BinaryCrossEntropy()(np.zeros(3), np.array([0, bad, 1]))
