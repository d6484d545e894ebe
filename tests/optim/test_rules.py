"""Each rule's first steps, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.optim import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    Adan,
    Lion,
    Muon,
    NAdam,
    Optimizer,
    RMSProp,
)


def path(optimizer: Optimizer, gradients: list[float], start: float = 0.0) -> list[float]:
    """Where one number goes, gradient by gradient."""
    w = Parameter((1,), lambda rng, shape: np.zeros(shape))
    w.value = np.array([start])
    places = []
    for gradient in gradients:
        w.grad = np.array([gradient])
        optimizer.step([("w", w)])
        places.append(float(w.value[0]))
    return places


def test_adagrad_divides_by_all_it_has_seen():
    assert path(AdaGrad(1.0), [3.0, 4.0]) == pytest.approx([-1.0, -1.0 - 4 / 5])


def test_rmsprop_starts_with_long_steps():
    first = 1 / math.sqrt(0.01)  # v = 0.01 g²
    second = 2 / math.sqrt(0.99 * 0.01 + 0.01 * 4)
    assert path(RMSProp(1.0), [1.0, 2.0]) == pytest.approx([-first, -first - second], rel=1e-6)


def test_adadelta_starts_with_steps_of_the_size_of_sqrt_eps():
    d1 = math.sqrt(0.01) / math.sqrt(0.5 * 1 + 0.01)
    d2 = 2 * math.sqrt(0.5 * d1**2 + 0.01) / math.sqrt(0.25 + 0.5 * 4 + 0.01)
    assert path(AdaDelta(rho=0.5, eps=0.01), [1.0, 2.0]) == pytest.approx([-d1, -d1 - d2])


def test_lion_steps_by_the_sign_of_a_mix():
    # m: 0, then 0.1, -0.3; mixes: 0.5·2 > 0, 0.5·0.02 - 0.5·0.3 < 0 …
    optimizer = Lion(0.25, beta1=0.5, beta2=0.99)
    assert path(optimizer, [2.0, -0.3, 0.0]) == [-0.25, 0.0, -0.25]
    m = 0.01 * 2.0
    m = 0.99 * m + 0.01 * -0.3
    m = 0.99 * m
    np.testing.assert_allclose(optimizer.state()["w/m"], m)


def test_lion_stands_still_where_nothing_pulls():
    assert path(Lion(0.1), [0.0, 0.0], start=2.0) == [2.0, 2.0]


def test_lion_decays_apart_from_the_sign():
    assert path(Lion(0.1, weight_decay=0.5), [0.0], start=2.0) == pytest.approx([1.9])


def test_nadam_first_step_by_hand():
    """m = 0.1 g, v̂ = g²; the momenta of steps 1 and 2 are about 0.45."""
    mu1, mu2 = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * t)) for t in (1, 2))
    step = (1 - mu1) / (1 - mu1) + mu2 * 0.1 / (1 - mu1 * mu2)
    assert path(NAdam(1.0), [5.0]) == pytest.approx([-step])


def test_nadam_goes_on_from_any_step_with_the_product_of_all_momenta():
    fresh, walked = NAdam(), NAdam()
    for step in range(1, 50):
        walked._momenta(step)
    assert fresh._momenta(49) == walked._momenta(49)
    assert walked._momenta(3) == NAdam()._momenta(3)  # a state of an earlier step was loaded


def test_adamw_decays_unless_told():
    assert path(AdamW(0.1), [0.0], start=1.0) == pytest.approx([1 - 0.1 * 0.01])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AdaGrad(eps=0), "eps: expected a positive finite number, received 0"),
        (lambda: RMSProp(alpha=1.0), r"alpha: expected a number in \[0, 1\), received 1.0"),
        (lambda: AdaDelta(rho=-0.1), r"rho: expected a number in \[0, 1\), received -0.1"),
        (lambda: NAdam(momentum_decay=-1), "momentum_decay: expected 0 or more, received -1"),
        (lambda: Lion(beta2=1.0), r"beta2: expected a number in \[0, 1\), received 1.0"),
    ],
)
def test_refuses_options_that_cannot_be(build, message):
    with pytest.raises(InputError, match=message):
        build()


@pytest.mark.parametrize(
    ("optimizer", "betas"),
    [
        (Adan(1.0, beta1=0.5, beta2=0.25, beta3=0.75, eps=1e-12), (0.5, 0.25, 0.75)),
        (Adan(1.0), (0.98, 0.92, 0.99)),  # of the authors' code
    ],
)
def test_adan_by_hand(optimizer, betas):
    """At first there is no change to follow, so it is Adam; then the gradient doubles."""
    b1, b2, b3 = betas
    first, second = path(optimizer, [2.0, 4.0])
    assert first == pytest.approx(-1.0)  # m̂ = 2, v̂ = 4
    m = (b1 * (1 - b1) * 2 + (1 - b1) * 4) / (1 - b1**2)
    delta = (1 - b2) * 2 / (1 - b2**2)
    v = (b3 * (1 - b3) * 4 + (1 - b3) * (4 + b2 * 2) ** 2) / (1 - b3**2)
    assert second - first == pytest.approx(-(m + b2 * delta) / math.sqrt(v))


@pytest.mark.parametrize(
    ("build", "gradient", "step", "decay"),
    [
        (SGD, 1.0, 0.01, 0),
        (AdaGrad, 1e-10, 0.01 / 2, 0),  # √v = |g| = ε
        (RMSProp, 1e-7, 0.01 * 10 / 2, 0),  # √v = 0.1 |g| = ε
        (AdaDelta, 1e-3, 1e-3 / math.sqrt(1.1), 0),  # √(0 + 1e-6) / √(0.1 g² + 1e-6)
        (Adam, 1e-8, 1e-3 / 2, 0),  # √v̂ = |g| = ε, here and below
        (AdamW, 1e-8, 1e-3 / 2, 0.01),
        (Adan, 1e-8, 1e-3 / 2, 0),
        (NAdam, 1e-8, 2e-3 / 2 * (1 + 0.1 * 0.45 / (1 - 0.45**2)), 0),
        (Lion, 1e-8, 1e-4, 0),
        (Muon, 1e-8, 1e-3 / 2, 0.1),  # a vector: AdamW
    ],
)
def test_the_first_step_with_the_published_settings(build, gradient, step, decay):
    """As lr is the default's, w ← w - lr λ w for the decay."""
    optimizer = build()
    expected = 1 - step - optimizer.lr * decay
    assert path(optimizer, [gradient], start=1.0) == pytest.approx([expected], abs=step / 1000)
