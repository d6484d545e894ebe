from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import label_errors
from chainrule.interpret.label_errors import looks_like


def predictions(n=300, k=3, seed=0):
    """(p, true labels) of a net that knows each image, more or less surely."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, n)
    p = np.full((n, k), 0.0)
    sure = rng.uniform(0.6, 1.0, n)
    p[:] = ((1 - sure) / (k - 1))[:, None]
    p[np.arange(n), true] = sure
    return p, true


def test_changed_labels_are_found_with_the_class_that_they_had():
    p, true = predictions()
    labels = true.copy()
    changed = np.arange(0, 300, 20)
    labels[changed] = (true[changed] + 1) % 3
    found = label_errors(p, labels)
    assert set(found.indices) <= set(changed) and len(found) >= 6
    np.testing.assert_array_equal(found.suggested, true[found.indices])
    assert (np.diff(found.margins) <= 0).all() and (found.margins > 0).all()
    assert found.joint.sum() - np.trace(found.joint) == len(found)


def test_thresholds_are_the_mean_certainty_of_each_class():
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
    found = label_errors(p, np.array([0, 0, 1]))
    assert found.thresholds.tolist() == pytest.approx([0.8, 0.6])
    assert found.joint.tolist() == [[1, 0], [0, 1]]  # the second reaches no threshold


def test_a_class_that_the_net_is_unsure_of_has_a_low_threshold():
    p = np.array([[0.55, 0.45], [0.5, 0.5], [0.02, 0.98], [0.53, 0.47]])
    found = label_errors(p, np.array([0, 0, 1, 1]))
    assert found.indices.tolist() == [3] and found.suggested.tolist() == [0]


def test_right_labels_are_not_accused():
    p, true = predictions()
    assert len(label_errors(p, true)) == 0


def test_images_without_an_answer_and_classes_without_images():
    p, true = predictions(30, 4)
    p[5] = np.nan
    true[true == 3] = 2
    found = label_errors(p, true)
    assert np.isnan(found.thresholds[3]) and 5 not in found.indices
    assert found.joint[:, 3].sum() == 0


def test_looks_like_takes_one_threshold_for_all():
    p = np.array([[0.9, 0.1], [0.55, 0.45], [np.nan, 0.9], [0.2, 0.8]])
    assert looks_like(p, 0.8).tolist() == [0, -1, -1, 1]
    assert looks_like(p, np.array([0.5, np.nan])).tolist() == [0, 0, -1, -1]


@pytest.mark.parametrize(
    ("p", "labels", "words"),
    [
        (np.ones((4, 1)), [0] * 4, "at least one image and two classes"),
        (np.ones((0, 3)), [], "at least one image and two classes"),
        (np.ones(3), [0] * 3, "probabilities"),
        (np.ones((2, 2)), [0], "one for each of 2 images, received 1"),
        (np.ones((2, 2)), [0, 2], r"labels: expected values in 0\.\.1, received 2"),
        (np.ones((2, 2)), [0.5, 1], "labels: expected whole numbers"),
    ],
)
def test_what_is_refused(p, labels, words):
    with pytest.raises(InputError, match=words):
        label_errors(p, np.asarray(labels))
