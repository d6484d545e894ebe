from __future__ import annotations

import numpy as np
import pytest

from chainrule.inference.packing import Packing, aligned, panels
from chainrule.inference.values import Border, Places, Value


def test_an_array_is_packed_once_and_begins_with_a_cache_line():
    packing = Packing()
    first = packing.place("a", lambda: np.ones((3, 7)))
    second = packing.place("b", lambda: np.full(5, 2.0))
    assert packing.place("a", lambda: pytest.fail("made twice")) == first == 0
    whole = packing.whole()
    assert second % 16 == 0 and whole.dtype == np.float32 and whole.ctypes.data % 64 == 0
    assert (whole[:21] == 1).all() and (whole[second : second + 5] == 2).all()
    assert aligned(33).ctypes.data % 64 == 0 and not aligned(33).any()


def test_panels_hold_rows_one_after_the_other():
    w = np.arange(2 * 3 * 11.0).reshape(2, 3, 11)
    packed = panels(w, columns=8, lanes=4)
    assert packed.shape == (2, 3 * 12)
    for batch, each in zip(packed, w, strict=True):
        np.testing.assert_array_equal(batch[:24].reshape(3, 8), each[:, :8])
        np.testing.assert_array_equal(batch[24:].reshape(3, 4)[:, :3], each[:, 8:])
        assert not batch[24:].reshape(3, 4)[:, 3].any()


def test_places_are_handed_out_again_to_values_of_the_same_form():
    places = Places(count=2)
    a = places.value((3, 4, 5), Border(1, 1, 2, 0))
    assert (a.pixel, a.line, a.image) == (5, 30, 150) and a.first == a.at + 40
    b = places.value((3, 4, 5), Border())
    assert b.at >= a.at + 2 * a.image
    places.give_back(a)
    assert places.value((3, 4, 5), Border()).at not in (a.at, b.at)
    assert places.value((3, 4, 5), a.border).at == a.at
    room = places.room(100)
    assert places.room(50) != room
    places.free_rooms()
    assert places.room(90) == room


def test_a_value_is_seen_without_its_border():
    value = Value((2, 2, 1), Border(1, 0, 1, 1), 0)
    memory = np.zeros(2 * value.image, np.float32)
    value.view(memory, 2)[...] = np.arange(1, 9).reshape(2, 2, 2, 1)
    image = memory[: value.image].reshape(3, 4)
    np.testing.assert_array_equal(image, [[0, 0, 0, 0], [0, 1, 2, 0], [0, 3, 4, 0]])
