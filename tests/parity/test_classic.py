"""The classic classifiers under scikit-learn's own checks, and beside its own classifiers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", "1.6")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import chainrule as cr
from chainrule.classic import KNN, LinearSVM, RandomSearch, SoftmaxRegression

CLASSIC = (KNN(), LinearSVM(), SoftmaxRegression(), RandomSearch())


@pytest.fixture(scope="module")
def digits():
    train, test = cr.data.digits()
    return (
        train.images.reshape(len(train), -1).astype(float), train.labels,
        test.images.reshape(len(test), -1).astype(float), test.labels,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classifier", CLASSIC, ids=lambda each: type(each).__name__)
def test_every_check_of_an_estimator_passes(classifier):
    """None is expected to fail. Skipped are those that need pandas or an array API."""
    done = check_estimator(classifier, on_skip=None)
    assert len(done) > 40
    assert {each["status"] for each in done} <= {"passed", "skipped"}


@pytest.mark.parametrize("distance", ["L1", "L2"])
def test_neighbors_are_those_of_scikit_learn(digits, distance):
    x, y, tests, truth = digits
    theirs = KNeighborsClassifier(3, metric="manhattan" if distance == "L1" else "euclidean")
    theirs.fit(x, y)
    mine = KNN(3, distance=distance).fit(x, y)
    (far, places), (expected, others) = mine.kneighbors(tests), theirs.kneighbors(tests)
    np.testing.assert_allclose(far, expected)
    assert (places == others).mean() > 0.97  # they do not say which of equal distances comes first
    assert abs(mine.score(tests, truth) - theirs.score(tests, truth)) < 0.006


def test_softmax_regression_is_logistic_regression(digits):
    x, y, tests, truth = digits
    theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x, y)
    mine = SoftmaxRegression().fit(x, y)
    assert abs(mine.score(tests, truth) - theirs.score(tests, truth)) < 0.03


def test_they_work_in_its_tools(digits):
    x, y, tests, truth = digits
    search = GridSearchCV(KNN(), {"k": [1, 3], "distance": ["L1", "L2"]}, cv=3).fit(x, y)
    assert search.best_estimator_.score(tests, truth) > 0.97
    pipeline = make_pipeline(StandardScaler(), LinearSVM(epochs=5)).fit(x, y)
    assert pipeline.score(tests, truth) > 0.9
    assert cross_val_score(SoftmaxRegression(epochs=5), x, y, cv=3).min() > 0.85
    copy = clone(KNN(7, distance="L1"))
    assert repr(copy) == "KNN(k=7, distance='L1')"
    with pytest.raises(NotFittedError, match="this KNN is not fitted yet"):
        copy.predict(tests)
