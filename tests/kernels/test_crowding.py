"""One thread in place of several changes no bit, and is chosen where products are slow."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from chainrule import data, models, optim
from chainrule.kernels.cpu import blas, crowding
from chainrule.kernels.cpu.crowding import DEPTH, LEAST, LONGEST, NOTICE, SHORTEST, WINDOW, Watch
from chainrule.training import Trainer

same_bits = pytest.mark.skipif(
    not crowding._interchangeable(), reason="these kernels of BLAS round by the number of threads"
)


@pytest.mark.parametrize("depth", [1, DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH, 1000])
def test_blocks_add_up_to_the_product(rng, depth):
    a = rng.standard_normal((40, depth), np.float32)
    b = rng.standard_normal((depth, 33), np.float32)
    np.testing.assert_allclose(crowding.in_blocks(a, b), a.astype(float) @ b, rtol=1e-4, atol=1e-4)


@same_bits
@pytest.mark.parametrize("m", [32, 33, 100, 128, 257, 1000])
@pytest.mark.parametrize("n", [32, 37, 64, 256, 300])
def test_one_thread_and_several_agree_to_the_last_bit(rng, m, n):
    for k in (48, DEPTH - 1, DEPTH, DEPTH + 1, 784):
        x, w = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
        for a, b in ((x, w), (x.T.copy().T, w), (x, w.T.copy().T)):
            several = crowding.in_blocks(a, b)
            with blas.one_thread():
                np.testing.assert_array_equal(crowding.in_blocks(a, b), several)


@same_bits
def test_a_training_is_the_same_with_one_thread(monkeypatch):
    train, _ = data.digits()

    def trained():
        model = models.mlp((8, 8, 1), (300, 128), 10, norm="batch")
        trainer = Trainer(model, optim.Adam(1e-2), seed=3)
        trainer.fit(train, epochs=2, batch_size=128, progress=False)
        return [p.value for _, p in trainer.parameters]

    several = trained()
    monkeypatch.setattr(crowding, "_watch", crowded := Watch())
    crowded.until = float("inf")
    for a, b in zip(several, trained(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_kernels_that_round_otherwise_are_found_by_trial(monkeypatch):
    monkeypatch.setattr(crowding, "SAME_BITS", tuple(blas.kernels()))
    find = crowding._interchangeable.__wrapped__
    asked: list[object] = []

    def unequal(a, b):
        asked.append(a.shape)
        return False

    monkeypatch.setattr(np, "array_equal", unequal)
    assert not find() and asked == [(crowding.TRIED[0])]
    monkeypatch.setattr(crowding, "SAME_BITS", ())
    assert not find() and len(asked) == 1


def test_several_slow_products_mean_one_thread_for_a_while():
    watch, slow = Watch(), 1e-3 + LEAST
    watch.note((1, 2, 3), 10.0, 1e-4)
    for i in range(NOTICE - 1):
        watch.note((1, 2, 3), 10.001 + i / 1000, slow)
    assert watch.until == 0
    watch.note((1, 2, 3), 10.01, slow)
    assert watch.until == pytest.approx(10.01 + slow + SHORTEST)
    found = []
    for _ in range(6):  # all threads are tried again, in vain
        for _ in range(NOTICE):
            watch.note((1, 2, 3), watch.until, slow)
        found.append(watch.pause)
    assert found == [0.5, 1.0, 2.0, LONGEST, LONGEST, LONGEST]
    begun = watch.until + 2 * LONGEST
    for _ in range(NOTICE):
        watch.note((1, 2, 3), begun, slow)
    assert watch.pause == SHORTEST


@pytest.mark.parametrize(
    ("apart", "seconds"), [(WINDOW, 1.0), (0.0, 3e-4), (0.0, 1e-4 + 0.9 * LEAST)]
)
def test_seldom_ones_and_small_differences_mean_nothing(apart, seconds):
    watch = Watch()
    watch.note((1, 2, 3), 0.0, 1e-4)
    for i in range(10):
        watch.note((1, 2, 3), 1 + apart * i, seconds)
    assert watch.until == 0


def test_a_shape_is_measured_by_its_own_fastest():
    watch = Watch()
    for i in range(5):
        watch.note((i, 1, 1), 1.0, 1.0 + i)
    assert watch.until == 0 and len(watch.fastest) == 5


def test_the_shapes_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(crowding, "SHAPES", 3)
    watch = Watch()
    for i in range(10):
        watch.note((i, 1, 1), 1.0, 1.0)
    assert len(watch.fastest) <= 3
