from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L
from chainrule.inference.watch import Watch, corners


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
