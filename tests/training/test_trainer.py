"""The loop: what it counts, what it promises about seeds, and when it ends."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.penalties import L2
from chainrule.training import Callback, EarlyStopping, Trainer


@pytest.fixture(scope="module")
def digits():
    train, _ = cr.data.digits()
    return cr.data.split(train, 0.2)


def make(seed=0, callbacks=(), lr=3e-3, **options) -> Trainer:
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.2)
    return Trainer(model, cr.optim.Adam(lr), seed=seed, callbacks=callbacks, **options)


def test_it_learns(digits):
    train, validation = digits
    trainer = make()
    history = trainer.fit(train, validation, epochs=6, batch_size=32)
    assert trainer.evaluate(validation).accuracy > 0.9
    assert [row["epoch"] for row in history.rows] == [1, 2, 3, 4, 5, 6]
    assert history.rows[-1]["loss"] < history.rows[0]["loss"]


def test_the_same_seed_gives_the_same_weights(digits):
    train, _ = digits
    states = []
    for seed in (1, 1, 2):
        trainer = make(seed)
        trainer.fit(train, epochs=2, batch_size=64)
        states.append(trainer.model.state())
    for path, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][path])
    assert not np.array_equal(states[0]["layers.2.weight"], states[2]["layers.2.weight"])


def test_loss_and_accuracy_are_exact_for_a_short_last_batch(digits):
    train = digits[0].take(np.arange(70))  # batches of 32, 32 and 6
    seen = []

    class Watch(Callback):
        def on_step(self, trainer):
            seen.append((trainer.last_loss, trainer.samples_seen))

    trainer = make(callbacks=[Watch()])
    row = trainer.fit(train, epochs=1, batch_size=32).rows[0]
    losses, counts = zip(*seen, strict=True)
    assert counts == (32, 64, 70)
    assert row["loss"] == pytest.approx(np.average(losses, weights=(32, 32, 6)))


def test_loss_leaves_the_penalty_out_and_the_gradient_does_not(digits):
    images, labels = digits[0].images[:16], digits[0].labels[:16]
    plain, penalized = make(), make(penalty=L2(0.5))
    weight = penalized.parameters[0][1]
    before = weight.value.copy()
    seen = {}

    class Watch(Callback):
        def on_gradient(self, trainer):
            seen[trainer] = trainer.parameters[0][1].grad.copy()

    for trainer in (plain, penalized):
        trainer.callbacks.append(Watch())
        trainer.train_step(images, labels)
    np.testing.assert_allclose(seen[penalized] - seen[plain], 0.5 * before, atol=1e-6)
    assert penalized.last_loss > plain.last_loss
    assert penalized.train_loss == plain.train_loss


def test_a_second_fit_goes_on(digits):
    train, _ = digits
    once, twice = make(), make()
    once.fit(train, epochs=3, batch_size=64)
    twice.fit(train, epochs=1, batch_size=64)
    twice.fit(train, epochs=3, batch_size=64)
    for path, array in once.model.state().items():
        np.testing.assert_array_equal(array, twice.model.state()[path])
    assert len(twice.history.rows) == 3


def test_gradients_left_by_somebody_are_not_used(digits):
    train, _ = digits
    fresh, used = make(), make()
    for _, parameter in used.parameters:
        parameter.grad = np.full(parameter.shape, 100, np.float32)
    for trainer in (fresh, used):
        trainer.fit(train, epochs=1, batch_size=64)
    for path, array in fresh.model.state().items():
        np.testing.assert_array_equal(array, used.model.state()[path])


def test_the_hooks_come_in_order(digits):
    calls = []

    class Spy(Callback):
        pass

    for hook in ("on_start", "on_gradient", "on_step", "on_epoch", "on_finish", "on_error"):
        setattr(Spy, hook, lambda self, trainer, hook=hook: calls.append(hook))
    make(callbacks=[Spy()]).fit(digits[0].take(np.arange(20)), epochs=2, batch_size=10)
    epoch = ["on_gradient", "on_step"] * 2 + ["on_epoch"]
    assert calls == ["on_start", *epoch, *epoch, "on_finish"]


def test_an_exception_reaches_on_error_and_the_caller(digits):
    calls = []

    class Trouble(Callback):
        def on_step(self, trainer):
            raise RuntimeError("trouble")

        def on_finish(self, trainer):
            calls.append("finish")

        def on_error(self, trainer):
            calls.append("error")

    with pytest.raises(RuntimeError, match="trouble"):
        make(callbacks=[Trouble()]).fit(digits[0], epochs=1)
    assert calls == ["error"]


def test_stopping_ends_after_the_step_and_the_next_fit_goes_on(digits):
    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.step == 3

    trainer = make(callbacks=[Stop()])
    trainer.fit(digits[0], epochs=2, batch_size=64)
    assert (trainer.step, trainer.epoch, trainer.batch) == (3, 0, 3)
    trainer.fit(digits[0], epochs=2, batch_size=64)
    assert trainer.epoch == 2


def test_early_stopping_waits_for_its_patience(digits):
    """Two epochs in a row that are no better; the loss decides between equal accuracies."""
    scores = [(0.5, 1.0), (0.4, 0.9), (0.5, 0.8), (0.5, 0.8), (0.6, 2.0), (0.6, 2.1), (0.5, 0.1)]
    seen = iter(scores)

    class Scores(Callback):
        def on_epoch(self, trainer):
            accuracy, loss = next(seen)
            trainer.validation = SimpleNamespace(accuracy=accuracy, loss=loss)

    trainer = make(callbacks=[Scores(), EarlyStopping(2)])
    train, validation = (part.take(np.arange(64)) for part in digits)
    rows = trainer.fit(train, validation, epochs=9, batch_size=32).rows
    assert len(rows) == trainer.epoch == len(scores)


def test_the_model_learns_what_its_data_look_like(digits):
    train, _ = digits
    trainer = make()
    trainer.fit(train, epochs=1)
    normalize = trainer.model.layers[0]
    assert normalize.mean.value[0] == pytest.approx(train.images.mean() / 255, rel=1e-5)
    assert normalize.std.value[0] == pytest.approx(train.images.std() / 255, rel=1e-5)
    assert trainer.model.signature == cr.layers.Signature((8, 8, 1), train.classes)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 10**6}, "batch_size"),
    ],
)
def test_impossible_numbers_are_named(digits, options, word):
    with pytest.raises(cr.InputError, match=word):
        make().fit(digits[0], **options)
