from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ensemble import calibration_error, fit_temperature, reliability, with_temperature
from chainrule.metrics import softmax


def naive_error(labels, p, bins):
    """The definition, an answer at a time."""
    total = 0.0
    for b in range(bins):
        inside = [
            (p[i].argmax() == labels[i], p[i].max())
            for i in range(len(p))
            if b / bins < p[i].max() <= (b + 1) / bins
        ]
        if inside:
            right, sure = np.mean(inside, axis=0)
            total += len(inside) / len(p) * abs(right - sure)
    return total


@given(st.integers(1, 200), st.integers(2, 6), st.integers(1, 20), st.integers(0))
@settings(max_examples=50, deadline=None)
def test_the_error_is_that_of_its_definition(n, k, bins, seed):
    rng = np.random.default_rng(seed)
    p = softmax(3 * rng.standard_normal((n, k)))
    labels = rng.integers(0, k, n)
    assert calibration_error(labels, p, bins) == pytest.approx(naive_error(labels, p, bins))


def test_worked_by_hand():
    p = np.array([[0.6, 0.4], [0.65, 0.35], [0.95, 0.05], [0.1, 0.9]])
    found = reliability(np.array([0, 1, 0, 1]), p, bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 1, 1]
    assert found.accuracy[[5, 6, 8, 9]].tolist() == [1, 0, 1, 1]
    assert found.error == pytest.approx((0.4 + 0.65 + 0.1 + 0.05) / 4)


def test_the_ends_of_the_scale_are_in_a_bin():
    p = np.array([[1.0, 0.0], [0.5, 0.5], [np.nan, np.nan]])
    found = reliability(np.array([0, 1, 0]), p, bins=2)
    assert found.counts.tolist() == [2, 1]  # the one without an answer is unsure and wrong
    assert found.accuracy.tolist() == [0, 1]
    assert reliability(np.array([0]), np.array([[1.0 + 1e-7, 0.0]])).counts[-1] == 1


def test_the_temperature_is_the_minimum():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 400)
    z = rng.standard_normal((400, 5)) + 2 * np.eye(5)[labels]
    for scale in (0.2, 1.0, 7.0):
        t = fit_temperature(scale * z, labels)

        def loss(temperature, scale=scale):
            return cr.losses.SoftmaxCrossEntropy()(scale * z / temperature, labels)[0]

        assert loss(t) <= min(loss(t * 1.01), loss(t / 1.01))
    assert fit_temperature(7.0 * z, labels) == pytest.approx(7 * fit_temperature(z, labels))
    assert fit_temperature(z + 1e4, labels) == pytest.approx(fit_temperature(z, labels), rel=1e-6)


def test_it_mends_the_confidence_and_changes_no_answer():
    rng = np.random.default_rng(0)
    true = 1.5 * rng.standard_normal((4000, 4))
    labels = np.array([rng.choice(4, p=p) for p in softmax(true)])
    sure = (3 * true).astype(np.float32)
    t = fit_temperature(sure[:2000], labels[:2000])
    assert t == pytest.approx(3, rel=0.15)
    cooled = with_temperature(sure[2000:], t)
    assert cooled.dtype == np.float32
    np.testing.assert_array_equal(cooled.argmax(axis=1), sure[2000:].argmax(axis=1))
    before, after = (calibration_error(labels[2000:], softmax(z)) for z in (sure[2000:], cooled))
    assert after < 0.04 < 0.15 < before


def test_logits_that_say_nothing_are_as_hot_as_can_be():
    z = np.array([[5.0, 0.0]] * 4)
    assert fit_temperature(z, np.array([1, 1, 0, 1])) == pytest.approx(100)


@pytest.mark.parametrize(
    ("function", "labels", "values", "message"),
    [
        (calibration_error, [0, 1], np.ones(2), r"probabilities: expected numbers \(N, K\)"),
        (calibration_error, [0], np.ones((2, 2)), "expected equally many, received 1 and 2"),
        (calibration_error, [0, 2], np.ones((2, 2)), r"labels: expected values in 0..1"),
        (calibration_error, [], np.empty((0, 2)), "probabilities: expected numbers"),
        (calibration_error, [0, 1], np.full((2, 2), 3.0), "of logits take the softmax"),
        (calibration_error, [0, 1], np.full((2, 2), -1.0), r"expected values in \[0, 1\]"),
        (fit_temperature, [0, 1], np.full((2, 2), np.nan), "logits: expected finite numbers"),
        (fit_temperature, [0, 1], np.eye(2), "a wrong answer or more .* received 2 images"),
    ],
)
def test_what_cannot_be_is_one_line(function, labels, values, message):
    with pytest.raises(cr.InputError, match=message):
        given = np.array(labels, np.int64), values
        function(*(reversed(given) if function is fit_temperature else given))
    with pytest.raises(cr.InputError, match="temperature: expected a positive finite number"):
        with_temperature(np.eye(2), 0)


def test_it_is_shown_and_drawn():
    rng = np.random.default_rng(0)
    found = reliability(rng.integers(0, 3, 90), softmax(rng.standard_normal((90, 3))))
    assert repr(found).startswith("calibration error ") and "<table" in found._repr_html_()
    upper, lower = found.plot().axes
    assert sum(bar.get_height() for bar in lower.patches) == 90
    assert "ECE" in upper.get_title()
