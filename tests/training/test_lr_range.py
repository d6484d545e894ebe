from __future__ import annotations

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.training import Checkpoint, EarlyStopping, Trainer, lr_range_test


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(600))


def make(*callbacks, optimizer=None):
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.3)
    return Trainer(model, optimizer or cr.optim.Adam(1e-2), callbacks=callbacks)


def everything(trainer):
    """All that could hold a trace, as copies."""
    arrays = trainer.model.state() | {f"o/{k}": a for k, a in trainer.optimizer.state().items()}
    others = trainer.state(), [c.state() for c in trainer.callbacks], trainer.optimizer.schedule
    return copy.deepcopy(arrays), copy.deepcopy(others), np.random.get_state()[1].copy()


def assert_same(one, two):
    assert one[0].keys() == two[0].keys()
    for name, array in one[0].items():
        np.testing.assert_array_equal(array, two[0][name], err_msg=name)
    assert repr(one[1]) == repr(two[1])
    np.testing.assert_array_equal(one[2], two[2])


@pytest.mark.parametrize("epochs", [0, 1])
def test_leaves_no_trace(digits, tmp_path, epochs):
    """Weights, optimizer, buffers, counters, streams; and the training that follows."""
    plain = make(EarlyStopping(5), Checkpoint(tmp_path / "a"))
    tested = make(EarlyStopping(5), Checkpoint(tmp_path / "b"))
    if epochs:
        for trainer in (plain, tested):
            trainer.fit(digits, epochs=epochs, batch_size=64)
    written = [path.read_bytes() for path in (tmp_path / "b").glob("*")]
    before = everything(tested)
    lr_range_test(tested, digits, high=10.0, steps=40, batch_size=64)
    assert_same(everything(tested), before)
    assert all(parameter.grad is None for _, parameter in tested.parameters)
    assert [path.read_bytes() for path in (tmp_path / "b").glob("*")] == written
    for trainer in (plain, tested):
        trainer.fit(digits, epochs=epochs + 2, batch_size=64)
    assert_same((tested.model.state(), tested.state(), before[2]),
                (plain.model.state(), plain.state(), before[2]))  # fmt: skip


def test_rates_grow_by_the_same_factor_from_low_to_high(digits):
    test = lr_range_test(make(), digits, low=1e-5, high=1e-2, steps=31, batch_size=32)
    np.testing.assert_allclose(test.lrs, np.geomspace(1e-5, 1e-2, 31))
    assert len(test.losses) == len(test.smoothed) == 31
    assert not test.diverged


def test_the_first_loss_is_that_of_the_model_as_it_is(digits):
    test = lr_range_test(make(), digits, steps=5, batch_size=600)
    assert test.losses[0] == pytest.approx(np.log(10), abs=0.7)
    assert test.smoothed[0] == pytest.approx(test.losses[0], rel=1e-12)


def test_ends_when_the_loss_runs_away_and_suggests_a_rate_that_learns(digits):
    test = lr_range_test(
        make(optimizer=cr.optim.SGD(0.1)), digits, low=1e-4, high=1e6, steps=120, batch_size=64
    )
    assert test.diverged
    assert len(test.lrs) < 120
    assert 1e-3 < test.suggestion < 10
    assert "then the loss ran away; suggestion" in repr(test)
    trainer = make(optimizer=cr.optim.SGD(test.suggestion))
    trainer.fit(digits, epochs=5, batch_size=64)
    assert trainer.evaluate(digits).accuracy > 0.8


def test_groups_keep_their_factors(digits):
    frozen = cr.optim.SGD(0.1, groups={"*": {"lr_scale": 0}})
    test = lr_range_test(make(optimizer=frozen), digits, high=1e4, steps=10, batch_size=600)
    assert np.ptp(test.losses) < 0.2  # nothing but dropout's other units


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 0.1, "high": 0.1}, "low: expected less than high, 0.1, received 0.1"),
        ({"low": 0}, "low: expected a positive finite number, received 0"),
        ({"steps": 1}, "steps: expected a whole number of at least 2, received 1"),
        ({"smoothing": 1.0}, r"smoothing: expected a number in \[0, 1\), received 1.0"),
        ({"batch_size": 9999}, "batch_size: expected from 1 to"),
    ],
)
def test_refuses_arguments_that_cannot_be(digits, options, message):
    with pytest.raises(InputError, match=message):
        lr_range_test(make(), digits, **options)
