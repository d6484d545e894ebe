from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.training import (
    Checkpoint,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    MaxNorm,
    StopOnNonFinite,
    Trainer,
)
from chainrule.training.clipping import norm
from chainrule.training.resume import restore

CLIPS = [ClipValue, ClipNorm, ClipGlobalNorm]


def gradients(*grads):
    named = []
    for i, grad in enumerate(grads):
        p = Parameter(np.shape(grad), lambda rng, shape: np.zeros(shape))
        p.grad = np.array(grad, np.float32)
        named.append((f"p{i}", p))
    return named


def after(clip, *grads):
    named = gradients(*grads)
    clipped = clip.clip(named)
    return clipped, [p.grad for _, p in named]


def test_by_value_entry_by_entry():
    clipped, (a, b) = after(ClipValue(2.0), [3.0, -4.0, 1.0], [0.5])
    assert clipped
    np.testing.assert_array_equal(a, [2, -2, 1])
    np.testing.assert_array_equal(b, [0.5])


def test_by_norm_array_by_array():
    clipped, (a, b) = after(ClipNorm(2.5), [3.0, -4.0], [1.0, 1.0])
    assert clipped
    np.testing.assert_allclose(a, [1.5, -2.0], rtol=1e-6)
    np.testing.assert_array_equal(b, [1, 1])


def test_by_global_norm_all_arrays_as_one():
    clip = ClipGlobalNorm(6.5)
    clipped, (a, b) = after(clip, [[3.0], [-4.0]], [12.0])
    assert clipped
    assert clip.norm == pytest.approx(13)
    np.testing.assert_allclose(a, [[1.5], [-2.0]], rtol=1e-6)
    np.testing.assert_allclose(b, [6.0], rtol=1e-6)


@pytest.mark.parametrize("kind", CLIPS)
def test_what_is_small_enough_is_left_as_it_is(kind):
    named = gradients([3.0, -4.0], [0.0])
    before = [p.grad for _, p in named]
    assert not kind(5.0).clip(named)
    assert all(p.grad is grad for (_, p), grad in zip(named, before, strict=True))


@pytest.mark.parametrize("kind", CLIPS)
def test_keeps_the_dtype_and_the_array_that_it_was_given(kind):
    """A layer may have handed out an array that is not its own: nothing is written into it."""
    named = gradients([30.0, -40.0])
    given = named[0][1].grad
    given.flags.writeable = False
    assert kind(1.0).clip(named)
    assert named[0][1].grad.dtype == np.float32
    np.testing.assert_array_equal(given, [30, -40])


@pytest.mark.parametrize("kind", CLIPS)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_left_for_others_to_name(kind, bad):
    clipped, (a, b) = after(kind(1.0), [bad, 100.0], [0.5])
    assert not clipped
    np.testing.assert_array_equal(a, [bad, 100.0])
    np.testing.assert_array_equal(b, [0.5])


def test_a_parameter_without_a_gradient_is_passed_over():
    named = gradients([3.0], [4.0])
    named[0][1].grad = None
    assert ClipGlobalNorm(2.0).clip(named)
    np.testing.assert_allclose(named[1][1].grad, [2.0])


def test_norm_does_not_overflow(rng):
    x = rng.standard_normal((5, 7))
    assert norm(x) == pytest.approx(np.linalg.norm(x))
    assert norm(np.full(4, 1e30, np.float32)) == pytest.approx(2e30)
    assert norm(np.zeros((2, 0))) == 0
    assert math.isnan(norm(np.array([1.0, np.nan])))


def make(path=None, limit=0.5):
    clip = ClipGlobalNorm(limit)
    callbacks = [clip, StopOnNonFinite()]
    if path is not None:
        callbacks.append(Checkpoint(path, every_steps=3))
    model = cr.models.mlp((8, 8, 1), (8,), 10)
    return clip, Trainer(model, cr.optim.SGD(0.1), callbacks=callbacks)


def test_events_are_counted_and_survive_a_resume(tmp_path):
    train = cr.data.digits()[0].take(np.arange(200))
    clip, trainer = make(tmp_path / "c")
    trainer.fit(train, epochs=2, batch_size=20)
    assert clip.seen == 20
    assert 0 < clip.clipped <= 20
    again, resumed = make(tmp_path / "c")
    restore(resumed, tmp_path / "c")
    assert (again.seen, again.clipped) == (clip.seen, clip.clipped)
    resumed.fit(train, epochs=3, batch_size=20)
    assert again.seen == 30
    assert str(again) == f"ClipGlobalNorm(0.5): {again.clipped} of 30 steps clipped"


def test_the_update_is_that_of_the_clipped_gradient():
    train = cr.data.digits()[0].take(np.arange(20))
    _, trainer = make(limit=1e-3)
    before = [p.value.copy() for _, p in trainer.parameters]
    trainer.fit(train, epochs=1, batch_size=20)
    moves = [p.value - old for (_, p), old in zip(trainer.parameters, before, strict=True)]
    assert math.hypot(*(norm(move) for move in moves)) == pytest.approx(0.1 * 1e-3, rel=1e-3)


def test_max_norm_holds_the_incoming_weights_of_every_unit():
    train = cr.data.digits()[0].take(np.arange(200))
    model = cr.models.mlp((8, 8, 1), (8,), 10, norm="batch")
    trainer = Trainer(model, cr.optim.SGD(0.5), callbacks=[MaxNorm(1.0)])
    start = {path: p.value.copy() for path, p in trainer.parameters}
    trainer.fit(train, epochs=1, batch_size=20)
    for path, p in trainer.parameters:
        norms = np.linalg.norm(p.value.reshape(-1, p.shape[-1]), axis=0)
        if p.decay:
            assert norms.max() <= 1 + 1e-5
            assert np.linalg.norm(start[path], axis=0).max() > 1
    assert any(np.abs(p.value).max() > 1 for _, p in trainer.parameters if not p.decay)


def test_max_norm_leaves_what_is_within_it():
    p = Parameter((3, 3, 1, 2), lambda rng, shape: np.zeros(shape))
    p.value = np.zeros((3, 3, 1, 2))
    p.value[0, :2, 0, 0] = 3, 4
    p.value[1, 1, 0, 1] = -0.7

    class Stub:
        parameters = (("w", p),)

    MaxNorm(2.5).on_step(Stub())
    np.testing.assert_allclose(p.value[0, :2, 0, 0], [1.5, 2.0])
    assert p.value[1, 1, 0, 1] == -0.7


@pytest.mark.parametrize("kind", [*CLIPS, MaxNorm])
@pytest.mark.parametrize("limit", [0, -1, math.nan, None])
def test_refuses_a_limit_that_cannot_be(kind, limit):
    with pytest.raises(InputError, match="limit: expected a positive finite number"):
        kind(limit)
