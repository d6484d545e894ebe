"""``cr.ImageClassifier`` among scikit-learn's tools, and stored."""

from __future__ import annotations

import io
import pickle
import pickletools
import warnings

import numpy as np
import pytest

import chainrule as cr

from .cases import make

pytest.importorskip("sklearn", minversion="1.6")

import joblib
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
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
        found = cross_validate(
            clf, X, y, cv=2, params={"sample_weight": weights}, return_estimator=True,
            error_score="raise",
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
