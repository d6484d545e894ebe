"""The frozen part of a model runs once over the images, and nothing else changes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import data, transfer
from chainrule.data.augment import Augment, HorizontalFlip
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Linear,
    Normalize,
    ReLU,
    Sequential,
    named_arrays,
)
from chainrule.training import EMA, SWA, BestModel, Callback, StopOnNonFinite, TimeBudget, features
from chainrule.training.logs import Activations


@pytest.fixture(scope="module")
def digits():
    train, test = data.digits()
    return train.take(np.arange(300)), test.take(np.arange(100))


def net():
    model = Sequential(
        Normalize(), Conv2d(1, 6, 3, bias=False), BatchNorm(6), ReLU(), Conv2d(6, 8, 3),
        BatchNorm(8), ReLU(), GlobalAvgPool2d(), Dropout(0.2), Linear(8, 10),
    ).init(0)  # fmt: skip
    for layer in model:
        if isinstance(layer, Normalize):
            layer.fit(data.digits()[0].images)
    return transfer.freeze(model)


class Count:
    """Over how many images the first convolution of the block ran."""

    def __enter__(self):
        self.images, self.plain = 0, Conv2d.forward

        def forward(layer, x):
            self.images += len(x) if layer.in_channels == 1 else 0
            return self.plain(layer, x)

        Conv2d.forward = forward
        return self

    def __exit__(self, *error):
        Conv2d.forward = self.plain


def trained(digits, **options):
    model = net()
    trainer = cr.Trainer(model, cr.optim.AdamW(1e-2, weight_decay=0.1), **options)
    with Count() as count:
        history = trainer.fit(*digits, epochs=3, batch_size=32, progress=False)
    return model, history, count.images


def test_the_body_runs_once_over_training_and_validation_images(digits):
    _, _, images = trained(digits)
    assert images == 400


@pytest.mark.parametrize("where", ["file", "nowhere"])
def test_weights_do_not_depend_on_where_features_are(digits, where, monkeypatch):
    before, history, _ = trained(digits)
    monkeypatch.setattr(features, "IN_MEMORY", 0)
    if where == "nowhere":
        monkeypatch.setattr(features, "ON_DISK", 0)
    after, other, images = trained(digits)
    assert images == {"file": 400, "nowhere": 3 * 400}[where]
    tolerance = {"file": 0.0, "nowhere": 1e-5}[where]  # kernels differ by the batch size
    for name, array in before.state().items():
        np.testing.assert_allclose(after.state()[name], array, tolerance, tolerance, err_msg=name)
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert [row[column] for row in history.rows] == pytest.approx(
            [row[column] for row in other.rows]
        )


def test_a_body_that_is_prepared_gives_the_same(digits, monkeypatch):
    pytest.importorskip("numba")
    before, _, by_layers = trained(digits)
    monkeypatch.setattr(features, "MANY", 10_000)  # pixels: the 300 training images, not the others
    after, _, images = trained(digits)
    assert (by_layers, images) == (400, 100)
    for name, array in before.state().items():
        np.testing.assert_allclose(after.state()[name], array, 1e-4, 1e-4, err_msg=name)


def test_nothing_of_the_body_moves(digits):
    fresh, (model, _, _) = net().state(), trained(digits)
    moved = {name for name, array in model.state().items() if (array != fresh[name]).any()}
    assert moved == {"layers.8.count", "layers.9.weight", "layers.9.bias"}


@pytest.mark.parametrize("average", [EMA, SWA])
def test_averages_are_of_the_whole_model(digits, average, tmp_path):
    best = BestModel(tmp_path / "best.safetensors")
    model, history, _ = trained(
        digits, average=average(2 if average is SWA else 0.9), callbacks=[best]
    )
    kept = cr.load(tmp_path / "best.safetensors")
    assert {*kept.state()} == {*model.state()}
    accuracy = cr.metrics.evaluate(kept, digits[1]).accuracy
    assert accuracy == pytest.approx(history.rows[best.epoch - 1]["validation_accuracy"])


def test_augmented_images_go_through_the_body_each_time(digits):
    with Count() as count:
        trainer = cr.Trainer(net())
        trainer.fit(digits[0], epochs=2, batch_size=32, augment=Augment(HorizontalFlip()))
    assert count.images == 600


def test_callbacks_see_images(digits):
    class Look(Callback):
        def on_gradient(self, trainer):
            images, labels = trainer.last_batch
            (again, same), *_ = data.Loader(digits[0], 32).batches(0, start=trainer.batch)
            np.testing.assert_array_equal(images, again)
            np.testing.assert_array_equal(labels, same)
            assert len(list(Activations().rows(trainer))) > 5
            trainer.stop = trainer.step == 2

    trained(digits, callbacks=[Look(), TimeBudget(100)])


def test_a_nan_is_named_by_its_layer(digits):
    model = net()
    model.layers[9].weight.value[0, 0] = np.nan
    trainer = cr.Trainer(model, callbacks=[StopOnNonFinite()])
    with pytest.raises(cr.CheckFailed, match=r"layers\.9\.weight holds 1 NaN"):
        trainer.fit(digits[0], epochs=1)


def test_it_stops_between_batches_of_features(digits):
    class Stop(Callback):
        def on_start(self, trainer):
            trainer.stop = True

    with Count() as count:
        history = cr.Trainer(net(), callbacks=[Stop()]).fit(digits[0], epochs=2)
    assert not history.rows and count.images == 0


def test_a_full_disk_is_one_line(digits, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(features.tempfile, "TemporaryFile", full)
    with pytest.raises(cr.InputError, match=r"cannot keep the features of .*No space left"):
        cr.Trainer(net()).fit(digits[0], epochs=1)


def test_a_resume_goes_on_from_the_middle(digits, tmp_path):
    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.step == 13

    whole, _, _ = trained(digits)
    model = net()
    optimizer = cr.optim.AdamW(1e-2, weight_decay=0.1)
    trainer = cr.Trainer(model, optimizer, callbacks=[Stop()])
    trainer.fit(*digits, epochs=3, batch_size=32, progress=False)
    trainer.callbacks = trainer.callbacks[:1]
    trainer.fit(*digits, epochs=3, batch_size=32, progress=False)
    for name, array in whole.state().items():
        np.testing.assert_array_equal(model.state()[name], array, err_msg=name)


def test_everything_frozen_is_refused(digits):
    model = net()
    for _, parameter in cr.layers.named_parameters(model):
        parameter.frozen = True
    with pytest.raises(cr.InputError, match="all of them frozen"):
        cr.Trainer(model).fit(digits[0], epochs=1)
    assert named_arrays(model)
