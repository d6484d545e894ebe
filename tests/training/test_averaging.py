"""Averages of the weights, as callbacks and as what a trainer is measured on."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers.base import named_parameters
from chainrule.metrics import evaluate
from chainrule.tensorfile import read_tensors, write_tensors
from chainrule.training import (
    EMA,
    SWA,
    BestModel,
    Callback,
    Checkpoint,
    ClipValue,
    History,
    MaxNorm,
    TimeBudget,
    Trainer,
    refresh_batch_norm,
)
from chainrule.training.resume import restore
from chainrule.training.retention import checkpoint_path


@pytest.fixture(scope="module")
def digits():
    train, test = cr.data.digits()
    return train.take(np.arange(300)), test


def make(*callbacks, norm="batch", lr=1e-2, dropout=0.2):
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm=norm, dropout=dropout)
    return Trainer(model, cr.optim.Adam(lr), callbacks=callbacks)


class Collect(Callback):
    """A copy of every array after each step, or each epoch."""

    def __init__(self, when):
        self.seen = []
        setattr(self, when, lambda trainer: self.seen.append(copied(trainer.model)))


def copied(model):
    return {path: array.copy() for path, array in model.state().items()}


def assert_same(one, two):
    assert one.keys() == two.keys()
    for path, array in one.items():
        np.testing.assert_array_equal(array, two[path], err_msg=path)


def test_ema_is_the_moving_average_of_every_step(digits):
    collect, ema = Collect("on_step"), EMA(decay=0.8, warmup=False)
    trainer = make(collect, ema)
    trainer.fit(digits[0], epochs=2, batch_size=50)
    expected = collect.seen[0]
    for state in collect.seen[1:]:
        for path, array in state.items():
            if array.dtype == np.float32:
                expected[path] = 0.8 * expected[path] + 0.2 * array
    assert ema.count == 12
    with ema.weights(trainer.model):
        for path, array in trainer.model.state().items():
            if array.dtype == np.float32:
                np.testing.assert_allclose(array, expected[path], rtol=1e-4, atol=1e-6)


def test_the_memory_of_an_ema_grows_with_the_training():
    """By hand: shares 1, 9/11, 9/12, then the 0.7 that the decay leaves."""
    model = cr.layers.Linear(1, 1).init(0)
    weight = dict(named_parameters(model))["weight"]
    ema = EMA(decay=0.3)
    trainer = Trainer(model, callbacks=[ema])
    expected = 0.0
    for value, share in ((2.0, 1.0), (4.0, 9 / 11), (1.0, 9 / 12), (3.0, 0.7)):
        weight.value = np.full((1, 1), value, np.float32)
        ema.on_step(trainer)
        expected += share * (value - expected)
        with ema.weights(model):
            np.testing.assert_allclose(weight.value, expected, rtol=1e-6)


def test_the_average_of_a_short_training_is_no_worse_than_its_weights(digits):
    ema = EMA()
    trainer = make(ema, dropout=0)
    trainer.fit(digits[0], epochs=8, batch_size=30)
    plain = trainer.evaluate(digits[1]).accuracy
    with ema.weights(trainer.model):
        assert trainer.evaluate(digits[1]).accuracy > plain - 0.02


def test_swa_is_the_mean_of_the_last_epochs(digits):
    collect, swa = Collect("on_epoch"), SWA(start_epoch=3)
    trainer = make(collect, swa)
    trainer.fit(digits[0], epochs=6, batch_size=50)
    assert swa.count == 4
    with swa.weights(trainer.model):
        for path, parameter in trainer.parameters:
            mean = np.mean([state[path] for state in collect.seen[2:]], axis=0)
            np.testing.assert_allclose(parameter.value, mean, rtol=1e-4, atol=1e-6, err_msg=path)


def test_what_does_not_change_is_not_changed_by_averaging(digits):
    """Pixels' mean and std: summed up again and again they would drift."""
    ema = EMA(decay=0.9)
    trainer = make(ema)
    trainer.fit(digits[0], epochs=5, batch_size=50)
    mean = trainer.model.state()["layers.0.mean"].copy()
    with ema.weights(trainer.model):
        np.testing.assert_array_equal(trainer.model.state()["layers.0.mean"], mean)


@pytest.mark.parametrize("build", [lambda: EMA(0.9), lambda: SWA(2)], ids=["EMA", "SWA"])
def test_the_model_is_as_before_after_the_block_even_by_an_error(digits, build):
    average = build()
    trainer = make(average)
    trainer.fit(digits[0], epochs=4, batch_size=50)
    before = copied(trainer.model)
    with pytest.raises(KeyError), average.weights(trainer.model):
        weight = trainer.model.state()["layers.2.weight"]
        assert not np.array_equal(weight, before["layers.2.weight"])
        trainer.model.forward(digits[0].images[:9])  # moves running statistics, counts dropout
        raise KeyError
    assert_same(copied(trainer.model), before)


@pytest.mark.parametrize("build", [lambda: EMA(0.9), lambda: SWA(2)], ids=["EMA", "SWA"])
def test_averaging_does_not_touch_the_training(digits, build):
    plain, averaged = make(), make(build())
    plain.fit(digits[0], epochs=3, batch_size=50)
    averaged.fit(digits[0], epochs=3, batch_size=50)
    assert_same(plain.model.state(), averaged.model.state())


def test_writing_into_lent_weights_does_not_reach_the_average(digits):
    ema = EMA(0.5)
    trainer = make(ema)
    trainer.fit(digits[0], epochs=1, batch_size=50)
    with ema.weights(trainer.model):
        first = copied(trainer.model)
        for _, parameter in trainer.parameters:
            parameter.value += 1
    with ema.weights(trainer.model):
        assert_same(copied(trainer.model), first)


class StopAt(Callback):
    def __init__(self, step):
        self.at = step

    def on_step(self, trainer):
        trainer.stop = trainer.stop or trainer.step == self.at


@pytest.mark.parametrize("step", [1, 5, 6, 13, 18])
def test_a_resume_is_bit_exact(digits, tmp_path, step):
    def build(path, *more):
        averages = EMA(0.7), SWA(2)
        return averages, make(*averages, *more, Checkpoint(path, every_steps=5))

    whole_averages, whole = build(tmp_path / "whole")
    whole.fit(digits[0], epochs=4, batch_size=50)
    _, broken = build(tmp_path / "c", StopAt(step))
    broken.fit(digits[0], epochs=4, batch_size=50)
    averages, resumed = build(tmp_path / "c")
    restore(resumed, tmp_path / "c")
    assert resumed.step == step
    resumed.fit(digits[0], epochs=4, batch_size=50)
    assert_same(resumed.model.state(), whole.model.state())
    for ours, theirs in zip(averages, whole_averages, strict=True):
        assert ours.count == theirs.count
        assert_same(ours.arrays(), theirs.arrays())


def test_copy_to_gives_the_average_for_good(digits, tmp_path):
    ema = EMA(0.9)
    trainer = make(ema)
    trainer.fit(digits[0], epochs=2, batch_size=50)
    with ema.weights(trainer.model):
        lent = copied(trainer.model)
    ema.copy_to(trainer.model)
    assert_same(copied(trainer.model), lent)
    cr.save(trainer.model, tmp_path / "m")
    assert_same(cr.load(tmp_path / "m").state(), lent)


def test_an_average_of_nothing_or_of_another_model_is_refused(digits):
    ema = EMA()
    trainer = make(ema)
    with pytest.raises(InputError, match="EMA has averaged nothing yet"):
        ema.copy_to(trainer.model)
    trainer.fit(digits[0], epochs=1, batch_size=100)
    other = make(norm=None).model
    before = copied(other)
    with pytest.raises(InputError, match="weights of another model"), ema.weights(other):
        pass
    assert_same(copied(other), before)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: EMA(1.0), r"decay: expected a number in \[0, 1\), received 1.0"),
        (lambda: SWA(0), "start_epoch: expected a whole number of at least 1, received 0"),
    ],
)
def test_refuses_arguments_that_cannot_be(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_swa_with_fresh_statistics_predicts_well(digits):
    train, test = digits
    swa = SWA(start_epoch=4)
    trainer = make(swa, lr=3e-2)
    trainer.fit(train, epochs=10, batch_size=50)
    with swa.weights(trainer.model):
        assert refresh_batch_norm(trainer.model, train) == 1
        assert trainer.evaluate(test).accuracy > 0.85


def averaging(average, *callbacks, **options):
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.2)
    return Trainer(model, cr.optim.Adam(1e-2), average=average, callbacks=callbacks, **options)


@pytest.mark.parametrize("build", [lambda: EMA(0.9), lambda: SWA(2)], ids=["EMA", "SWA"])
def test_the_average_of_a_trainer_is_validated_and_kept(digits, tmp_path, build):
    train, test = digits
    average, trained = build(), Collect("on_epoch")
    trainer = averaging(average, trained, BestModel(tmp_path / "best.safetensors"))
    history = trainer.fit(train, test, epochs=3, batch_size=50)
    own = evaluate(trainer.model, test)
    with average.weights(trainer.model):
        lent = evaluate(trainer.model, test)
        arrays = copied(trainer.model)
    assert own.loss != lent.loss == trainer.evaluate(test).loss
    assert history.rows[-1]["validation_loss"] == lent.loss
    assert_same(copied(trainer.model), trained.seen[-1])  # the training goes on with its own
    best = max(history.rows, key=lambda r: (r["validation_accuracy"], -r["validation_loss"]))
    kept = cr.load(tmp_path / "best.safetensors")
    assert evaluate(kept, test).loss == best["validation_loss"]
    if best is history.rows[-1]:
        assert_same(kept.state(), arrays)


def test_an_swa_of_a_trainer_has_statistics_of_its_own(digits):
    swa = SWA(2)
    trainer = averaging(swa)
    trainer.fit(digits[0], epochs=3, batch_size=50)
    with swa.weights(trainer.model):
        taken = copied(trainer.model)
        refresh_batch_norm(trainer.model, digits[0])
        assert_same(copied(trainer.model), taken)
    assert trainer.train is None  # no image is held after the training


def test_the_first_average_replaces_the_best_weights(digits, tmp_path):
    best = BestModel(tmp_path / "best.safetensors")
    trainer = averaging(SWA(3), best)
    before = trainer.fit(*digits, epochs=2, batch_size=50).rows[-1]
    assert not best.averaged
    assert trainer.evaluate(digits[1]).loss == before["validation_loss"]
    best.best = [1.0, 0.0]  # weights that nothing could be better than
    trainer.fit(*digits, epochs=3, batch_size=50)
    assert best.averaged and best.epoch == 3


def test_an_average_is_taken_after_what_changes_weights_and_before_what_reads_them(tmp_path):
    class Own(Callback):
        precedes_average = True

    def kinds(*callbacks):
        return [type(c) for c in averaging(EMA(), *callbacks).callbacks]

    checkpoint, budget = Checkpoint(tmp_path), TimeBudget(9)
    assert kinds(budget, ClipValue(1), MaxNorm(1), checkpoint) == [
        History, TimeBudget, ClipValue, MaxNorm, EMA, Checkpoint,
    ]  # fmt: skip
    assert kinds(checkpoint) == [History, EMA, Checkpoint]
    assert kinds(Own(), checkpoint) == [History, Own, EMA, Checkpoint]
    ema = EMA()
    placed = averaging(ema, checkpoint, ema)  # its place, if it is given one
    assert [type(c) for c in placed.callbacks] == [History, Checkpoint, EMA]


@pytest.mark.parametrize("wrong", ["emu", SWA, 0.999])
def test_a_trainer_refuses_what_is_no_average(wrong):
    with pytest.raises(InputError, match=r"average: .*(EMA\(\)|SWA\(start_epoch=…\))"):
        averaging(wrong)


@pytest.mark.parametrize("build", [lambda: EMA(0.7), lambda: SWA(2)], ids=["EMA", "SWA"])
@pytest.mark.parametrize("step", [5, 6, 13, 18])
def test_a_trainer_with_an_average_resumes_bit_for_bit(digits, tmp_path, build, step):
    def prepared(name, *more):
        folder = tmp_path / name
        best = BestModel(folder / "best.safetensors")
        return averaging(build(), *more, best, Checkpoint(folder / "c", every_steps=5))

    whole = prepared("whole")
    rows = whole.fit(*digits, epochs=4, batch_size=50).rows
    prepared("cut", StopAt(step)).fit(*digits, epochs=4, batch_size=50)
    resumed = prepared("cut")
    restore(resumed, tmp_path / "cut/c")
    again = resumed.fit(*digits, epochs=4, batch_size=50).rows
    assert [r["validation_loss"] for r in again] == [r["validation_loss"] for r in rows]
    assert_same(resumed.average.arrays(), whole.average.arrays())
    files = [(tmp_path / name / "best.safetensors").read_bytes() for name in ("cut", "whole")]
    assert files[0] == files[1]


def test_a_checkpoint_that_knows_the_callbacks_by_older_names_is_read(digits, tmp_path):
    def prepared(folder):
        return averaging(SWA(2), BestModel(folder / "best"), Checkpoint(folder / "c"))

    written = prepared(tmp_path)
    written.fit(*digits, epochs=2, batch_size=50)
    path = checkpoint_path(tmp_path / "c", written.step)
    arrays, metadata = read_tensors(path)
    older = {"SWA": "RefreshedSWA", "BestModel": "BestAverage"}
    metadata["callbacks"] = [[older.get(n, n), state] for n, state in metadata["callbacks"]]
    write_tensors(path, arrays, metadata)
    resumed = prepared(tmp_path)
    restore(resumed, path)
    assert resumed.average.count == 1
    assert_same(resumed.average.arrays(), written.average.arrays())
    resumed.fit(*digits, epochs=3, batch_size=50)
    written.fit(*digits, epochs=3, batch_size=50)
    assert_same(resumed.average.arrays(), written.average.arrays())


def test_a_best_model_of_an_older_checkpoint_was_of_no_average(tmp_path):
    best = BestModel(tmp_path / "best")
    best.load_state({"best": [0.5, -1.0], "epoch": 2, "step": 9})
    assert (best.best, best.averaged) == ([0.5, -1.0], False)
    with pytest.raises(InputError, match="averaged: expected"):
        best.load_state(best.state() | {"averaged": "no"})
