from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    SwitchableNorm,
    named_arrays,
)

from .. import naive_norm


@pytest.mark.parametrize(
    ("layer", "shape", "kind", "groups"),
    [
        (BatchNorm(3, eps=1e-2), (5, 3), "batch", 1),
        (BatchNorm(3, eps=1e-2), (2, 2, 3, 3), "batch", 1),
        (LayerNorm(4, eps=1e-2), (3, 4), "layer", 1),
        (LayerNorm((2, 3, 2), eps=1e-2), (3, 2, 3, 2), "layer", 1),
        (LayerNorm(5, eps=1e-2), (2, 3, 2, 5), "pixel", 1),
        (GroupNorm(6, groups=3, eps=1e-2), (2, 3, 2, 6), "group", 3),
        (GroupNorm(6, groups=2, eps=1e-2), (3, 6), "group", 2),
        (GroupNorm(4, groups=1, eps=1e-2), (2, 2, 3, 4), "layer", 1),
        (GroupNorm(4, groups=4, eps=1e-2), (2, 2, 3, 4), "instance", 1),
        (InstanceNorm(2, eps=1e-2), (3, 2, 4, 2), "instance", 1),
    ],
    ids=lambda value: str(value) if not isinstance(value, tuple) else "x".join(map(str, value)),
)
@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_equals_the_loops_of_the_definition(layer, shape, kind, groups, backend, rng):
    x = rng.normal(3, 2, shape)
    expected = naive_norm.normalize(x, kind, eps=1e-2, groups=groups)
    y, _ = layer.init().astype(np.float64).forward(x)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
    with kernels.use(backend):
        y, _ = layer.astype(np.float32).forward(x.astype(np.float32))
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


def test_layer_norm_by_hand():
    """[1, 5]: mean 3, variance 4, so -1 and 1, then γ = (10, 20) and β = (1, 2)."""
    layer = LayerNorm(2, eps=1e-9).init().astype(np.float64)
    layer.gamma.value, layer.beta.value = np.array([10.0, 20]), np.array([1.0, 2])
    np.testing.assert_allclose(layer(np.array([[1.0, 5]])), [[-9, 22]])


@pytest.mark.parametrize(
    "layer",
    [
        BatchNorm(1),
        LayerNorm((2, 1, 1)),
        GroupNorm(1, groups=1),
        InstanceNorm(1),
        SwitchableNorm(1),
    ],
    ids=repr,
)
def test_without_options_eps_is_1e_5(layer):
    """The variance of ±√ε is ε: each is divided by √(2 ε)."""
    x = np.array([[[[1.0]], [[-1.0]]]]) * np.sqrt(1e-5)
    y, _ = layer.init().astype(np.float64).forward(x)
    np.testing.assert_allclose(y.ravel(), [np.sqrt(0.5), -np.sqrt(0.5)])


@pytest.mark.parametrize("norm", [BatchNorm, SwitchableNorm])
def test_without_options_a_tenth_of_the_running_statistics_is_new(norm):
    layer = norm(1).init().astype(np.float64)
    layer.forward(np.array([[[[3.0]], [[7.0]]]]))  # mean 5, variance 4
    np.testing.assert_allclose(layer.running_mean.value, 0.9 * 0 + 0.1 * 5)
    np.testing.assert_allclose(layer.running_var.value, 0.9 * 1 + 0.1 * 4)


@pytest.mark.parametrize("build", [LayerNorm, InstanceNorm, GroupNorm])
def test_without_options_there_are_a_scale_and_a_shift(build):
    assert [path for path, _ in named_arrays(build(64))] == ["gamma", "beta"]


def test_layer_norm_keeps_a_scale_for_each_value_and_group_norm_for_each_channel():
    def shapes(layer):
        return {path: node.shape for path, node in named_arrays(layer)}

    assert shapes(LayerNorm((4, 4, 3))) == {"gamma": (4, 4, 3), "beta": (4, 4, 3)}
    assert shapes(GroupNorm(64)) == {"gamma": (64,), "beta": (64,)}
    assert shapes(InstanceNorm(5)) == {"gamma": (5,), "beta": (5,)}
    assert shapes(InstanceNorm(5, affine=False)) == {}


def test_without_affine_no_number_but_the_input_counts(rng):
    x = rng.standard_normal((2, 3, 3, 4))
    y, cache = GroupNorm(4, groups=2, affine=False).forward(x)
    np.testing.assert_allclose(y, GroupNorm(4, groups=2).init().astype(np.float64)(x))
    assert GroupNorm(4, groups=2, affine=False).backward(y, cache).shape == x.shape


@pytest.mark.parametrize("layer", [LayerNorm(5), GroupNorm(4, groups=2), InstanceNorm(4)])
def test_no_gradient_along_what_a_norm_takes_away(layer, rng):
    """y is the same for x + c and for c x, so dx is orthogonal to 1 and, for ε = 0, to x - μ."""
    shape = (3, 5) if isinstance(layer, LayerNorm) else (3, 4, 4, 4)
    layer = layer.init().astype(np.float64)
    layer.eps = 1e-12
    x, dy = rng.standard_normal(shape), rng.standard_normal(shape)
    dx = layer.backward(dy, layer.forward(x)[1])
    axes = tuple(range(1, len(shape)))
    np.testing.assert_allclose(dx.sum(axes), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axes), 0, atol=1e-10)


def test_a_large_mean_costs_no_variance(rng):
    x = (rng.standard_normal((4, 3000)) + 1e3).astype(np.float32)
    y = LayerNorm(3000).init()(x)
    np.testing.assert_allclose(y.std(axis=1), 1, rtol=1e-3)


def test_a_constant_sample_stays_finite():
    layer = InstanceNorm(2).init()
    y, cache = layer.forward(np.full((1, 3, 3, 2), 7, np.float32))
    np.testing.assert_array_equal(y, 0)
    assert np.isfinite(layer.backward(np.ones_like(y), cache)).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: GroupNorm(6, groups=4),
            "groups: expected a divisor of the 6 channels, received 4",
        ),
        (lambda: GroupNorm(48), "groups: expected a divisor of the 48 channels, received 32"),
        (lambda: GroupNorm(4, groups=0), "groups: .*at least 1, received 0"),
        (lambda: InstanceNorm(-1), "channels: .*at least 1, received -1"),
        (lambda: LayerNorm(()), "normalized_shape: expected one size or more"),
        (lambda: LayerNorm((3, 0)), "normalized_shape: .*at least 1, received 0"),
        (lambda: LayerNorm(2.5), "normalized_shape: .*received 2.5"),
        (lambda: LayerNorm(2, eps=-1), "eps: .*received -1"),
    ],
)
def test_impossible_sizes_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_pixels_are_refused_also_where_there_is_no_scale():
    with pytest.raises(ShapeError, match="uint8"):
        InstanceNorm(1, affine=False)(np.zeros((1, 2, 2, 1), np.uint8))
