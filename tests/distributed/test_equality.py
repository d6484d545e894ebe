"""One training on 1, 2, 3 and 4 ranks: the same losses, weights and predictions.

The ranks are threads here; ``test_mpiexec.py`` starts them with MPI.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.augment import Augment, HorizontalFlip, Mixup, RandomCrop
from chainrule.training import Callback, features
from tests.distributed.ranks import run


@pytest.fixture(scope="module")
def digits():
    train, test = cr.data.digits()
    return train.take(range(203)), test.take(range(61))


class Losses(Callback):
    def __init__(self):
        self.all = []

    def on_step(self, trainer):
        self.all.append(trainer.last_loss)


def mlp():
    return cr.models.mlp((8, 8, 1), (16, 12), 10, norm="batch", dropout=0.2)


def blocks():
    layers = [
        cr.layers.Conv2d(1, 4, 3, padding=1), cr.layers.BatchNorm(4), cr.layers.ReLU(),
        cr.layers.SpatialDropout(0.2),
        cr.layers.Residual(
            cr.layers.Sequential(
                cr.layers.Conv2d(4, 4, 3, padding=1), cr.layers.BatchNorm(4),
                cr.layers.DropPath(0.3),
            )
        ),
        cr.layers.ReLU(), cr.layers.GlobalAvgPool2d(), cr.layers.Linear(4, 10),
    ]  # fmt: skip
    return cr.layers.Sequential(cr.layers.Normalize(), *layers)


def trained(group, digits, make=mlp, dtype=np.float64, *, sync=True, epochs=5, **options):
    """(losses of all steps, validation, state, rows of the history)"""
    train, test = digits
    fit = {k: options.pop(k) for k in ("augment", "sample_weight", "class_weight") if k in options}
    model = make().init(0).astype(dtype)
    losses = Losses()
    optimizer = options.pop("optimizer", lambda: cr.optim.SGD(0.05, momentum=0.9))()
    if "average" in options:
        options["average"] = options["average"]()
    trainer = cr.Trainer(
        model, optimizer, group=group, sync_batch_norm=sync, callbacks=[losses], **options
    )
    history = trainer.fit(train, test, epochs=epochs, batch_size=20, **fit)
    rows = [{k: v for k, v in row.items() if "second" not in k} for row in history.rows]
    state = {name: array.copy() for name, array in model.state().items()}
    return np.array(losses.all), trainer.validation, state, rows


OPTIONS = [
    {},
    {"make": blocks},
    {"accumulate": 3},
    {"optimizer": lambda: cr.optim.Adam(1e-3)},
    {"penalty": cr.penalties.L2(1e-3), "class_weight": "balanced"},
    {"average": lambda: cr.training.EMA(0.9)},
    {"augment": Augment(RandomCrop(padding=1), HorizontalFlip(), Mixup(0.5)), "accumulate": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
def test_in_float64_the_number_of_ranks_makes_no_difference(digits, options):
    losses, validation, state, rows = trained(None, digits, **options)
    assert len(losses) == 55  # 10 batches of 20 and one of 3, in each of 5 epochs
    for size in (2, 3, 4) if options in OPTIONS[:2] else (3,):
        ranks = run(size, lambda group: trained(group, digits, **options))
        np.testing.assert_allclose(ranks[0][0], losses, rtol=1e-12)
        assert ranks[0][1].loss == pytest.approx(validation.loss, rel=1e-9)
        assert ranks[0][1].confusion.tolist() == validation.confusion.tolist()
        for name, array in state.items():
            np.testing.assert_allclose(ranks[0][2][name], array, rtol=1e-7, atol=1e-9)
        assert [row["step"] for row in ranks[0][3]] == [row["step"] for row in rows]
        for other in ranks[1:]:  # the ranks have the same to the last bit
            assert other[0].tolist() == ranks[0][0].tolist()
            assert all((other[2][name] == ranks[0][2][name]).all() for name in state)
            assert other[3] == ranks[0][3]


@pytest.mark.parametrize("make", [mlp, blocks])
def test_in_float32_losses_agree_to_rounding(digits, make):
    options = {"make": make, "dtype": np.float32, "optimizer": lambda: cr.optim.SGD(0.05)}
    losses = trained(None, digits, **options)[0]
    for size in (2, 3, 4):
        ranks = run(size, lambda group: trained(group, digits, **options))
        np.testing.assert_allclose(ranks[0][0][:50], losses[:50], rtol=1e-5)


def test_a_group_of_one_is_a_plain_training_to_the_last_bit(digits):
    options = {"make": blocks, "dtype": np.float32}
    plain = trained(None, digits, sync=False, **options)
    alone = run(1, lambda group: trained(group, digits, **options))[0]
    assert alone[0].tolist() == plain[0].tolist()
    assert all((alone[2][name] == plain[2][name]).all() for name in plain[2])


def test_batch_norm_of_each_rank_learns_and_agrees_on_running_statistics(digits):
    plain = trained(None, digits)
    ranks = run(3, lambda group: trained(group, digits, sync=False))
    assert np.abs(ranks[0][0] / plain[0] - 1).max() > 1e-3  # other statistics, another training
    assert abs(ranks[0][0][-10:].mean() - plain[0][-10:].mean()) < 0.3
    for other in ranks[1:]:
        assert all((other[2][name] == ranks[0][2][name]).all() for name in other[2])


def test_evaluation_is_that_of_one_process_also_with_fewer_images_than_ranks(digits):
    model = mlp().init(0)
    for count in (1, 3, 61):
        test = digits[1].take(range(count))
        one = cr.Trainer(model).evaluate(test)
        for each in run(4, lambda group: cr.Trainer(model, group=group).evaluate(test)):  # noqa: B023
            assert each.loss == pytest.approx(one.loss, rel=1e-6)
            assert each.answers.matrix.tolist() == one.answers.matrix.tolist()


def head_trained(group, digits):
    """The losses of a training of the last layer."""
    model = cr.models.mlp((8, 8, 1), (16, 12), 10, norm="batch").init(0)
    cr.transfer.freeze(model)
    losses = Losses()
    trainer = cr.Trainer(
        model, cr.optim.SGD(0.1), group=group, sync_batch_norm=True, callbacks=[losses]
    )
    trainer.fit(*digits, epochs=2, batch_size=20)
    return losses.all


def test_frozen_layers_run_once_and_the_head_is_trained_alike(digits):
    alone = head_trained(None, digits)
    assert run(3, lambda group: head_trained(group, digits))[1] == pytest.approx(alone, rel=1e-5)


def test_ranks_keep_features_where_all_have_room_for_them(digits, monkeypatch):
    alone, answers = head_trained(None, digits), iter([True, False] * 3)
    monkeypatch.setattr(features, "fits", lambda *_: next(answers, False))
    assert run(2, lambda group: head_trained(group, digits))[1] == pytest.approx(alone, rel=1e-5)


def test_features_that_one_rank_cannot_keep_end_the_training_on_all(digits, monkeypatch):
    keep, calls = features.FeatureCache.of, iter(range(9))

    def full(cache, dataset):
        if next(calls) == 1:
            raise cr.InputError("the disk is full")
        return keep(cache, dataset)

    def job(group):
        with pytest.raises(cr.InputError, match="the disk is full"):
            head_trained(group, digits)

    monkeypatch.setattr(features.FeatureCache, "of", full)
    run(2, job)


def test_a_stop_on_one_rank_stops_all_after_the_same_step(digits):
    class Stop(Callback):
        def on_step(self, trainer):
            if trainer.group.rank == 1 and trainer.step == 7:
                trainer.stop = True

    def job(group):
        trainer = cr.Trainer(mlp(), group=group, callbacks=[Stop()])
        trainer.fit(digits[0], epochs=3, batch_size=20)
        return trainer.step

    assert run(3, job) == [7, 7, 7]


def test_a_time_budget_goes_by_the_clock_of_rank_0(digits):
    def job(group):
        trainer = cr.Trainer(mlp(), group=group)
        trainer.fit(digits[0], epochs=100_000, batch_size=20, time_budget=0.3)
        return trainer.step, trainer.budget.knots

    first, second = run(2, job)
    assert first == second
