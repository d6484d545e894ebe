from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.kernels.reference.updates_muon import COEFFICIENTS, orthogonal
from chainrule.layers import Parameter
from chainrule.optim import SGD, Adam, Muon


def parameter(value):
    p = Parameter(value.shape, lambda rng, shape: np.zeros(shape))
    p.value = value
    return p


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 7), (7, 1)])
@pytest.mark.parametrize("steps", [1, 5])
def test_newton_schulz_applies_its_polynomial_to_the_singular_values(rng, shape, steps):
    g = rng.standard_normal(shape)
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    s = s / np.sqrt((s**2).sum())
    a, b, c = COEFFICIENTS
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    np.testing.assert_allclose(orthogonal(g, steps), u @ np.diag(s) @ vt, rtol=1e-6, atol=1e-6)


def test_five_steps_bring_singular_values_near_one():
    values = np.geomspace(0.01, 1, 200)
    g = np.diag(values) * np.sqrt((values**2).sum()) / np.linalg.norm(values)
    result = np.diag(orthogonal(g, 5))
    norm = values / np.linalg.norm(values)
    assert result[norm > 0.01].min() > 0.65
    assert result[norm > 0.01].max() < 1.25


def test_one_step_of_a_rotation_by_hand():
    """An orthogonal gradient keeps its direction: w moves by lr · scale · p⁵(1/√2) along it."""
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    s = 1 / np.sqrt(2)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    w = parameter(np.zeros((2, 2)))
    w.grad = 7 * rotation
    Muon(0.1, adjust_lr_fn="original").step([("w", w)])
    np.testing.assert_allclose(w.value, -0.1 * s * rotation, rtol=1e-6)


@pytest.mark.parametrize(
    ("adjust_lr_fn", "shape", "scale"),
    [
        ("original", (4, 16), 2.0),
        ("original", (16, 4), 1.0),
        ("original", (1, 16), 4.0),
        ("match_rms_adamw", (4, 16), 0.8),
        ("match_rms_adamw", (25, 4), 1.0),
        ("match_rms_adamw", (25, 1), 1.0),
        ("match_rms_adamw", (3, 3, 1, 4), 0.6),
    ],
)
def test_the_scale_follows_the_shape(rng, adjust_lr_fn, shape, scale):
    grad = rng.standard_normal(shape)
    w = parameter(np.zeros(shape))
    w.grad = grad.copy()
    Muon(1.0, adjust_lr_fn=adjust_lr_fn, momentum=0.0).step([("w", w)])
    expected = orthogonal(grad.reshape(-1, shape[-1]), 5).reshape(shape)
    np.testing.assert_allclose(w.value, -scale * expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "looks_ahead"),
    [({}, True), ({"nesterov": True}, True), ({"nesterov": False}, False)],
)
def test_the_second_step_by_its_momentum(rng, options, looks_ahead):
    """m = 0.5 · 0.5 g₁ + 0.5 g₂; looking ahead, u = 0.5 m + 0.5 g₂."""
    g1, g2 = rng.standard_normal((2, 4, 4))
    w = parameter(np.zeros((4, 4)))
    muon = Muon(1.0, momentum=0.5, adjust_lr_fn="original", weight_decay=0.0, **options)
    w.grad = g1.copy()
    muon.step([("w", w)])
    first, w.grad = w.value.copy(), g2.copy()
    muon.step([("w", w)])
    m = g1 / 4 + g2 / 2
    u = m / 2 + g2 / 2 if looks_ahead else m
    np.testing.assert_allclose(w.value - first, -orthogonal(u, 5), rtol=1e-9, atol=1e-12)


def test_steps_are_as_large_as_those_of_adam(rng):
    w = parameter(np.zeros((3, 3, 16, 32), np.float32))
    w.grad = rng.standard_normal(w.shape, np.float32)
    Muon(1.0).step([("w", w)])
    assert 0.15 < np.sqrt((w.value**2).mean()) < 0.25  # AdamW's, of rate 1, is 0.2 to 0.4


def test_vectors_take_adamw(rng):
    ours, theirs = (parameter(np.ones(5)) for _ in range(2))
    muon, adam = Muon(0.01, weight_decay=0.3), Adam(0.01, weight_decay=0.3)
    for _ in range(4):
        ours.grad = rng.standard_normal(5)
        theirs.grad = ours.grad.copy()
        muon.step([("bias", ours)])
        adam.step([("bias", theirs)])
    np.testing.assert_array_equal(ours.value, theirs.value)


def test_the_rest_may_take_nesterovs_sgd(rng):
    ours = {"head": parameter(np.ones((3, 2))), "bias": parameter(np.ones(5))}
    theirs = {path: parameter(p.value.copy()) for path, p in ours.items()}
    muon = Muon(0.1, rest="sgd", rest_momentum=0.8, linear=False, weight_decay=0.3)
    sgd = SGD(0.1, momentum=0.8, nesterov=True, weight_decay=0.3)
    for _ in range(3):
        for path, p in ours.items():
            p.grad = rng.standard_normal(p.shape)
            theirs[path].grad = p.grad.copy()
        muon.step(list(ours.items()))
        sgd.step(list(theirs.items()))
    for path, p in ours.items():
        np.testing.assert_array_equal(p.value, theirs[path].value)


def test_without_momentum_the_rest_takes_plain_sgd():
    w = parameter(np.array([1.0]))
    w.grad = np.array([0.5])
    Muon(0.1, rest="sgd", rest_momentum=0.0, weight_decay=0.0).step([("w", w)])
    assert w.value.tolist() == [0.95]


def test_rules_by_shape():
    bias, linear, filters = np.zeros(2), np.zeros((2, 2)), np.zeros((1, 1, 2, 2))
    assert [Muon().rule(w) for w in (bias, linear, filters)] == ["AdamW", "Muon", "Muon"]
    last = Muon(linear=False, rest="sgd")
    assert [last.rule(w) for w in (bias, linear, filters)] == ["SGD", "SGD", "Muon"]


def test_weights_are_normalized_before_the_step(rng):
    w = parameter(rng.standard_normal((3, 3, 2, 4)))
    before, grad = w.value.copy(), rng.standard_normal((3, 3, 2, 4))
    w.grad = grad.copy()
    Muon(0.1, momentum=0.0, adjust_lr_fn="original", normalize_weights=True, weight_decay=0.0).step(
        [("w", w)]
    )
    step = orthogonal(grad.reshape(-1, 4), 5).reshape(w.shape)
    np.testing.assert_allclose(w.value, 2 * before / np.linalg.norm(before) - 0.1 * step, rtol=1e-9)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_weights_of_zero_and_frozen_ones_are_left(start):
    w = parameter(np.full((2, 2), start))
    w.grad = np.eye(2)
    frozen = {"w": {"lr_scale": 0.0}} if start else {}
    Muon(0.1, normalize_weights=True, groups=frozen).step([("w", w)])
    assert np.isfinite(w.value).all()
    assert (w.value == 1).all() == bool(start)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rest": "sdg"}, "unknown rest 'sdg'; did you mean 'sgd'"),
        ({"momentum": 1.0}, r"momentum: expected a number in \[0, 1\), received 1.0"),
        ({"ns_steps": 0}, "ns_steps: expected a whole number of at least 1, received 0"),
        ({"adjust_lr_fn": "orignal"}, "unknown adjust_lr_fn 'orignal'; did you mean 'original'"),
    ],
)
def test_refuses_options_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        Muon(**options)
