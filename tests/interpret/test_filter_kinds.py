from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.interpret import filter_kinds
from chainrule.interpret.filter_kinds import COLOR, EDGE, color_share, edge_share
from chainrule.layers import BatchNorm, Conv2d, MaxPool2d, ReLU, Sequential, Tanh

from .conftest import convolution

GRAY = np.ones(3)
SOBEL = np.outer([1, 2, 1], [1, 0, -1])
PREWITT = np.outer([1, 1, 1], [1, 0, -1])
DIAGONAL = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]])
BAR = np.outer([1, 1, 1], [-1, 2, -1])
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
SPOT = np.ones((3, 3))


def gabor(size, angle, frequency, phase):
    y, x = np.mgrid[-(size // 2) : size // 2 + 1, -(size // 2) : size // 2 + 1]
    along = x * np.cos(angle) + y * np.sin(angle)
    bell = np.exp(-(x * x + y * y) / (2 * (size / 4) ** 2))
    return bell * np.cos(2 * np.pi * frequency * along + phase)


def kinds(*filters):
    return filter_kinds(convolution(np.stack(filters))).kinds


@pytest.mark.parametrize("drawn", [SOBEL, SOBEL.T, PREWITT, DIAGONAL, -DIAGONAL[:, ::-1], BAR])
def test_edges_and_bars_in_any_direction_are_edges(drawn):
    assert kinds(drawn[..., None] * GRAY) == ("edge",)
    assert kinds(drawn[..., None] * np.ones(1)) == ("edge",)
    assert kinds(1e-3 * drawn[..., None] * GRAY) == ("edge",)


@pytest.mark.parametrize(("size", "angle"), [(5, 0.5), (7, 1.0), (11, 2.0), (11, 3.0)])
def test_gabor_filters_are_edges(size, angle):
    assert kinds(gabor(size, angle, 0.9 / size, 1.2)[..., None] * GRAY) == ("edge",)


@pytest.mark.parametrize(
    "drawn", [LAPLACE, SPOT, np.zeros((3, 3)) + np.eye(3)[1] * np.eye(3)[1][:, None]]
)
def test_spots_have_no_direction(drawn):
    assert kinds(drawn[..., None] * GRAY) == ("other",)


@pytest.mark.parametrize("drawn", [SPOT, SOBEL, LAPLACE])
@pytest.mark.parametrize("colors", [(1, -1, 0), (2, -1, -1), (-1, -0.5, 1.4)])
def test_what_weighs_colors_against_each_other_is_color(drawn, colors):
    assert kinds(drawn[..., None] * np.array(colors)) == ("color",)


def test_one_channel_alone_is_no_color_detector_yet():
    """Two thirds of (1, 0, 0) are color, one third is brightness."""
    assert color_share(SPOT[None, ..., None] * np.array([1, 0, 0])) == pytest.approx(2 / 3)
    assert kinds(SPOT[..., None] * np.array([1, 0, 0])) == ("other",)


def test_shares_are_of_the_whole_energy():
    w = (SOBEL[..., None] * GRAY)[None]
    assert edge_share(w) == pytest.approx(0.8)  # its coherence
    assert edge_share(np.concatenate([w, w * np.array([3, 0, 0])])) == pytest.approx([0.8, 0.8 / 3])
    assert color_share(np.ones((2, 3, 3, 4))).tolist() == [0, 0]
    assert edge_share(np.ones((2, 1, 3, 3))).tolist() == [0, 0]
    assert edge_share(np.zeros((1, 3, 3, 3))) == color_share(np.zeros((1, 3, 3, 3))) == 0


def test_a_faint_filter_is_dead_by_its_weights():
    w = np.stack([SOBEL, SOBEL.T, BAR, 1e-3 * SOBEL])[..., None] * GRAY
    assert filter_kinds(convolution(w)).kinds == ("edge", "edge", "edge", "dead")
    assert filter_kinds(convolution(0 * w)).counts["dead"] == 4


def test_a_relu_that_is_never_above_0_is_dead_by_its_responses(digits):
    conv = convolution(np.stack([SOBEL, SOBEL, SPOT, SOBEL])[..., None].astype(float))
    conv.bias.value = np.array([0.0, -1e4, -1e4, 1e4], np.float32)
    model = Sequential(cr.layers.Normalize(), conv.astype(np.float32), ReLU()).init(0)
    conv.weight.value = np.stack([SOBEL, SOBEL, SPOT, SOBEL], -1)[:, :, None].astype(np.float32)
    conv.bias.value = np.array([0.0, -1e4, -1e4, 1e4], np.float32)
    found = filter_kinds(model, digits[1].images[:20])
    assert found.kinds == ("edge", "dead", "dead", "edge")
    assert found.spans[1] == found.spans[2] == 0 < found.spans[0]
    assert filter_kinds(model).counts["dead"] == 0  # their weights are as large as any


@pytest.mark.parametrize("behind", ["norm", "tanh", "pool"])
def test_the_response_is_that_behind_norm_and_activation(digits, behind):
    """A scale of 0 makes a filter dead; a pooling ends what is looked at."""
    norm, last = BatchNorm(2), {"norm": ReLU(), "tanh": Tanh(), "pool": MaxPool2d(2)}[behind]
    model = Sequential(cr.layers.Normalize(), Conv2d(1, 2, 3), norm, last, ReLU()).init(0)
    norm.gamma.value[1] = 0
    assert filter_kinds(model, digits[1].images[:9]).kinds[1] == "dead"
    assert filter_kinds(model, digits[1].images[:9]).kinds[0] != "dead"


def test_a_data_set_is_its_images(convnet, digits):
    some = digits[1][:9]
    np.testing.assert_array_equal(
        filter_kinds(convnet, some).spans, filter_kinds(convnet, some.images).spans
    )


def test_chance_is_told_and_is_what_random_filters_give(convnet):
    model = cr.models.convnet((8, 8, 3), 2, filters=(600,)).init(0)
    found = filter_kinds(model)
    for kind in ("edge", "color"):
        assert found.counts[kind] / 600 == pytest.approx(found.by_chance[kind], abs=0.03)
    assert filter_kinds(convnet).by_chance["color"] == 0 and COLOR > EDGE
    assert found.by_chance == filter_kinds(model).by_chance


def test_a_layer_may_be_chosen(convnet):
    assert len(filter_kinds(convnet, layer="layers.5").kinds) == 6
    with pytest.raises(InputError, match="path of a convolution"):
        filter_kinds(convnet, layer="layers.2")


def test_what_is_refused(convnet, mlp, digits):
    with pytest.raises(InputError, match="with a convolution"):
        filter_kinds(mlp)
    with pytest.raises(InputError, match="expected one or more"):
        filter_kinds(convnet, digits[1].images[:0])
    with pytest.raises(InputError, match=r"expected \(N, 8, 8, 1\)"):
        filter_kinds(convnet, np.zeros((2, 5, 5, 1), np.uint8))
    convnet.layers[1].weight.value[:] = np.nan
    with pytest.raises(InputError, match="diverged"):
        filter_kinds(convnet, digits[1].images[:2])
