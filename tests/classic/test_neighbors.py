from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.classic import KNN
from chainrule.classic.neighbors import elected, votes


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()


def test_the_class_of_most_neighbors_wins():
    X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]])
    knn = KNN(k=3).fit(X, ["a", "b", "b", "c", "c"])
    assert knn.predict([[1.2], [10.4]]).tolist() == ["b", "c"]
    assert knn.classes_.tolist() == ["a", "b", "c"]


def test_of_equal_votes_the_nearest_decides_and_of_equal_distances_the_earlier():
    assert elected(np.array([[2, 0, 1, 0, 1]]), 3).tolist() == [0]
    assert elected(np.array([[1, 0], [0, 1], [2, 2]]), 3).tolist() == [1, 0, 2]
    knn = KNN(k=2).fit([[0.0], [2.0], [2.0]], [1, 0, 1])
    assert knn.kneighbors([[1.0]])[1].tolist() == [[0, 1]]
    assert knn.predict([[1.0], [1.9]]).tolist() == [1, 0]


def test_votes_are_probabilities(digits):
    train, test = digits
    knn = KNN(k=4).fit(train.images, train.labels)
    p = knn.predict_proba(test.images)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p * 4, np.rint(p * 4), atol=1e-5)
    np.testing.assert_array_equal(knn.classes_[p.argmax(axis=1)], knn.predict(test.images))
    assert votes(np.array([[2, 2, 0]]), 3).tolist() == [[1, 0, 2]]


@pytest.mark.parametrize("distance", ["L1", "L2"])
def test_distances_are_those_of_numpy(digits, distance):
    train, test = (part.images.reshape(len(part), -1).astype(float) for part in digits)
    knn = KNN(distance=distance).fit(digits[0].images, digits[0].labels)
    d, j = knn.kneighbors(digits[1].images[:20], 3)
    difference = test[:20, None] - train[None, :]
    expected = (
        np.abs(difference).sum(axis=2) if distance == "L1" else np.sqrt((difference**2).sum(axis=2))
    )
    np.testing.assert_array_equal(j, np.argsort(expected, axis=1, kind="stable")[:, :3])
    np.testing.assert_allclose(d, np.sort(expected, axis=1)[:, :3])
    assert knn.kneighbors(digits[1].images[:2], return_distance=False).shape == (2, 5)


def test_neighbors_of_the_training_samples_are_others():
    knn = KNN(k=1).fit([[0.0], [0.0], [5.0], [6.0]], [0, 0, 1, 1])
    d, j = knn.kneighbors(n_neighbors=1)
    assert (d.ravel().tolist(), j.ravel().tolist()) == ([0, 0, 1, 1], [1, 0, 3, 2])
    with pytest.raises(cr.InputError, match="n_neighbors: expected at most 3"):
        knn.kneighbors(n_neighbors=4)


def test_images_floats_and_flat_rows_are_the_same(digits):
    train, test = digits
    expected = KNN().fit(train.images, train.labels).predict(test.images)
    for change in (
        lambda x: x.reshape(len(x), -1),
        lambda x: x[..., 0].astype(np.float32),
        lambda x: x.astype(np.int64),
        lambda x: x / 255,
    ):
        got = KNN().fit(change(train.images), train.labels).predict(change(test.images))
        np.testing.assert_array_equal(got, expected)


def test_a_data_set_stands_for_both(digits):
    train, test = digits
    assert KNN(k=3).fit(train).score(test) == KNN(k=3).fit(
        train.images, train.labels
    ).score(test.images, test.labels)  # fmt: skip


def test_by_the_reference_too(digits):
    train, test = digits
    knn = KNN(k=3).fit(train.images, train.labels)
    expected = knn.predict(test.images[:30])
    with cr.kernels.use("reference"):
        np.testing.assert_array_equal(knn.predict(test.images[:30]), expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k: expected a whole number of at least 1, received 0"),
        ({"k": 2.5}, "k: expected a whole number"),
        ({"k": True}, "k: expected a whole number"),
        ({"k": 9}, r"k: expected at most 8, as there are 8 training samples .* received 9"),
        ({"distance": "cosine"}, "distance: expected 'L1' or 'L2', received 'cosine'"),
        ({"distance": 2}, "distance: expected 'L1' or 'L2'"),
    ],
)
def test_parameters_are_checked_by_fit(digits, options, message):
    train, _ = digits
    classifier = KNN(**options)
    with pytest.raises(cr.InputError, match=message):
        classifier.fit(train.images[:8], train.labels[:8])
