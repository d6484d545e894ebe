"""What every classic classifier promises, without scikit-learn."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.classic import KNN, LinearSVM, RandomSearch, SoftmaxRegression

KINDS = [
    KNN(k=3),
    LinearSVM(epochs=5),
    SoftmaxRegression(epochs=5),
    RandomSearch(draws=20),
]
KINDS_BY_NAME = pytest.mark.parametrize("made", KINDS, ids=lambda made: type(made).__name__)


@pytest.fixture
def fitted(made):
    train, _ = cr.data.digits()
    return type(made)(**made.get_params()).fit(train.images[:200], train.labels[:200])


@KINDS_BY_NAME
def test_parameters_are_read_set_and_shown(made):
    kind = type(made)
    assert kind().get_params().keys() == made.get_params().keys()
    assert kind().set_params(**made.get_params()).get_params() == made.get_params()
    assert eval(repr(made)).get_params() == made.get_params()
    assert repr(kind()) == f"{kind.__name__}()"
    with pytest.raises(cr.InputError, match=f"{kind.__name__} has no parameter 'krnel'"):
        made.set_params(krnel=1)


@KINDS_BY_NAME
def test_labels_may_be_called_anything(made):
    train, test = cr.data.digits()
    names = np.array(["zéro", "one", "two", "three", "four", "five", "six", "7", "8", "九"])
    numbers = type(made)(**made.get_params()).fit(train.images, train.labels)
    words = type(made)(**made.get_params())
    assert words.fit(train.images, names[train.labels].tolist()) is words
    np.testing.assert_array_equal(words.classes_, np.sort(names))
    assert words.n_features_in_ == 64
    if isinstance(made, KNN):
        np.testing.assert_array_equal(
            words.predict(test.images), names[numbers.predict(test.images)]
        )
    assert words.score(test.images, names[test.labels]) > 0.11
    with pytest.raises(cr.InputError, match="y: expected labels such as those of fit"):
        words.score(test.images, test.labels)


@KINDS_BY_NAME
def test_it_survives_pickle_and_a_second_fit(made, fitted):
    _, test = cr.data.digits()
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(test.images), fitted.predict(test.images))
    assert fitted.fit(np.eye(4), [0, 1, 0, 1]).n_features_in_ == 4


@KINDS_BY_NAME
def test_before_fit_it_says_so(made):
    for verb in ("predict", "decision_function", "predict_proba", "kneighbors"):
        if hasattr(made, verb):
            with pytest.raises(cr.InputError, match="is not fitted yet; write"):
                getattr(type(made)(), verb)(np.ones((2, 3)))
    with pytest.raises(cr.InputError, match="is not fitted yet"):
        type(made)().score(np.ones((2, 3)), [0, 1])


GOOD, LABELS = np.arange(12.0).reshape(4, 3), np.array([0, 1, 0, 1])


class Sparse:
    toarray = None


@KINDS_BY_NAME
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.empty((0, 3)), [], r"found array with 0 sample\(s\)"),
        (np.empty((4, 0)), LABELS, r"0 feature\(s\) \(shape=\(4, 0\)\)"),
        (np.where(GOOD == 5, np.nan, GOOD), LABELS, "received an array that contains NaN"),
        (np.where(GOOD == 5, np.inf, GOOD), LABELS, "received an array that contains infinity"),
        (GOOD * 1e200, LABELS, "expected numbers of at most 1e.150"),
        (GOOD.astype(complex), LABELS, "Complex data not supported"),
        (GOOD.astype(str).astype("U9"), LABELS, "expected an array of real numbers"),
        (GOOD[0], LABELS, "Reshape your data"),
        (np.zeros((4, 2, 2, 2, 2)), LABELS, r"expected images \(N, H, W, C\) or rows"),
        (np.array(3.0), LABELS, "expected an array of real numbers"),
        ("cats", LABELS, "expected an array of real numbers"),
        (None, LABELS, "expected an array of real numbers, received None"),
        ([[1, 2], [3]], LABELS, "expected an array of numbers"),
        ([[1, {}], [3, 4]], LABELS, "expected numbers"),
        (Sparse(), LABELS, "sparse"),
        (GOOD, None, "requires y to be passed, but the target y is None"),
        (GOOD, LABELS[:3], "received 4 samples and 3 labels"),
        (GOOD, np.eye(4), "y should be a 1d array"),
        (GOOD, [0.5, 1.2, 0.5, 1.2], "Unknown label type: continuous"),
        (GOOD, [0, 1, np.nan, 1], "Input y contains NaN"),
        (GOOD, np.array(["a", None, "a", "b"], object), "Input y contains NaN"),
        (GOOD, np.array(["a", 1, "a", 1], object), "expected labels of one kind"),
        (GOOD, ["cat"] * 4, "received one class: 'cat' for all of 4 samples"),
        (GOOD, "abab", "y should be a 1d array"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(made, X, y, message):
    classifier = type(made)(**made.get_params() | ({"k": 1} if isinstance(made, KNN) else {}))
    with pytest.raises(cr.InputError, match=message) as caught:
        classifier.fit(X, y)
    assert "\n" not in str(caught.value)


@KINDS_BY_NAME
def test_a_column_of_labels_is_taken_with_a_word(made):
    with pytest.warns(UserWarning, match="A column-vector y was passed"):
        type(made)(**{"k": 1} if isinstance(made, KNN) else {}).fit(GOOD, LABELS[:, None])


@KINDS_BY_NAME
def test_images_of_another_size_are_refused(made, fitted):
    for images, message in (
        (np.zeros((2, 9, 8, 1), np.uint8), r"X: expected images \(N, 8, 8, 1\), as .* received"),
        (np.zeros((2, 8, 8, 3), np.uint8), r"received \(N, 8, 8, 3\)"),
        (np.zeros((2, 4, 4, 4), np.uint8), r"received \(N, 4, 4, 4\)"),
        (np.zeros((2, 63), np.uint8), r"X has 63 features, but \w+ is expecting 64 features"),
    ):
        with pytest.raises(cr.InputError, match=message):
            fitted.predict(images)
    assert len(fitted.predict(np.zeros((2, 64)))) == 2


class Frame:
    """As much of a data frame as is asked for."""

    def __init__(self, values, columns):
        self.values, self.columns = values, columns

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


def test_the_columns_of_a_data_frame_are_expected_again():
    knn = KNN(k=1).fit(Frame(GOOD, ["a", "b", "c"]), LABELS)
    assert knn.feature_names_in_.tolist() == ["a", "b", "c"]
    assert knn.predict(Frame(GOOD, ["a", "b", "c"])).tolist() == LABELS.tolist()
    for columns, message in (
        (["c", "b", "a"], "Feature names must be in the same order as they were in fit"),
        (["a", "b", "d"], "unseen at fit time:\n- d\nFeature names seen .* missing:\n- c"),
    ):
        with pytest.raises(cr.InputError, match=message):
            knn.predict(Frame(GOOD, columns))
    with pytest.warns(cr.ChainruleWarning, match="X does not have valid feature names"):
        knn.predict(GOOD)
    knn.fit(GOOD, LABELS)
    assert not hasattr(knn, "feature_names_in_")
    with pytest.warns(cr.ChainruleWarning, match="X has feature names, but KNN was fitted"):
        knn.predict(Frame(GOOD, ["a", "b", "c"]))


def test_rows_without_a_shape_have_no_images():
    knn = KNN(k=1).fit(GOOD, LABELS)
    with pytest.raises(cr.InputError, match="which no image can be drawn of"):
        _ = knn.image_shape_
    assert KNN(k=1).fit(np.zeros((2, 9)), [0, 1]).image_shape_ == (3, 3, 1)
    assert KNN(k=1).fit(np.zeros((2, 2, 3)), [0, 1]).image_shape_ == (2, 3, 1)
    assert KNN(k=1).fit(np.zeros((2, 2, 3, 3)), [0, 1]).image_shape_ == (2, 3, 3)


def test_scikit_learn_is_not_imported():
    import subprocess

    code = "import chainrule.classic, sys; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
