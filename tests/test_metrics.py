from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule import kernels
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.metrics import (
    confusion_matrix,
    evaluate,
    most_probable,
    predict_probabilities,
    softmax,
    top_k_accuracy,
)


def labeled(logits, labels):
    """Images that hold their own logits, so that the model is a reshape."""
    classes = tuple(map(str, range(logits.shape[1])))
    return SimpleNamespace(images=logits[:, None, :, None], labels=labels, classes=classes)


def flatten(x):
    return x.reshape(len(x), -1)


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 103)
    return rng.normal(size=(103, 4)) + 2 * np.eye(4)[labels], labels


def test_evaluation_of_four_images_by_hand():
    logits = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0], [1.0, 0.0]])
    labels = np.array([0, 1, 1, 0])
    result = evaluate(flatten, labeled(logits, labels), batch_size=3)
    losses = [math.log1p(math.exp(margin)) for margin in (-2, -1, 3, -1)]
    assert result.loss == pytest.approx(sum(losses) / 4, rel=1e-14)
    assert result.accuracy == 0.75
    assert result.count == 4
    assert result.per_class.tolist() == [1.0, 0.5]
    assert result.confusion.tolist() == [[2, 0], [1, 1]]
    assert result.predicted.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("batch_size", [1, 10, 102, 103, 500])
def test_a_short_last_batch_weighs_what_it_should(scored, batch_size):
    whole = evaluate(flatten, labeled(*scored), batch_size=103)
    result = evaluate(flatten, labeled(*scored), batch_size=batch_size)
    assert result.loss == pytest.approx(whole.loss, rel=1e-14)
    assert result.accuracy == whole.accuracy
    assert (result.confusion == whole.confusion).all()
    assert (result.probabilities == whole.probabilities).all()


def test_the_given_loss_is_the_one_reported(scored):
    loss = SoftmaxCrossEntropy(smoothing=0.2)
    result = evaluate(flatten, labeled(*scored), loss)
    assert result.loss == pytest.approx(loss(*scored)[0], rel=1e-14)
    assert result.loss > evaluate(flatten, labeled(*scored)).loss


def test_repr_reads_like_a_sentence():
    logits = np.zeros((1000, 2))
    logits[:982, 1] = logits[982:, 0] = 4
    result = evaluate(flatten, labeled(logits, np.ones(1000, np.int64)))
    assert repr(result) == "accuracy 98.2% [97.2, 98.9], loss 0.090, 1,000 images"


def test_a_class_without_images_has_no_accuracy():
    result = evaluate(flatten, labeled(np.eye(3)[:2], np.array([0, 1])))
    assert result.per_class[:2].tolist() == [1, 1]
    assert math.isnan(result.per_class[2])


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_logits_that_are_not_finite_are_wrong_answers_not_crashes(backend):
    logits = np.array([[1, 0], [np.nan, 0], [np.inf, 0], [-np.inf, 0]], np.float32)
    with kernels.use(backend):
        result = evaluate(flatten, labeled(logits, np.array([0, 0, 0, 1])))
    assert result.predicted.tolist() == [0, -1, -1, 1]
    assert result.accuracy == 0.5
    assert result.per_class.tolist() == [1 / 3, 1]
    assert result.confusion.sum() == 2
    assert not math.isfinite(result.loss)


def test_a_model_that_overflows_is_evaluated():
    def model(x):
        huge = flatten(x) * np.float32(1e38)
        return huge * huge

    result = evaluate(model, labeled(np.ones((2, 2), np.float32), np.array([0, 1])))
    assert result.accuracy == 0


def test_evaluate_refuses_what_it_cannot_count(scored):
    logits, labels = scored
    with pytest.raises(InputError, match="without images"):
        evaluate(flatten, labeled(logits[:0], labels[:0]))
    with pytest.raises(InputError, match="has 3 outputs, the data set 4 classes"):
        evaluate(lambda x: flatten(x)[:, :3], labeled(logits, labels))
    with pytest.raises(InputError, match="batch_size"):
        evaluate(flatten, labeled(logits, labels), batch_size=0)
    with pytest.raises(InputError, match=r"logits \(N, K\)"):
        evaluate(lambda x: x, labeled(logits, labels))


def test_probabilities_are_a_stable_softmax_in_the_dtype_of_the_logits():
    logits = np.array([[1e4, 1e4 - math.log(3)], [-1e4, -1e4 + 20]], np.float64)
    p = softmax(logits)
    assert p[0] == pytest.approx([0.75, 0.25], rel=1e-9)
    assert p[1, 0] == pytest.approx(1 / (1 + math.exp(20)), rel=1e-9)
    assert softmax(logits.astype(np.float32)).dtype == np.float32


def test_predicting_nothing_gives_no_rows(scored):
    images = labeled(*scored).images
    assert predict_probabilities(flatten, images[:0]).shape == (0, 4)
    p = predict_probabilities(flatten, images, batch_size=50)
    assert p.shape == (103, 4)
    assert p.sum(axis=1) == pytest.approx(np.ones(103))


def test_most_probable_takes_the_first_of_equals():
    p = np.array([[0.5, 0.5], [np.nan, 0.1]])
    assert most_probable(p).tolist() == [0, -1]


def test_top_k_counts_labels_among_the_best():
    p = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [np.nan] * 3])
    labels = np.array([0, 2, 2, 0])
    assert [top_k_accuracy(labels, p, k) for k in (1, 2, 3)] == [0.25, 0.5, 0.75]
    assert math.isnan(top_k_accuracy(labels[:0], p[:0]))
    with pytest.raises(InputError, match="k: expected at least 1"):
        top_k_accuracy(labels, p, 0)
    with pytest.raises(InputError, match="labels"):
        top_k_accuracy(labels[:2], p)


def test_confusion_matrix_has_rows_of_true_classes():
    counted = confusion_matrix(np.array([0, 0, 2, 2]), np.array([0, 2, 2, 1]), 3)
    assert counted.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 1]]
    assert counted.dtype == np.int64
    with pytest.raises(InputError, match=r"predicted: expected values in 0\.\.1, received 2"):
        confusion_matrix(np.array([0]), np.array([2]), 2)
    with pytest.raises(InputError, match=r"\(N,\)"):
        confusion_matrix(np.array([0]), np.array([0, 1]), 2)


def test_agrees_with_scikit_learn(scored):
    metrics = pytest.importorskip("sklearn.metrics")
    logits, labels = scored
    result = evaluate(flatten, labeled(logits, labels), batch_size=10)
    p, predicted = result.probabilities, result.predicted
    assert result.loss == pytest.approx(metrics.log_loss(labels, p))
    assert result.accuracy == metrics.accuracy_score(labels, predicted)
    assert (result.confusion == metrics.confusion_matrix(labels, predicted)).all()
    recall = metrics.recall_score(labels, predicted, average=None)
    assert result.per_class == pytest.approx(recall)
    for k in (1, 2, 3):
        assert top_k_accuracy(labels, p, k) == metrics.top_k_accuracy_score(labels, p, k=k)


class Named:
    """Logits as they are, of classes that have names."""

    def __init__(self, logits, classes):
        self.logits = logits
        self.signature = None if classes is None else SimpleNamespace(classes=classes)

    def __call__(self, images):
        return self.logits[images[:, 0, 0, 0]]


def named_images(labels, classes):
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset(images, np.asarray(labels), classes)


@pytest.mark.parametrize("weights", [None, (1, 2, 5)])
def test_classes_are_matched_by_name(weights, rng):
    loss = SoftmaxCrossEntropy(class_weights=weights)
    logits = rng.standard_normal((20, 3), np.float32)
    labels = rng.integers(0, 3, 20)
    model = Named(logits, ("cat", "dog", "fox"))
    plain = evaluate(model, named_images(labels, ("cat", "dog", "fox")), loss)
    place = np.array([2, 0, 1])  # the data's fox, cat, dog among the model's
    other = evaluate(model, named_images(np.argsort(place)[labels], ("fox", "cat", "dog")), loss)
    assert (other.accuracy, other.loss) == (plain.accuracy, plain.loss)
    np.testing.assert_array_equal(other.per_class, plain.per_class[place])
    np.testing.assert_array_equal(other.confusion, plain.confusion[place][:, place])
    np.testing.assert_array_equal(other.probabilities, plain.probabilities[:, place])


def test_other_names_are_refused_and_without_names_the_count_must_fit(rng):
    logits = rng.standard_normal((4, 3), np.float32)
    pictures = named_images([0, 1, 2, 0], ("a", "b", "c"))
    with pytest.raises(InputError, match=r"expected the classes of the model, 3 \('cat'"):
        evaluate(Named(logits, ("cat", "dog", "fox")), pictures)
    assert evaluate(Named(logits, None), pictures).count == 4
    with pytest.raises(InputError, match="the model has 3 outputs, the data set 2 classes"):
        evaluate(Named(logits, None), named_images([0, 1], ("a", "b")))
