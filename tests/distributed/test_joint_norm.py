"""Batch norm over a batch that is cut: the statistics of the whole, and their gradient."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import BatchNorm, SingleValueError
from chainrule.layers.shard import Shard, part_of_batch
from tests.distributed.ranks import run

CUTS = [(0, 3, 7), (0, 1, 7), (0, 2, 3, 7), (0, 4, 4, 7)]
"""Where a batch of 7 is cut; a part without images takes a copy of the first one."""


def of_parts(x, cuts, work):
    """``work(x of the part)`` for each part, with statistics of all."""

    def job(group):
        start, stop = cuts[group.rank : group.rank + 2]
        counted = stop > start
        with part_of_batch(Shard(start, counted, group.gather)):
            return work(x[start:stop] if counted else x[:1], slice(start, stop), counted)

    return run(len(cuts) - 1, job)


def layer():
    made = BatchNorm(3).init(0).astype(np.float64)
    rng = np.random.default_rng(1)
    made.gamma.value, made.beta.value = rng.normal(size=3), rng.normal(size=3)
    return made


@pytest.mark.parametrize("cuts", CUTS, ids=str)
@pytest.mark.parametrize("shape", [(7, 3), (7, 2, 3, 3)], ids=str)
def test_forward_and_backward_are_those_of_the_whole_batch(shape, cuts):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(5, 2, size=shape), rng.normal(size=shape)
    whole = layer()
    y, cache = whole.forward(x)
    dx = whole.backward(dy, cache)

    def work(part, rows, counted):
        own = layer()
        y, cache = own.forward(part)
        dy_part = dy[rows] if counted else np.zeros_like(part)
        return rows, counted, y, own.backward(dy_part, cache), own

    results = of_parts(x, cuts, work)
    for rows, counted, y_part, dx_part, own in results:
        if counted:
            np.testing.assert_allclose(y_part, y[rows], rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(dx_part, dx[rows], rtol=1e-10, atol=1e-12)
        else:
            assert not dx_part.any()
        np.testing.assert_allclose(own.running_mean.value, whole.running_mean.value, rtol=1e-12)
        np.testing.assert_allclose(own.running_var.value, whole.running_var.value, rtol=1e-12)
    for name in ("gamma", "beta"):
        total = sum(getattr(own, name).grad for *_, own in results)
        np.testing.assert_allclose(total, getattr(whole, name).grad, rtol=1e-10)


def test_the_gradient_agrees_with_central_differences_across_the_parts():
    rng = np.random.default_rng(2)
    x, dy, h = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)), 1e-5

    def loss(x):
        return sum(of_parts(x, (0, 3, 7), lambda p, r, _: (layer().forward(p)[0] * dy[r]).sum()))

    def back(part, rows, counted):
        own = layer()
        return own.backward(dy[rows], own.forward(part)[1])

    dx = np.concatenate(of_parts(x, (0, 3, 7), back))
    for i, j in ((0, 0), (2, 1), (3, 2), (6, 0)):
        moved = [x.copy(), x.copy()]
        moved[0][i, j] += h
        moved[1][i, j] -= h
        numeric = (loss(moved[0]) - loss(moved[1])) / (2 * h)
        assert dx[i, j] == pytest.approx(numeric, rel=1e-7, abs=1e-9)


def test_a_large_mean_costs_no_variance():
    rng = np.random.default_rng(3)
    x = rng.normal(1e6, 1, size=(8, 3))
    own = of_parts(x, (0, 3, 8), lambda part, *_: layer().forward(part)[1][2])
    for var in own:
        np.testing.assert_allclose(var[0], x.var(axis=0), rtol=1e-9)


def test_one_image_a_part_is_enough_and_one_in_all_is_not():
    x = np.random.default_rng(0).normal(size=(2, 3))
    of_parts(x, (0, 1, 2), lambda part, *_: layer().forward(part))
    with pytest.raises(SingleValueError, match="more than 1 value per channel"):
        of_parts(x[:1], (0, 1, 1), lambda part, *_: layer().forward(part))


@pytest.mark.parametrize("kind", ["Dropout", "SpatialDropout", "DropPath"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_of_a_part_is_that_of_its_samples(kind, dtype):
    x = np.ones((9, 2, 3, 5), dtype)
    make = lambda: getattr(cr.layers, kind)(0.5).init(3)  # noqa: E731
    y, _ = make().forward(x)
    own = make()
    with part_of_batch(Shard(start=4)):
        part, key = own.forward(x[4:])
    assert (part == y[4:]).all()
    assert (own.backward(x[4:], key) == part).all()  # also outside of the block
    assert own.count.value == 1


def test_dropout_in_fused_layers_is_that_of_its_samples():
    def make():
        layers = cr.layers.Linear(4, 64), cr.layers.BatchNorm(64), cr.layers.ReLU()
        return cr.layers.Sequential(*layers, cr.layers.Dropout(0.5)).init(0)

    x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    with part_of_batch(Shard(start=16)):
        fused, _ = make().forward(x)
        with cr.layers.fused.off():
            plain, _ = make().forward(x)
    assert ((fused == 0) == (plain == 0)).all()
    assert ((fused == 0) != (make().forward(x)[0] == 0)).any()
