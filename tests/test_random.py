from __future__ import annotations

import numpy as np

from chainrule.random import generator, stream_key

KEY = 0x01E9A1B527967FCF6B8AD70E8E9F7076
NUMBERS = [858, 127, 13, 76]


def test_a_stream_starts_from_its_start_each_time():
    np.testing.assert_array_equal(generator("a", 1).random(5), generator("a", 1).random(5))


def test_keys_that_look_alike_are_different():
    keys = [("a", 1), ("a", "1"), ("a1",), ("a", 1, ""), ("a", 11), ("a", 1, 1), (1, "a"), ("a",)]
    assert len({stream_key(*key) for key in keys}) == len(keys)


def test_streams_are_the_same_on_every_machine():
    """Written down once: a change here is a change of everybody's weights and shuffles."""
    assert stream_key("shuffle", 0, 3) == KEY
    assert generator("shuffle", 0, 3).integers(1000, size=4).tolist() == NUMBERS


def test_global_seeds_change_nothing():
    before = generator("a").random()
    np.random.seed(3)
    assert generator("a").random() == before
