from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

TRAIN, _ = cr.data.digits()


def test_one_range_test_from_every_place():
    model = cr.models.mlp((8, 8, 1), (8,), 10).init(0)
    before = [p.value.copy() for _, p in cr.layers.named_parameters(model)]
    trainer = cr.Trainer(model, seed=0)
    expected = cr.training.lr_range_test(trainer, TRAIN, steps=12).losses
    for found in (
        trainer.lr_find(TRAIN, steps=12),
        trainer.lr_find(TRAIN.images, TRAIN.labels, steps=12),
        cr.lr_find(trainer, TRAIN, steps=12),
        cr.lr_find(model, TRAIN, steps=12),
    ):
        np.testing.assert_array_equal(found.losses, expected)
    after = [p.value for _, p in cr.layers.named_parameters(model)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert model.signature is None


def test_few_images_are_enough():
    found = cr.lr_find(cr.models.mlp((8, 8, 1), (8,), 10), TRAIN[:20], steps=5)
    assert len(found.lrs) == 5


def test_what_is_no_model_is_named():
    with pytest.raises(cr.InputError, match="model: expected"):
        cr.lr_find("mlp", TRAIN)
