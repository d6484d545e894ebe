"""Arrays and names where a trainer takes parts: `Trainer.fit(X, y)`, ``Trainer(m, "adam")``."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleWarning, InputError

TRAIN, TEST = cr.data.digits()
X, Y = TRAIN.images[:200], TRAIN.labels[:200]


def model():
    return cr.models.mlp((8, 8, 1), (16,), 10)


def weights(trainer):
    return np.concatenate([p.value.ravel() for _, p in trainer.parameters])


def fitted(*data, **options):
    trainer = cr.Trainer(model())
    trainer.fit(*data, epochs=2, **options)
    return trainer


def test_arrays_train_as_their_data_set_does():
    expected = weights(fitted(cr.data.Dataset(X, Y, tuple("0123456789"))))
    for images, labels in [
        (X, Y),
        (X[..., 0], Y.tolist()),
        (X.astype(float), Y.astype(np.int32)),
        (X / 255, Y),
        (X.reshape(200, 64), np.eye(10)[Y]),
    ]:
        np.testing.assert_array_equal(weights(fitted(images, labels)), expected)


def test_validation_stands_second_third_or_by_name():
    whole = cr.data.Dataset(X, Y, tuple("0123456789"))
    for data, options in [
        ((whole, TEST), {}),
        ((whole,), {"validation": TEST}),
        ((X, Y, TEST), {}),
        ((X, Y), {"validation": (TEST.images, TEST.labels)}),
        (((X, Y),), {"validation": (TEST.images[..., 0].tolist(), TEST.labels.tolist())}),
    ]:
        assert fitted(*data, **options).validation.count == len(TEST)


def test_the_default_batch_is_no_larger_than_the_data():
    assert fitted(X[:20], Y[:20]).step == 2
    with pytest.raises(InputError, match="batch_size: expected from 1 to 20"):
        fitted(X[:20], Y[:20], batch_size=64)


def test_labels_by_name_are_the_outputs_that_they_were():
    names = np.array([f"digit {y}" for y in Y])
    trainer = fitted(X, names)
    assert trainer.model.signature.classes == tuple(f"digit {k}" for k in range(10))
    by_name, by_number = trainer.evaluate(X, names), trainer.evaluate(X, Y)
    assert by_name.accuracy == by_number.accuracy
    with pytest.raises(InputError, match="unknown class 'digit x'"):
        trainer.evaluate(X[:1], ["digit x"])


def test_floats_of_another_range_are_warned_of():
    trainer = fitted(X, Y)
    with pytest.warns(ChainruleWarning, match=r"floats in 0\.\.1 were multiplied by 255"):
        scaled = trainer.evaluate(X / 255, Y)
    assert scaled.accuracy == trainer.evaluate(X, Y).accuracy
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learned = fitted(X / 255, Y)
        assert learned.evaluate(X / 255, Y).accuracy == learned.evaluate(X, Y).accuracy


def test_the_range_is_kept_in_the_model_file(tmp_path):
    for data, scale in ((X / 255, 1), (X, 255)):
        fitted(data, Y).model.save(tmp_path / "model.safetensors")
        assert cr.load(tmp_path / "model.safetensors").signature.scale == scale


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X,), r"give the labels too, as in fit\(images, labels\)"),
        ((cr.data.digits(),), "give one of them"),
        ((X, Y[:3]), "200 images and 3 labels"),
        ((cr.data.Dataset(X, Y), Y, TEST), "labels: expected none beside a Dataset"),
        (
            (X, ["a", "b"] * 100),
            "labels: expected 10 classes, .* received 2; build the model",
        ),
        ((None,), "train: expected a Dataset"),
        (("photos",), "train: expected a Dataset"),
    ],
)
def test_what_is_no_data_is_told_what_to_write(data, message):
    with pytest.raises(InputError, match=message):
        fitted(*data)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"optimizer": "adam"}, cr.optim.Adam),
        ({"optimizer": "AdamW"}, cr.optim.AdamW),
        ({"optimizer": cr.optim.SGD}, cr.optim.SGD),
        ({"loss": "cross-entropy"}, cr.losses.SoftmaxCrossEntropy),
        ({"loss": "cross_entropy"}, cr.losses.SoftmaxCrossEntropy),
        ({"loss": "sparse_categorical_crossentropy"}, cr.losses.SoftmaxCrossEntropy),
        ({"loss": cr.losses.Focal}, cr.losses.Focal),
        ({"average": "ema"}, cr.training.EMA),
        ({"average": cr.training.EMA}, cr.training.EMA),
    ],
)
def test_parts_by_name_and_by_class(given, kind):
    trainer = cr.Trainer(model(), **given)
    assert type(getattr(trainer, next(iter(given)))) is kind


@pytest.mark.parametrize("one", [cr.training.EMA(), cr.training.EMA, [cr.training.EMA]])
def test_one_callback_needs_no_list(one):
    assert cr.Trainer(model(), callbacks=one).callback(cr.training.EMA) is not None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"optimizer": "adm"}, "unknown name 'adm'; did you mean 'adam'"),
        ({"optimizer": 1e-3}, r"optimizer: expected cr\.optim\.Adam\(1e-3\), received 0.001"),
        ({"optimizer": cr.optim.Optimizer}, r"expected cr\.optim\.Adam\(1e-3\)"),
        ({"loss": "mse"}, 'write loss="cross-entropy"'),
        ({"loss": cr.losses.MSE}, 'write loss="cross-entropy"'),
        ({"loss": "crossentropi"}, "unknown name 'crossentropi'; did you mean 'cross-entropy'"),
        ({"penalty": cr.penalties.L2}, r"expected L2\(reg=…\)"),
        ({"penalty": "l2"}, r"expected L2\(reg=…\)"),
        ({"average": cr.training.SWA}, r"expected SWA\(start_epoch=…\)"),
        ({"callbacks": cr.training.EarlyStopping}, r"expected EarlyStopping\(patience=…\)"),
        ({"callbacks": "progress"}, r"callbacks: expected cr\.training\.Progress\(\)"),
        ({"callbacks": [3]}, r"callbacks: expected cr\.training\.Progress\(\), received 3"),
        ({"seed": -1}, "seed: expected a whole number"),
    ],
)
def test_what_is_no_part_is_told_what_to_write(given, message):
    with pytest.raises(InputError, match=message):
        cr.Trainer(model(), **given)


@pytest.mark.parametrize("thing", [None, "mlp", cr.layers.Linear, 3])
def test_what_is_no_model_is_told_what_to_write(thing):
    with pytest.raises(InputError, match=r"model: expected a model such as cr\.models\.mlp"):
        cr.Trainer(thing)
