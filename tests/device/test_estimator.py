"""The classifier of scikit-learn on strict arrays."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError

pytest.importorskip("sklearn")


def test_it_is_trained_and_predicts_on_the_gpu(gpu):
    train, test = cr.data.digits()
    images, labels = train.images[:200], train.labels[:200]
    options = {"epochs": 2, "random_state": 0, "early_stopping": True}
    here = cr.ImageClassifier(**options).fit(images, labels)
    there = cr.ImageClassifier(**options, device="gpu").fit(images, labels)
    assert str(there.model_.device) == "gpu"
    expected = here.predict_proba(test.images)
    np.testing.assert_array_equal(there.predict_proba(test.images), expected)
    copied = pickle.loads(pickle.dumps(there))
    assert str(copied.model_.device) == "cpu"
    np.testing.assert_array_equal(copied.predict_proba(test.images), expected)


def test_parts_of_the_data_one_after_the_other(gpu):
    train, _ = cr.data.digits()
    results = []
    for device in ("cpu", "gpu"):
        clf = cr.ImageClassifier(device=device, random_state=0)
        for part in (slice(0, 100), slice(100, 200)):
            clf.partial_fit(train.images[part], train.labels[part], classes=range(10))
        clf = pickle.loads(pickle.dumps(clf))
        clf.partial_fit(train.images[200:300], train.labels[200:300])
        results.append(clf.predict_proba(train.images[:50]))
    np.testing.assert_array_equal(*results)


def test_a_device_that_is_none(gpu):
    train, _ = cr.data.digits()
    with pytest.raises(InputError, match='device: expected "cpu", "gpu" or "gpu:1"'):
        cr.ImageClassifier(device="cuda").fit(train.images[:20], train.labels[:20])
