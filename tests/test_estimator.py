"""``cr.ImageClassifier`` among scikit-learn's tools, and what it refuses."""

from __future__ import annotations

import io
import pickle
import pickletools
import subprocess
import sys
import unittest
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleWarning, InputError
from chainrule.hints import HINTS

pytest.importorskip("sklearn", minversion="1.6")

import joblib
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator
from threadpoolctl import threadpool_limits

FAILS = {
    "check_sample_weight_equivalence_on_dense_data": (
        "asks for 7 equal digits, and nets are trained in float32: "
        "test_weights_are_repetitions holds it to 4"
    ),
}


def named(check):
    """check_estimators_pickle(readonly_memmap=True), without what all of them are given."""
    given = ", ".join(f"{key}={value}" for key, value in check.keywords.items())
    while hasattr(check, "func"):
        check = check.func
    return f"{check.__name__}({given})" if given else check.__name__


def checks():
    """With a small net that sees all samples at each step, as the checks have few."""
    small = cr.ImageClassifier(
        model_params={"hidden": (16,), "dropout": 0.0}, epochs=20, learning_rate=0.02
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for estimator, check in estimator_checks_generator(small):
            yield pytest.param(estimator, check, id=named(check))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    name = named(check)
    try:
        check(estimator)
    except unittest.SkipTest as skipped:
        pytest.skip(str(skipped))
    except AssertionError:
        assert name in FAILS
    else:
        assert name not in FAILS, f"{name} passes now"


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Two small nets at once, as beside other tests, take turns at BLAS's threads for seconds."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300]


def make(**options):
    small = {"model_params": {"hidden": (32,)}, "epochs": 4, "learning_rate": 0.01}
    return cr.ImageClassifier(**{"random_state": 0, **small, **options})


@pytest.fixture(scope="module")
def fitted(digits):
    return make(epochs=12).fit(*digits)


def test_it_learns_with_its_defaults(digits):
    X, y = load_digits(return_X_y=True)
    assert (
        cr.ImageClassifier(random_state=0).fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.9
    )


def test_the_fitted_attributes(fitted, digits):
    assert fitted.classes_.tolist() == list(range(10))
    assert (fitted.n_features_in_, fitted.n_iter_) == (64, 12)
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]
    assert [row["epoch"] for row in fitted.history_] == list(range(1, 13))
    assert not hasattr(fitted, "validation_curve_")
    assert fitted.model_.signature.classes == tuple("0123456789")


def test_probabilities_are_the_softmax_of_the_decision(fitted, digits):
    X, _ = digits
    p, z = fitted.predict_proba(X), fitted.decision_function(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.log(p[:, 1] / p[:, 0]), z[:, 1] - z[:, 0], atol=1e-3)
    assert (fitted.predict(X) == p.argmax(axis=1)).all()
    two = make().fit(X, digits[1] > 4)
    assert ((two.decision_function(X) > 0) == two.predict(X)).all()


def test_the_seed_gives_the_same_net(digits):
    X, _ = digits
    for seed in (3, np.int64(3), np.random.RandomState(3)):
        one, other = (make(random_state=clone_of(seed)).fit(*digits) for _ in range(2))
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    state = np.random.RandomState(3)
    one, other = (make(random_state=state).fit(*digits) for _ in range(2))
    assert (one.predict_proba(X) != other.predict_proba(X)).any()


def clone_of(seed):
    return pickle.loads(pickle.dumps(seed))


@pytest.mark.parametrize(
    "scale",
    [lambda X: X / 16, lambda X: X / 16 * 255, lambda X: X.astype(np.uint8),
     lambda X: X.astype(int), lambda X: X * 1e6 - 3e5, lambda X: X.astype(np.float32),
     lambda X: X / 1e4],
)  # fmt: skip
def test_values_of_any_range_train_alike(scale, digits, fitted):
    X, y = digits
    other = make(epochs=12).fit(scale(X), y)
    np.testing.assert_allclose(other.predict_proba(scale(X)), fitted.predict_proba(X), atol=2e-2)


def test_pictures_and_rows_are_the_same_images(digits):
    X, y = digits
    rows, pictures = make().fit(X, y), make().fit(X.reshape(-1, 8, 8), y)
    for other in (X, X.reshape(-1, 8, 8, 1), X.tolist()):
        np.testing.assert_array_equal(pictures.predict_proba(other), rows.predict_proba(X))
    assert pictures.n_features_in_ == 64


def test_a_data_set_is_its_images_and_labels():
    train, test = cr.data.digits()
    clf, other = make().fit(train), make().fit(train.images, train.labels)
    np.testing.assert_array_equal(clf.predict_proba(test), other.predict_proba(test.images))
    assert clf.score(test) == other.score(test.images, test.labels) > 0.5


def test_rows_of_a_stated_shape(digits):
    X, y = digits
    clf = make(model="convnet", model_params={"filters": (4,)}, image_shape=(16, 4)).fit(X, y)
    assert clf.model_.signature.image_shape == (16, 4, 1)
    colors = make(image_shape=(4, 4, 4)).fit(X, y)
    assert colors.model_.signature.image_shape == (4, 4, 4)


@pytest.mark.parametrize(
    "labels",
    [np.array(list("abcdefghij")), np.arange(10) * 1.0, -np.arange(10), np.arange(10) > 4,
     np.array(["é", "e\u0301", "猫", *"defghij"]), np.array(list("abcdefghij"), object)],
)  # fmt: skip
def test_labels_of_any_kind_come_back(labels, digits):
    X, y = digits
    clf = make(epochs=12).fit(X, labels[y])
    assert clf.predict(X).dtype == labels.dtype
    assert clf.score(X, labels[y]) > 0.8


def net(inputs, classes, width=8):
    return cr.models.mlp(inputs, (width,), classes)


@pytest.mark.parametrize(
    ("model", "params"),
    [("convnet", {"filters": (4,)}), ("vgg", {"blocks": ((4,),), "hidden": (8,)}),
     ("resnet", {"blocks": (1,), "widths": (4,)}), (net, {"width": 9}), (net, None),
     (cr.models.mlp((8, 8, 1), (8,), 10), None), ("mlp", None)],
)  # fmt: skip
def test_any_model(model, params, digits):
    X, y = digits
    clf = make(model=model, model_params=params, epochs=2).fit(X, y)
    assert clf.predict_proba(X).shape == (300, 10)
    if isinstance(model, cr.Layer):
        assert not model.initialized  # the argument is as it was


def test_a_model_with_weights_is_trained_on(fitted, digits):
    X, y = digits
    again = make(model=fitted.model_, model_params=None, epochs=1, learning_rate=1e-6).fit(X, y)
    assert again.score(X, y) == pytest.approx(fitted.score(X, y), abs=0.02)
    assert again.model_ is not fitted.model_


def test_the_net_predicts_images_without_scikit_learn(digits, tmp_path):
    X, y = digits
    pixels = (X / 16 * 255).astype(np.uint8)
    clf = make(epochs=12).fit(pixels, y)
    clf.model_.save(tmp_path / "digits.safetensors")
    model = cr.load(tmp_path / "digits.safetensors")
    answer = cr.predict(model, pixels.reshape(-1, 8, 8, 1))
    assert answer.names == [str(label) for label in clf.predict(pixels)]


def test_the_optimizer_is_named_or_made(digits):
    X, y = digits
    made = cr.optim.SGD(0.05, momentum=0.9)
    for options in (
        {"optimizer": "sgd", "optimizer_params": {"momentum": 0.9}, "learning_rate": 0.05},
        {"optimizer": cr.optim.SGD, "learning_rate": cr.schedules.Cosine(0.05, 20)},
        {"optimizer": made, "learning_rate": None},
        {"schedule": "one-cycle"},
        {"schedule": "constant", "loss": cr.losses.SoftmaxCrossEntropy(smoothing=0.1)},
    ):
        assert make(**options).fit(X, y).score(X, y) > 0.4
    assert made.steps == 0


def test_early_stopping_goes_back_to_the_best_epoch(digits):
    X, y = digits
    clf = make(epochs=60, early_stopping=True, n_iter_no_change=3, validation_fraction=0.2)
    clf.fit(X, y)
    curve = clf.validation_curve_
    assert clf.n_iter_ == len(curve) < 60
    assert max(curve) > 0.7
    losses = [row["validation_loss"] for row in clf.history_]
    assert (
        max(zip(curve, [-loss for loss in losses], strict=True))
        not in list(zip(curve, [-loss for loss in losses], strict=True))[-3:]
    )


def test_warm_start_goes_on(digits):
    X, y = digits
    cold, warm = make(), make(warm_start=True)
    for clf in (cold, warm):
        clf.fit(X, y).fit(X, y)
    assert (cold.n_iter_, warm.n_iter_) == (4, 8)
    assert warm.loss_curve_[4] < 0.7 * warm.loss_curve_[0]
    np.testing.assert_array_equal(cold.predict_proba(X), make().fit(X, y).predict_proba(X))


def test_partial_fit_goes_on_through_a_pickle(digits):
    X, y = digits
    one, other = make(), make()
    for clf in (one, other):
        clf.partial_fit(X[:100], y[:100], classes=np.arange(10)).partial_fit(X[100:], y[100:])
    other = pickle.loads(pickle.dumps(other))
    for clf in (one, other):
        clf.partial_fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.n_iter_ == len(one.loss_curve_) == 3
    assert one.loss_curve_[-1] < one.loss_curve_[0]


def test_partial_fit_of_one_sample(digits):
    X, y = digits
    clf = make().partial_fit(X[:5], y[:5], classes=np.arange(10))
    assert clf.partial_fit(X[5:6], y[5:6]).n_iter_ == 2


def test_weights_are_repetitions(digits):
    """Seen all at once, so that both take the same steps."""
    X, y = digits
    counts = np.random.default_rng(0).integers(4, size=len(X))
    options = {"batch_size": 2000, "model_params": {"hidden": (16,), "dropout": 0}, "epochs": 30}
    weighted = make(**options).fit(X, y, sample_weight=counts)
    repeated = make(**options).fit(X.repeat(counts, axis=0), y.repeat(counts))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-4, atol=1e-5
    )


def test_class_weights_move_the_decision(digits):
    X, y = digits
    y = (y == 3).astype(int)
    options = {"epochs": 2}
    plain = make(**options).fit(X, y).predict_proba(X)[:, 1].mean()
    balanced = make(class_weight="balanced", **options).fit(X, y).predict_proba(X)[:, 1].mean()
    heavy = make(class_weight={1: 100}, **options).fit(X, y).predict_proba(X)[:, 1].mean()
    assert plain < balanced < heavy


def test_class_weights_are_by_label(digits):
    X, y = digits
    names = np.array(list("abcdefghij"))[y]
    one = make(class_weight={"d": 5}).fit(X, names)
    other = make(class_weight={3: 5}).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_augmentation_and_callbacks(digits):
    X, y = digits

    class Count(cr.training.Callback):
        epochs = 0

        def on_epoch(self, trainer):
            type(self).epochs += 1

    clf = make(augment="handwriting", callbacks=[Count()]).fit(X, y)
    assert Count.epochs == 4
    plain = make().fit(X, y)
    assert clf.loss_curve_[-1] > plain.loss_curve_[-1]
    assert make(augment="handwriting").fit(X / 16, y).score(X / 16, y) > 0.3


def test_verbose_shows_each_epoch(digits, capsys):
    make(verbose=True).fit(*digits)
    assert "4/4" in capsys.readouterr().out
    make().fit(*digits)
    assert capsys.readouterr() == ("", "")


def test_in_a_pipeline_and_a_search_in_two_processes(digits):
    pipeline = make_pipeline(StandardScaler(), make())
    grid = {"imageclassifier__model__hidden": [(4,), (32,)], "imageclassifier__epochs": [6]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise").fit(*digits)
    assert search.best_params_["imageclassifier__model__hidden"] == (32,)
    assert search.best_estimator_[-1].model_params == {"hidden": (32,)}
    assert search.score(*digits) > 0.6


def test_threads_and_processes_give_the_same_scores(digits):
    scores = [
        cross_val_score(make(), *digits, cv=2),
        cross_val_score(make(), *digits, cv=2, n_jobs=2),
    ]
    with joblib.parallel_backend("threading", n_jobs=2):
        scores.append(cross_val_score(make(), *digits, cv=2))
    for other in scores[1:]:
        np.testing.assert_allclose(other, scores[0], atol=0.02)


def test_a_random_search_over_optimizers(digits):
    space = {"optimizer": ["adam", "adamw", "sgd"], "optimizer__weight_decay": [0.0, 0.01]}
    search = RandomizedSearchCV(make(), space, n_iter=3, cv=2, random_state=0, error_score="raise")
    assert set(search.fit(*digits).best_params_) == set(space)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated(method, digits):
    p = CalibratedClassifierCV(make(), cv=2, method=method).fit(*digits).predict_proba(digits[0])
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("joined", [
    lambda members: VotingClassifier(members, voting="soft"),
    lambda members: VotingClassifier(members),
    lambda members: StackingClassifier(members, cv=2),
])  # fmt: skip
def test_beside_others(joined, digits):
    X, y = digits
    members = [("net", make()), ("linear", make_pipeline(StandardScaler(), LogisticRegression()))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert joined(members).fit(X, y > 4).score(X, y > 4) > 0.8


def test_inspected(digits, fitted):
    X, y = digits
    importance = permutation_importance(fitted, X, y, n_repeats=1, random_state=0)
    assert importance.importances_mean[0] == 0  # a pixel that is always empty
    sizes, _, scores = learning_curve(make(), X, y, cv=2, train_sizes=[0.5, 1.0])
    assert len(sizes) == len(scores) == 2


def test_weights_are_routed(digits):
    X, y = digits
    weights = np.where(y == 3, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = make(epochs=12).set_fit_request(sample_weight=True)
        clf.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        found = cross_validate(
            make_pipeline(scaler, clf), X, y, cv=2, params={"sample_weight": weights},
            return_estimator=True, error_score="raise",
        )  # fmt: skip
    threes = X[y == 3]
    assert all((each.predict(threes) == 3).mean() < 0.2 for each in found["estimator"])
    assert (make(epochs=12).fit(X, y).predict(threes) == 3).mean() > 0.8


def test_a_clone_is_not_fitted_and_has_the_same_arguments(fitted):
    copied = clone(fitted)
    assert copied.get_params() == fitted.get_params()
    assert not hasattr(copied, "model_")
    assert set(vars(copied)) == set(copied.get_params(deep=False))


def test_parameters_by_name():
    clf = make()
    assert clf.get_params()["model__hidden"] == (32,)
    before = clf.model_params
    clf.set_params(model__hidden=(8,), model__norm="batch", optimizer__beta1=0.8, epochs=7)
    assert clf.model_params == {"hidden": (8,), "norm": "batch"}
    assert clf.optimizer_params == {"beta1": 0.8}
    assert before == {"hidden": (32,)}
    clf.set_params(model_params={"norm": "layer"}, model__hidden=(4,))
    assert clf.model_params == {"norm": "layer", "hidden": (4,)}


def test_stored_without_our_objects(fitted, digits, tmp_path):
    data = pickle.dumps(fitted)
    assert len(data) < 25_000  # 9.6 kB of weights
    names = {str(argument) for _, argument, _ in pickletools.genops(data)}
    assert not any(name.startswith("chainrule.layers") for name in names)
    joblib.dump(fitted, tmp_path / "clf.joblib", compress=3)
    for again in (joblib.load(tmp_path / "clf.joblib"), pickle.load(io.BytesIO(data))):
        np.testing.assert_array_equal(
            again.predict_proba(digits[0]), fitted.predict_proba(digits[0])
        )
        assert again.history_ == fitted.history_


class Squared(cr.Layer):
    def forward(self, x):
        return x * x, x

    def backward(self, dy, x):
        return 2 * x * dy


def test_a_layer_of_ones_own_is_stored_as_pickle_does(digits):
    model = cr.layers.Sequential(*cr.models.mlp((8, 8, 1), (8,), 10), Squared())
    clf = make(model=model, model_params=None).fit(*digits)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(digits[0]), clf.predict_proba(digits[0]))


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


WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sklearn":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import chainrule as cr
assert "sklearn" not in sys.modules
assert issubclass(cr.ImageClassifier, object) and cr.ImageClassifier.__doc__
for attempt in (lambda: cr.ImageClassifier(), lambda: cr.ImageClassifier("mlp", epochs=3)):
    try:
        attempt()
    except cr.InputError as error:
        print(error)
"""


def test_without_scikit_learn_one_line_says_what_to_install():
    out = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    line = "ImageClassifier needs scikit-learn 1.6 or newer: pip install 'chainrule[sklearn]'"
    assert out.stdout.splitlines() == [line, line]


def test_chainrule_itself_does_not_import_it():
    code = "import sys, chainrule as cr; cr.Trainer; cr.models; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
