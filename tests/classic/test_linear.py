from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.classic import LinearSVM, RandomSearch, SoftmaxRegression
from chainrule.classic.centered import Centered


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()


@pytest.mark.parametrize("kind", [LinearSVM, SoftmaxRegression])
def test_the_loss_falls_and_the_templates_are_the_weights(digits, kind):
    train, test = digits
    model = kind(epochs=10).fit(train.images, train.labels)
    assert len(model.loss_curve_) == len(model.accuracy_curve_) == 10
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.score(test.images, test.labels) > 0.93
    assert model.coef_.shape == (10, 64) and model.intercept_.shape == (10,)
    np.testing.assert_array_equal(model.templates_.reshape(10, 64), model.coef_)
    x = test.images.reshape(len(test), -1).astype(np.float64)
    scores = model.decision_function(x)
    np.testing.assert_allclose(scores, x @ model.coef_.T + model.intercept_)
    np.testing.assert_allclose(model.decision_function(test.images), scores, atol=1e-3)


def test_the_solution_is_the_minimum_of_its_loss():
    """At the minimum of a strictly convex loss its gradient is zero."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 3)), rng.integers(0, 3, 60)
    model = SoftmaxRegression(reg=0.1, lr=0.5, epochs=400, batch_size=60).fit(x, y)
    centered = Centered.of(x)
    z = ((x - centered.mean) / centered.scale).astype(np.float64)
    w = model.coef_ * centered.scale
    p = np.exp(model.decision_function(x))
    p /= p.sum(axis=1, keepdims=True)
    gradient = (p - np.eye(3)[y]).T @ z / len(x) + 0.1 * w
    np.testing.assert_allclose(gradient, 0, atol=2e-3)


def test_units_do_not_matter(digits):
    train, test = digits
    rows = train.images.reshape(len(train), -1)
    expected = SoftmaxRegression(epochs=3).fit(rows.astype(float), train.labels)
    for scale, offset in ((1 / 255, 0), (1e4, -7e5)):
        moved = SoftmaxRegression(epochs=3).fit(rows * scale + offset, train.labels)
        np.testing.assert_allclose(moved.loss_curve_, expected.loss_curve_, rtol=1e-3)
        tests = test.images.reshape(len(test), -1) * scale + offset
        assert (
            abs(moved.score(tests, test.labels) - expected.score(test.images, test.labels)) < 0.01
        )


def test_two_classes_have_one_margin(digits):
    train, _ = digits
    two = train.labels < 2
    for kind in (LinearSVM, SoftmaxRegression, RandomSearch):
        model = kind().fit(train.images[two], np.array(["no", "yes"])[train.labels[two]])
        margin = model.decision_function(train.images[two])
        assert margin.shape == (two.sum(),)
        np.testing.assert_array_equal(
            model.predict(train.images[two]), np.where(margin > 0, "yes", "no")
        )


def test_probabilities_are_the_softmax_of_the_scores(digits):
    train, test = digits
    model = SoftmaxRegression(epochs=3).fit(train.images, train.labels)
    p = model.predict_proba(test.images)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(p, cr.metrics.softmax(model.decision_function(test.images)))


def test_the_same_random_state_is_the_same_model(digits):
    train, _ = digits
    for kind in (LinearSVM, RandomSearch):
        options = {"epochs": 2} if kind is LinearSVM else {"draws": 5}
        first, again, other = (
            kind(**options, random_state=seed).fit(train.images, train.labels).coef_
            for seed in (3, 3, 4)
        )
        np.testing.assert_array_equal(first, again)
        assert np.abs(first - other).max() > 0


def test_random_search_keeps_the_best_draw(digits):
    train, _ = digits
    search = RandomSearch(draws=70).fit(train.images, train.labels)
    curve = search.accuracy_curve_
    assert len(curve) == 70 and curve == sorted(curve)
    assert curve[-1] == pytest.approx(search.score(train.images, train.labels), abs=0.002)
    fewer = RandomSearch(draws=10).fit(train.images, train.labels)
    assert fewer.accuracy_curve_ == curve[:10]
    descent = SoftmaxRegression(epochs=2).fit(train.images, train.labels)
    assert descent.accuracy_curve_[-1] > 2 * curve[-1]


def test_constant_features_and_constant_data(digits):
    x = np.array([[1.0, 5], [2, 5], [3, 5], [4, 5]])
    assert LinearSVM().fit(x, [0, 0, 1, 1]).score(x, [0, 0, 1, 1]) == 1
    same = SoftmaxRegression(epochs=2).fit(np.full((4, 2), 7.0), [0, 0, 0, 1])
    assert np.isfinite(same.decision_function(np.full((1, 2), 7.0))).all()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (LinearSVM(reg=-1), "reg: expected 0 or more, received -1"),
        (LinearSVM(lr=0), "lr: expected a positive finite number, received 0"),
        (LinearSVM(epochs=0), "epochs: expected a whole number of at least 1, received 0"),
        (LinearSVM(batch_size=1.5), "batch_size: expected a whole number"),
        (LinearSVM(random_state=-1), "random_state: expected a whole number"),
        (LinearSVM(lr=1e30), "lr: expected a rate that converges, received 1e.30"),
        (SoftmaxRegression(lr="fast"), "lr: expected a positive finite number"),
        (RandomSearch(draws=0), "draws: expected a whole number of at least 1"),
    ],
)
def test_parameters_are_checked_by_fit(digits, made, message):
    train, _ = digits
    with pytest.raises(cr.InputError, match=message):
        made.fit(train.images, train.labels)


def test_templates_are_drawn_in_gray_and_in_color(digits):
    train, _ = digits
    model = LinearSVM(epochs=1).fit(train.images, train.labels)
    chart = model.plot_templates()
    assert [axes.get_title() for axes in chart.axes][:10] == list("0123456789")
    color = np.repeat(train.images, 3, axis=3)
    chart = LinearSVM(epochs=1).fit(color, train.labels).plot_templates()
    shown = chart.axes[0].images[0].get_array()
    assert shown.shape == (8, 8, 3) and shown.min() == 0 and shown.max() == 1
