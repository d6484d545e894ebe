"""What cannot be is refused in one line, as scikit-learn's users know it: by a ValueError."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleWarning, InputError
from chainrule.hints import HINTS

from .cases import make, net

pytest.importorskip("sklearn", minversion="1.6")

from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

REFUSED = [
    ({"model": "mpl"}, "did you mean 'mlp'"),
    ({"model": None}, "model: expected a name as 'mlp'"),
    ({"model": cr.layers.Linear}, "model: expected a name"),
    ({"model": lambda inputs, classes: 3, "model_params": None}, "a function that returns a layer"),
    ({"model": net, "model_params": {"widht": 3}}, "did you mean 'width'"),
    ({"model": cr.models.mlp((8, 8, 1), (8,), 7), "model_params": None}, "expected 10 outputs"),
    ({"model": cr.models.mlp((8, 8, 1), (8,), 10)}, "model_params: expected none beside a model"),
    ({"model_params": {"hiden": (3,)}}, "did you mean 'hidden'"),
    ({"model_params": [1]}, "model_params: expected a dict"),
    ({"image_shape": (3, 3)}, "image_shape: expected the shape of 64 values"),
    ({"image_shape": "big"}, "image_shape: expected"),
    ({"epochs": 0}, "epochs: expected a whole number of at least 1"),
    ({"epochs": "many"}, 'epochs: expected a whole number or "auto"'),
    ({"batch_size": 0.5}, "batch_size: expected a whole number"),
    ({"batch_size": None}, "batch_size: expected a whole number"),
    ({"optimizer": "adm"}, "did you mean 'adam'"),
    ({"optimizer": 3}, "optimizer: expected a name as 'adam'"),
    ({"optimizer": cr.optim.Adam(), "learning_rate": 0.1}, "learning_rate: expected None"),
    (
        {"optimizer": cr.optim.Adam(), "learning_rate": None, "optimizer_params": {"eps": 1}},
        "optimizer_params: expected",
    ),
    ({"optimizer_params": {"lr": 1}}, "write learning_rate"),
    ({"learning_rate": -1}, "learning_rate: expected a positive"),
    ({"learning_rate": "fast"}, "learning_rate: expected a positive"),
    ({"schedule": "cosin"}, "did you mean 'cosine'"),
    ({"schedule": "multi-step"}, "schedule: expected one of constant, cosine"),
    ({"loss": "mse"}, "loss: MSE compares outputs with numbers"),
    ({"class_weight": {"a": 1}}, "class_weight: expected labels of 10 classes"),
    ({"class_weight": "equal"}, 'class_weight: expected "balanced"'),
    ({"class_weight": {1: -1}}, "class_weight: expected numbers of 0 or more"),
    ({"augment": "flop"}, "did you mean 'flip'"),
    ({"augment": 3}, "augment: expected the name of a preset"),
    ({"early_stopping": True, "validation_fraction": 0}, "validation_fraction: expected"),
    ({"early_stopping": True, "validation_fraction": 1.5}, "validation_fraction: expected"),
    ({"early_stopping": True, "n_iter_no_change": 0}, "n_iter_no_change: expected"),
    ({"callbacks": 3}, "callbacks: expected"),
    ({"random_state": np.zeros((2, 2))}, "random_state: expected a whole number, a RandomState"),
    ({"random_state": -1}, "random_state: expected a whole number"),
    ({"optimizer": "sgd", "learning_rate": 1e20}, "the training has diverged"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_arguments_that_cannot_be_are_refused_by_fit(options, words, digits):
    clf = make(**options)
    with pytest.raises(InputError, match=words) as raised:
        clf.fit(*digits)
    assert "\n" not in str(raised.value)
    assert not hasattr(clf, "model_")


def data_refused():
    X, y = load_digits(return_X_y=True)
    X, y = X[:40], y[:40]
    with_nan = np.where(X == 3, np.nan, X)
    return {
        "one class": (lambda: make().fit(X, np.zeros(40)), "y: expected samples of 2 classes"),
        "one class with a weight": (
            lambda: make().fit(X, y, sample_weight=y == 3), "received 1 class, 3"
        ),
        "NaN": (lambda: make().fit(with_nan, y), "contains NaN"),
        "infinity": (lambda: make().fit(np.where(X == 3, np.inf, X), y), "infinity"),
        "NaN label": (lambda: make().fit(X, np.where(y == 3, np.nan, y)), "y contains NaN"),
        "empty": (lambda: make().fit(X[:0], y[:0]), r"0 sample\(s\)"),
        "no features": (lambda: make().fit(X[:, :0], y), r"0 feature\(s\)"),
        "other features": (lambda: make().fit(X, y).predict(X[:, :5]), "X has 5 features"),
        "lengths": (lambda: make().fit(X, y[:5]), "inconsistent numbers of samples"),
        "negative weights": (lambda: make().fit(X, y, -np.ones(40)), "sample_weight: .*-1"),
        "weights of another length": (lambda: make().fit(X, y, np.ones(5)), "expected 40 numbers"),
        "numbers to regress on": (lambda: make().fit(X, X[:, 2] / 7), "[Uu]nknown label type"),
        "several labels": (lambda: make().fit(X, np.eye(10)[y]), "1d array"),
        "five axes": (lambda: make().fit(np.zeros((4, 2, 2, 2, 2)), y[:4]), "dim"),
        "channels first": (
            lambda: make().fit(np.zeros((40, 3, 8, 8)), y), "looks like .N, C, H, W."
        ),
        "channels first later": (
            lambda: make().fit(np.ones((40, 8, 8, 3)), y).predict(np.ones((2, 3, 8, 8))),
            "channels first",
        ),
        "another picture": (
            lambda: make().fit(X, y).predict(X.reshape(-1, 4, 16)), "images of shape .8, 8, 1."
        ),
        "rows for convolutions": (
            lambda: cr.ImageClassifier("convnet").fit(X[:, :60], y), "image_shape=.H, W, C."
        ),
        "pixels below 0 to augment": (lambda: make(augment="flip").fit(X - 5, y), "augment: "),
        "weights and mixed labels": (
            lambda: make(augment="mixup").fit(X, y, np.ones(40)), "leave mixup and CutMix out"
        ),
        "first labels": (lambda: make().partial_fit(X, y), "classes: expected every label"),
        "a new label": (
            lambda: make().partial_fit(X, y, [0, 1]), "y: expected labels of 2 classes"
        ),
        "no labels": (lambda: make().partial_fit(X, y, []), "received no class"),
        "hidden values": (lambda: make().fit(np.ma.array(X, mask=X > 3), y), "X: "),
        "one label": (lambda: make().partial_fit(X, y, [0]), "2 classes"),
        "other labels": (
            lambda: make().partial_fit(X, y, range(10)).partial_fit(X, y, range(9)),
            "classes: expected those of the fit before, 10 classes",
        ),
        "stopped early in parts": (
            lambda: make(early_stopping=True).partial_fit(X, y, range(10)), "early_stopping"
        ),
        "a warm start with other labels": (
            lambda: make(warm_start=True).fit(X, y).fit(X, y % 3), "those of the fit before"
        ),
        "nothing to hold back": (
            lambda: make(early_stopping=True).fit(X[:10], y[:10]), "can be held back"
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", data_refused())
def test_data_that_cannot_be_are_refused(name):
    attempt, words = data_refused()[name]
    with pytest.raises(ValueError, match=words) as raised:
        attempt()
    if isinstance(raised.value, InputError):
        assert "\n" not in str(raised.value)


def test_not_fitted(digits):
    for verb in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(make(), verb)(digits[0])


def test_shares_where_pixels_were_learned_are_warned_of(fitted, digits):
    X, _ = digits
    with pytest.warns(ChainruleWarning, match=r"values in 0\.\.1, and .* was fitted to 0\.\.16"):
        fitted.predict(X / 16)


@pytest.mark.parametrize("name", HINTS["ImageClassifier(…)"])
def test_arguments_of_other_libraries_say_what_to_write(name):
    for attempt in (
        lambda: cr.ImageClassifier(**{name: 1}),
        lambda: cr.ImageClassifier().set_params(**{name: 1}),
    ):
        with pytest.raises(InputError, match=f"no argument '{name}'; write ") as raised:
            attempt()
        assert "\n" not in str(raised.value)


def test_attributes_of_other_libraries_say_what_to_write(fitted):
    for name in HINTS["ImageClassifier"]:
        with pytest.raises(AttributeError, match=f"no attribute '{name}'; write "):
            getattr(fitted, name)
