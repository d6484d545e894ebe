from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers import Dropout, DropPath, Sequential, SpatialDropout, dropout


def test_share_dropped_and_expectation(rng):
    x = np.ones((400, 500), np.float32)
    y, _ = Dropout(0.3).init(0).forward(x)
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.005)
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)
    # Rows and columns are dropped evenly: the mask has no stripes.
    assert (y == 0).mean(axis=0).std() < 1.5 * np.sqrt(0.21 / 400)
    assert (y == 0).mean(axis=1).std() < 1.5 * np.sqrt(0.21 / 500)


def test_backward_drops_the_same_units():
    x = np.ones((20, 30), np.float32)
    layer = Dropout(0.5).init(0)
    y, cache = layer.forward(x)
    layer.forward(x)
    np.testing.assert_array_equal(layer.backward(x, cache), y)


def test_each_forward_each_layer_and_each_seed_drops_others():
    x = np.ones((20, 30), np.float32)
    model = Sequential(Dropout(0.5), Dropout(0.5)).init(0)
    first, second = model.layers
    masks = [first.forward(x)[0], first.forward(x)[0], second.forward(x)[0]]
    masks.append(Dropout(0.5).init(1).forward(x)[0])
    for i, one in enumerate(masks):
        for other in masks[:i]:
            assert 0.4 < (one == other).mean() < 0.6


def test_a_loaded_state_goes_on_where_it_was():
    x = np.ones((4, 5), np.float32)
    layer = Dropout(0.5).init(0)
    layer.forward(x)
    twin = Dropout(0.5).init(9)
    twin.load_state(layer.state())
    np.testing.assert_array_equal(twin.forward(x)[0], layer.forward(x)[0])


def test_the_masks_are_named_by_splitmix64():
    """The first numbers of its author's generator from seed 0."""
    assert [dropout._scramble(n) for n in (1, 2, 3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


def test_keys_fill_their_64_bits_and_forwards_are_counted_one_by_one():
    keys = [int(Dropout(0.5).init(seed).key.value) for seed in range(64)]
    assert len(set(keys)) == 64
    assert all(0 < sum(key >> bit & 1 for key in keys) < 64 for bit in range(64))
    layer = Dropout(0.5).init(0)
    for n in range(3):
        assert int(layer.count.value) == n
        assert layer.next_key() == dropout._scramble(int(layer.key.value) + n)
        layer.forward(np.ones((2, 2), np.float32))


def test_predicting_is_the_identity():
    x = np.ones((4, 5), np.float32)
    assert Dropout(0.9).init(0)(x) is x


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, float("nan")])
def test_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(InputError, match="rate: expected a probability"):
        Dropout(rate)


def test_spatial_dropout_drops_whole_channels():
    x = np.ones((300, 4, 5, 6), np.float32)
    y, _ = SpatialDropout(0.3).init(0).forward(x)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1, :1], y.shape))
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)
    dropped = y[:, 0, 0] == 0
    assert dropped.mean() == pytest.approx(0.3, abs=0.04)
    assert 0 < dropped.sum(axis=1).std() < 2  # samples differ in which and how many


def test_drop_path_drops_whole_samples():
    x = np.ones((2000, 3, 2, 2), np.float32)
    y, _ = DropPath(0.2).init(0).forward(x)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1, :1, :1], y.shape))
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.8], rtol=1e-6)
    assert (y[:, 0, 0, 0] == 0).mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("kind", [Dropout, SpatialDropout, DropPath])
def test_all_of_them_count_their_forwards_and_drop_the_same_on_the_way_back(kind):
    x = np.ones((64, 8), np.float32)
    layer = kind(0.5).init(0)
    (y1, cache1), (y2, cache2) = layer.forward(x), layer.forward(x)
    assert int(layer.count.value) == 2
    assert (y1 != y2).any()
    np.testing.assert_array_equal(layer.backward(x, cache1), y1)
    np.testing.assert_array_equal(layer.backward(x, cache2), y2)
    assert layer(x) is x


def test_nan_is_not_hidden_by_dropping_a_channel_or_a_sample():
    x = np.full((50, 2), np.nan, np.float32)
    for kind in (SpatialDropout, DropPath):
        assert np.isnan(kind(0.5).init(0).forward(x)[0]).all()


def test_spatial_dropout_needs_channels_and_a_refusal_does_not_count():
    layer = SpatialDropout(0.5).init(0)
    with pytest.raises(ShapeError, match=r"expected an input of shape \(N, ..., C\)"):
        layer.forward(np.ones(3, np.float32))
    assert int(layer.count.value) == 0
