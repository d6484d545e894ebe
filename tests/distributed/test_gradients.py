"""What is sent, when, and what comes of a step that goes another way."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.distributed import gradients
from chainrule.distributed.gradients import GradientSum
from tests.distributed.ranks import run


def parameters(*sizes):
    made = [cr.Parameter((size,), cr.initializers.zeros) for size in sizes]
    for parameter in made:
        parameter.draw(np.random.default_rng(0))
    return made


def step(sums, group, adds):
    """One step in which the parameters are added to in this order; their gradients, and which
    buckets were on their way before the end."""
    for parameter in sums.all:
        parameter.grad = None
    with sums.travelling():
        for i in adds:
            parameter = sums.all[i]
            parameter.accumulate(np.full(parameter.shape, group.rank + i + 1.0, np.float32))
        early = sums._next
    sums.finish(np.zeros(2))
    return [None if p.grad is None else float(p.grad[0]) for p in sums.all], early


def expected(size, i, times=1):
    return sum(times * (rank + i + 1.0) for rank in range(size))


def test_from_the_second_step_on_buckets_leave_during_the_backward_pass(monkeypatch):
    monkeypatch.setattr(gradients, "BUCKET", 8)

    def job(group):
        sums = GradientSum(group, parameters(2, 3, 4))
        return [step(sums, group, (2, 1, 0)) for _ in range(3)], len(sums.buckets)

    for told, buckets in run(2, job):
        assert buckets == 3
        assert [early for _, early in told] == [0, 3, 3]
        assert all(grads == [expected(2, i) for i in range(3)] for grads, _ in told)


@pytest.mark.parametrize(
    "adds", [(2, 1, 0, 1), (0, 1, 2), (2, 0), (2, 2, 1, 0), (2, 1, 0)], ids=str
)
def test_a_step_that_goes_another_way_is_right_too(monkeypatch, adds):
    monkeypatch.setattr(gradients, "BUCKET", 8)

    def job(group):
        sums = GradientSum(group, parameters(2, 3, 4))
        step(sums, group, (2, 1, 0))
        return [step(sums, group, adds)[0] for _ in range(3)]

    times = [adds.count(i) for i in range(3)]
    for told in run(3, job):
        for grads in told:
            assert grads == [expected(3, i, times[i]) if times[i] else None for i in range(3)]


def test_a_frozen_parameter_is_not_sent():
    def job(group):
        sums = GradientSum(group, parameters(2, 3))
        step(sums, group, (1, 0))
        sums.all[1].frozen = True
        return [step(sums, group, (1, 0))[0] for _ in range(2)], sums.buckets[0].row.size

    for told, size in run(2, job):
        assert told == [[expected(2, 0), None]] * 2
        assert size == 2


def test_a_shared_layer_is_sent_once_both_have_added(monkeypatch):
    monkeypatch.setattr(gradients, "BUCKET", 8)

    def job(group):
        sums = GradientSum(group, parameters(2, 2))
        return [step(sums, group, (0, 1, 0)) for _ in range(3)]

    for told in run(2, job):
        assert all(g == [expected(2, 0, 2), expected(2, 1)] for g, _ in told)
        assert told[-1][1] == 2
