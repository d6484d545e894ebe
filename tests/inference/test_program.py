"""Instructions beside the reference kernels, where sizes, options and what is joined differ."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule import layers as L
from tests.interop.cases import lively

pytest.importorskip("numba")

from chainrule.inference.nodes import ACTIVATIONS, nodes
from chainrule.inference.packing import Packing
from chainrule.inference.prepared import Prepared, multiplications, parts
from chainrule.inference.products import edge
from chainrule.inference.program import program
from chainrule.interop.folding import fold_batch_norm
from chainrule.interop.planning import plan
from chainrule.kernels.cpu.prepared import activations, fields

CONVOLUTIONS = {
    "3 channels": (L.Conv2d(3, 20, 3, padding=1), (9, 8, 3)),
    "1x1": (L.Conv2d(5, 70, 1), (6, 7, 5)),
    "1x1 strided": (L.Conv2d(5, 9, 1, stride=2), (6, 7, 5)),
    "5x3": (L.Conv2d(4, 6, (5, 3), padding=(2, 1)), (9, 9, 4)),
    "strides that differ": (L.Conv2d(4, 6, 3, stride=(2, 3), padding=1), (9, 10, 4)),
    "same, even kernel": (L.Conv2d(4, 6, 4, padding="same"), (7, 9, 4)),
    "dilated": (L.Conv2d(4, 6, 3, dilation=(2, 3), padding=2), (11, 12, 4)),
    "groups": (L.Conv2d(6, 9, 3, groups=3, padding=1), (7, 6, 6)),
    "depthwise": (L.Conv2d(20, 20, 3, groups=20, stride=2, padding=1), (9, 8, 20)),
    "depthwise, dilated": (L.Conv2d(5, 5, 3, groups=5, dilation=2, padding=2), (9, 8, 5)),
    "depthwise, doubled": (L.Conv2d(5, 10, 3, groups=5), (7, 7, 5)),
    "tiles of 4": (L.Conv2d(16, 32, 3, padding=1), (16, 16, 16)),
    "tiles of 4, cut off": (L.Conv2d(32, 16, 3, padding=1), (17, 19, 32)),
    "tiles of 4, no padding": (L.Conv2d(16, 16, 3), (21, 15, 16)),
    "tiles of 4, wide padding": (L.Conv2d(16, 16, 3, padding=3, bias=False), (14, 12, 16)),
    "tiles of 2": (L.Conv2d(16, 80, 3, padding=1), (8, 8, 16)),
    "tiles of 2, cut off": (L.Conv2d(48, 16, 3, padding=1), (7, 9, 48)),
    "too small for tiles": (L.Conv2d(16, 16, 3, padding=1), (4, 4, 16)),
    "many columns": (L.Conv2d(16, 130, 3, stride=2, padding=1), (9, 9, 16)),
}


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def check(model, shape, counts=(1, 3), tolerance=1e-5):
    ready = Prepared(plan(model, shape, "float32"))
    for count in counts:
        x = numbers((count, *shape), count)
        with kernels.use("reference"):
            expected = model(x)
        for _ in range(2):  # the second in memory that was used before
            np.testing.assert_allclose(
                ready(x), expected, rtol=0, atol=tolerance * np.abs(expected).max()
            )
    return ready


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions(name):
    layer, shape = CONVOLUTIONS[name]
    check(lively(L.Sequential(layer, L.ReLU())), shape)


def test_which_convolutions_are_made_of_tiles():
    for name, (layer, shape) in CONVOLUTIONS.items():
        (step,) = plan(lively(layer), shape, "float32").steps
        expected = 4 if name.startswith("tiles of 4") else 2 if name.startswith("tiles of 2") else 0
        assert edge(step) == expected, name


@pytest.mark.parametrize("sizes", [(1, 1), (3, 70), (300, 10), (129, 64), (64, 200)])
@pytest.mark.parametrize("count", [1, 4, 5, 7, 64, 70, 131])
def test_linear_layers_of_any_size(sizes, count):
    check(lively(L.Linear(*sizes)), (sizes[0],), (count,))


@pytest.mark.parametrize("channels", [4, 16])
@pytest.mark.parametrize("shortcut", [None, "projection", "first"])
def test_a_sum_and_an_activation_join_the_product_before_them(channels, shortcut):
    c = channels
    body = L.Sequential(
        L.Conv2d(c, c, 3, padding=1), L.BatchNorm(c), L.ReLU(),
        L.Conv2d(c, c, 3, padding=1), L.BatchNorm(c),
    )  # fmt: skip
    way = None if shortcut is None else L.Sequential(L.Conv2d(c, c, 1), L.BatchNorm(c))
    model = L.Sequential(
        L.Residual(body, way) if shortcut != "first" else L.Parallel(way, body, merge=L.Add()),
        L.ReLU(), L.Residual(L.Conv2d(c, c, 3, padding=1)), L.ReLU6(), L.MaxPool2d(2),
    )  # fmt: skip
    lively(model)
    check(model, (12, 13, c))
    order = nodes(fold_batch_norm(plan(model, (12, 13, c), "float32")))
    assert [node.step.op for node in order][-2:] == ["conv2d", "max_pool"]
    assert sum(node.other is not None for node in order) == 2
    assert [node.activation for node in order].count("relu") == 2


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_alone_and_after_others(name):
    kinds = {
        "leaky_relu": L.LeakyReLU(0.2), "elu": L.ELU(0.7), "softplus": L.Softplus(2.0),
        "gelu": L.GELU(), "gelu_tanh": L.GELU("tanh"), "relu": L.ReLU(), "relu6": L.ReLU6(),
        "selu": L.SELU(), "sigmoid": L.Sigmoid(), "tanh": L.Tanh(), "silu": L.SiLU(),
        "hard_swish": L.HardSwish(), "mish": L.Mish(),
    }  # fmt: skip
    layer = kinds[name]
    check(layer, (3, 5, 17), tolerance=2e-6)
    model = L.Sequential(L.Conv2d(16, 16, 3, padding=1), layer, L.Conv2d(16, 5, 1), layer)
    check(lively(model), (16, 16, 16), tolerance=5e-5)  # the largest of many, after two tiles
    check(
        lively(L.Sequential(L.Conv2d(4, 4, 3, groups=4), layer, L.BatchNorm(4), layer)), (5, 6, 4)
    )
    x = np.array([[-np.inf, -1e30, -200, -0.0, 0, 200, 1e30, np.inf, np.nan]], np.float32)
    y = Prepared(plan(layer, (9,), "float32"))(x)
    np.testing.assert_allclose(y, layer(x), rtol=1e-5, atol=1e-30)
    assert activations.NAMES.index(name) > 0


@pytest.mark.parametrize(
    "layer", [
        L.MaxPool2d(2), L.MaxPool2d(3, 2, 1), L.MaxPool2d((3, 2), (1, 2), 1, ceil_mode=True),
        L.AvgPool2d(2), L.AvgPool2d(3, 2, 1), L.AvgPool2d(3, 2, 1, count_include_pad=False),
        L.AdaptiveAvgPool2d((3, 2)), L.GlobalAvgPool2d(), L.PReLU(), L.PReLU(5), L.BatchNorm(5),
        L.Scale(0.3), L.Flatten(), L.Dropout(0.5),
    ], ids=repr,
)  # fmt: skip
def test_layers_without_products(layer):
    check(lively(layer), (7, 9, 5))


@pytest.mark.parametrize("merge", [L.Add(), L.Multiply(), L.Concat()], ids=repr)
def test_several_branches(merge):
    c = 6
    model = L.Parallel(
        L.Conv2d(c, c, 3, padding=1), L.Sequential(L.Conv2d(c, c, 1), L.Tanh()), L.ReLU(),
        L.Sequential(L.MaxPool2d(3, 1, 1), L.BatchNorm(c)), merge=merge,
    )  # fmt: skip
    wide = 4 * c if isinstance(merge, L.Concat) else c
    check(lively(L.Sequential(model, L.ReLU(), L.Conv2d(wide, 4, 3, padding=1))), (6, 7, c))


def test_a_value_with_a_border_is_flattened_by_a_copy():
    model = L.Sequential(
        L.Conv2d(3, 4, 1),
        L.Parallel(
            L.Sequential(L.Conv2d(4, 2, 3, padding=1), L.GlobalAvgPool2d(), L.Linear(2, 5)),
            L.Sequential(L.Flatten(), L.Linear(4 * 30, 5)), merge=L.Add(),
        ), L.ReLU(),
    )  # fmt: skip
    check(lively(model), (5, 6, 3))


def test_the_input_may_be_the_output_and_read_twice():
    check(lively(L.Sequential(L.Dropout(0.5))), (4,))
    check(lively(L.Residual(L.Sequential(L.Dropout(0.5)))), (3, 4, 5))


def test_memory_is_used_again_and_weights_are_shared():
    layers = [L.Conv2d(4, 4, 3, padding=1) for _ in range(12)]
    made = plan(lively(L.Sequential(*layers)), (8, 8, 4), "float32")
    packing = Packing()
    one = program(made, 1, packing)
    value = 10 * 10 * 4
    assert one.memory <= 4 * value
    size = packing.whole().size
    program(made, 2, packing)
    assert packing.whole().size == size
    ops = [fields.OPERATIONS[row[fields.OP]] for row in one.table]
    assert ops == ["product"] * 12


@pytest.mark.parametrize(("count", "most"), [(1, 8), (7, 8), (8, 8), (21, 8), (3, 1), (0, 8)])
def test_any_number_of_images_is_made_of_powers_of_2(count, most):
    found = list(parts(count, most))
    assert np.concatenate([np.arange(count)[part] for part in found] or [[]]).tolist() == list(
        range(count)
    )
    sizes = [part.stop - part.start for part in found]
    assert all(size <= most and size & (size - 1) == 0 for size in sizes)
    assert sizes == sorted(sizes, reverse=True) and len(found) <= count // most + most.bit_length()


def test_large_images_run_one_by_one():
    model = lively(L.Sequential(L.Conv2d(3, 64, 5, padding=2), L.GlobalAvgPool2d()))
    small, large = (Prepared(plan(model, (n, n, 3), "float32")) for n in (20, 512))
    x = numbers((3, 20, 20, 3))
    assert (small._most, large._most) == (8, 1)
    np.testing.assert_allclose(small(x), model(x), atol=1e-5)


def test_multiplications_of_an_image():
    model = lively(L.Sequential(L.Conv2d(3, 4, 3, padding=1), L.Flatten(), L.Linear(80, 2)))
    assert multiplications(plan(model, (4, 5, 3), "float32")) == 20 * 108 + 160
