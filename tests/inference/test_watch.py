from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L

pytest.importorskip("numba")

from chainrule.inference.watch import Watch, corners, words


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1), (4, 6), (3, 3, 2, 5)])
def test_corners_are_a_view_of_the_ends_of_each_axis(shape):
    array = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)
    seen = corners(array)
    assert np.shares_memory(seen, array)
    assert seen.shape == tuple(min(n, 2) for n in shape)
    if array.size > 1:
        assert seen.ravel()[0] == array.ravel()[0] and seen.ravel()[-1] == array.ravel()[-1]
    turned = corners(array.T)
    assert np.shares_memory(turned, array) and turned.shape == seen.shape[::-1]


@pytest.mark.parametrize("place", [(0, 0), (0, -1), (-1, 0), (-1, -1)])
def test_a_number_in_a_corner_is_seen(place):
    model = L.Linear(4, 3).init(0)
    watch = Watch(model)
    assert not watch.changed()
    model.weight.value[place] += 1
    assert watch.changed()
    assert not Watch(model).changed()


def test_another_array_with_the_same_numbers_is_a_change():
    model = L.Linear(4, 3).init(0)
    watch = Watch(model)
    model.bias.value = model.bias.value.copy()
    assert watch.changed()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.float64])
def test_words_are_read_where_they_are(order, dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype, order=order)
    places, seen = words(corners(array))
    assert len(places) == len(seen) == 8 * array.itemsize // 4
    base = array.ctypes.data
    flat = np.frombuffer(array.tobytes("A"), np.int32)
    np.testing.assert_array_equal(flat[(places - base) // 4], seen)


def test_counters_are_watched_too():
    model = L.Sequential(L.Linear(3, 3), L.Dropout(0.5)).init(0)
    watch = Watch(model)
    model.forward(np.ones((2, 3), np.float32))
    assert watch.changed()
