"""Memory: a prediction that is right, and a refusal that says what would fit."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from chainrule import models, optim
from chainrule.cost import Memory, expect_fit, expect_weights_fit, probe
from chainrule.cost.fresh import fresh_arrays
from chainrule.cost.memory import Line, measure, state_of
from chainrule.errors import InputError
from chainrule.kernels import notices
from chainrule.layers import named_parameters
from chainrule.losses import SoftmaxCrossEntropy

GIB = 2**30
MEMORY = Memory(
    resident=GIB, state=1000, learning=Line(GIB, GIB / 10), predicting=Line(0, GIB / 100),
    batch_size=100, evaluated=50,
)  # fmt: skip


def test_what_fits_passes_to_the_last_byte():
    for memory in (MEMORY, replace(MEMORY, batch_size=1)):
        expect_fit(memory, memory.needed)
        with pytest.raises(InputError, match="are available"):
            expect_fit(memory, memory.needed - 1)
    expect_fit(MEMORY, 13 * GIB)
    expect_fit(replace(MEMORY, batch_size=1), 2 * GIB)


def test_a_batch_that_does_not_fit_is_told_which_would():
    with pytest.raises(InputError) as caught:
        expect_fit(MEMORY, 6 * GIB)
    said = str(caught.value)
    assert "batch_size: a step of 100 images needs 12.1 GiB, and 6 GiB are available" in said
    assert "39 would fit" in said and "accumulate=3" in said
    expect_fit(replace(MEMORY, batch_size=39), 6 * GIB)


def test_parts_count_as_the_batch_that_they_are_of():
    with pytest.raises(InputError, match=r"a step of 200 images .* 78 would fit"):
        expect_fit(MEMORY, 6 * GIB, parts=2)


def test_nothing_fits():
    with pytest.raises(InputError, match="not even one image fits"):
        expect_fit(MEMORY, GIB // 2)


def test_an_evaluation_may_be_the_largest():
    with pytest.raises(InputError, match="an evaluation of 5,000 images at once needs"):
        expect_fit(replace(MEMORY, batch_size=1, evaluated=5000), 6 * GIB)


def test_weights_are_refused_before_they_are_drawn():
    model = models.mlp(784, (10**6, 10**6), 10)
    with pytest.raises(InputError, match=r"has 1,000,7.* no batch size fits"):
        expect_weights_fit(model, optim.Adam())
    assert not model.initialized
    expect_weights_fit(models.mlp(784, (10,), 10), optim.Adam())


@pytest.mark.parametrize(("optimizer", "slots"), [(optim.SGD(0.1), 1), (optim.Adam(), 2)])
def test_state_is_what_the_optimizer_keeps(optimizer, slots):
    model = models.mlp(20, (8,), 3).init(0)
    assert state_of(optimizer, model) == 4 * 195 * slots


def test_compiling_is_no_part_of_what_a_step_needs():
    """On a fresh machine the first steps compile, the larger ones other kernels than the small."""
    compiled, mib = [], 2**20

    def run(n: int) -> None:
        if len(compiled) < 3:
            compiled.append(np.zeros(64 * mib, np.uint8)[: 8 * mib].copy())
            notices.preparing()
        np.ones(n * mib, np.uint8)

    line = measure(run, 8, mib)
    assert line.each == mib
    assert line.fixed < mib / 4
    assert len(compiled) == 3


@pytest.mark.parametrize(
    ("build", "shape", "n"),
    [
        (lambda: models.mlp((8, 8, 1), (512, 512), 10, norm="batch"), (8, 8, 1), 4000),
        (lambda: models.convnet((16, 16, 3), 10, filters=(8, 8)), (16, 16, 3), 1500),
        (lambda: models.resnet((8, 8, 3), 10, blocks=(1, 1), widths=(8, 16)), (8, 8, 3), 2000),
    ],
    ids=["mlp", "convnet", "resnet"],
)
def test_the_prediction_is_that_of_a_real_step(build, shape, n):
    model, adam = build().init(0), optim.Adam()
    estimated = probe(model, adam, batch_size=n, images=10 * n, shape=shape).memory
    x, labels = np.zeros((n, *shape), np.uint8), np.zeros(n, np.int64)
    with fresh_arrays():
        step(model, adam, x, labels)  # in an empty cache, it compiles
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            step(model, adam, x, labels)
            peak = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
    scratch = 4 * 2**20  # that threads keep between steps, and that another test may have made
    assert peak > 8 * scratch
    assert estimated.learning.at(n) == pytest.approx(peak, rel=0.2, abs=scratch)
    assert estimated.state == sum(a.nbytes for a in adam.state().values() if a.ndim)


def step(model, optimizer, x, labels):
    logits, cache = model.forward(x)
    _, dlogits = SoftmaxCrossEntropy()(logits, labels)
    del logits
    model.backward_parameters(dlogits, cache)
    optimizer.step(named_parameters(model))
