from __future__ import annotations

import numpy as np

from chainrule.data.augment import SampleRNG
from chainrule.data.augment.mixing import symmetric_beta

MANY = np.arange(100_000)


def test_numbers_are_even_and_unrelated():
    rng = SampleRNG("a", 0, 0, MANY)
    one, two = rng.uniform(), rng.uniform()
    other = SampleRNG("b", 0, 0, MANY).uniform()
    assert 0 <= one.min() < 1e-4 < 1 - 1e-4 < one.max() < 1
    counts, _ = np.histogram(one, 100, (0, 1))
    assert (abs(counts - 1000) < 200).all()  # 6 standard deviations
    for a, b in ((one, two), (one, other), (one[1:], one[:-1])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


def test_every_bit_is_fair():
    bits = SampleRNG("a", 7, 3, MANY).bits()
    shares = ((bits[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).mean(axis=0)
    assert (abs(shares - 0.5) < 0.01).all()


def test_draws_belong_to_the_sample():
    samples = np.array([5, 900, 5, 17])
    whole, some = SampleRNG("a", 1, 2, MANY), SampleRNG("a", 1, 2, samples)
    for _ in range(3):
        np.testing.assert_array_equal(whole.bits()[samples], some.bits())


def test_keys_are_all_of_operation_seed_and_epoch():
    def draw(*key):
        return tuple(SampleRNG(*key, np.arange(4)).bits())

    keys = [("a", 0, 0), ("b", 0, 0), ("a", 1, 0), ("a", 0, 1)]
    assert len({draw(*key) for key in keys}) == 4


def test_the_draws_are_those_of_today():
    """A run that is resumed with the next version must meet the same chance."""
    bits = SampleRNG("RandomCrop 1", 0, 0, np.arange(3)).bits()
    assert [f"{int(b):016x}" for b in bits] == [
        "2d2d3ea3c1e8fb0e",
        "be193c19121a710c",
        "9697349cfae567b4",
    ]


def test_whole_numbers_are_even():
    rng = SampleRNG("a", 0, 0, MANY)
    assert (abs(np.bincount(rng.integers(5)) / len(MANY) - 0.2) < 0.01).all()
    counts = np.tile([1, 3], len(MANY) // 2)
    numbers = rng.integers(counts)
    assert (numbers < counts).all()
    assert set(numbers[1::2]) == {0, 1, 2}


def test_what_stays_from_epoch_to_epoch():
    one, two = (SampleRNG("a", 0, epoch, MANY) for epoch in (0, 1))
    np.testing.assert_array_equal(one.in_every_epoch().bits(), two.in_every_epoch().bits())
    assert (one.bits() != one.in_every_epoch().bits()).all()


def test_beta_has_its_moments():
    for alpha in (0.1, 0.2, 0.5, 1.0, 2.0, 8.0):
        shares = symmetric_beta(SampleRNG("a", 0, 0, MANY), alpha)
        assert ((shares >= 0) & (shares <= 1)).all()
        np.testing.assert_allclose(shares.mean(), 0.5, atol=0.01)
        np.testing.assert_allclose(shares.var(), 1 / (4 * (2 * alpha + 1)), rtol=0.02)


def test_beta_of_one_is_even():
    counts, _ = np.histogram(symmetric_beta(SampleRNG("b", 0, 0, MANY), 1.0), 50, (0, 1))
    assert (abs(counts - 2000) < 280).all()
