"""Hand-worked numbers of operations."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from chainrule.cost import cost
from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    GroupNorm,
    HardSwish,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Maxout,
    MaxPool2d,
    Mish,
    Multiply,
    Normalize,
    Parallel,
    PReLU,
    ReLU,
    ReLU6,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    SqueezeExcitation,
    SwitchableNorm,
    Tanh,
    WeightStandardization,
)
from chainrule.layers.operations import Operations, of_products, operations_of


@pytest.mark.parametrize(
    ("layer", "inputs", "output", "by_hand"),
    [
        # 3 samples, 5 to 4: 60 multiply-adds and 12 biases; dW, dx 60 each; db 12 additions
        (Linear(5, 4), [(3, 5)], (3, 4), Operations(120 + 12, 120, 120 + 12)),
        # 2x6x6 outputs of 8 channels, each 3·3·4 taps: 576 · 36 = 20,736 multiply-adds
        (
            Conv2d(4, 8, 3),
            [(2, 8, 8, 4)],
            (2, 6, 6, 8),
            Operations(41_472 + 576, 41_472, 41_472 + 576),
        ),
        # two groups halve the taps of each output
        (
            Conv2d(4, 8, 3, groups=2, bias=False),
            [(2, 8, 8, 4)],
            (2, 6, 6, 8),
            Operations(20_736, 20_736, 20_736),
        ),
        # 1x4x4 outputs at stride 2 with padding: what is read outside counts as what is inside
        (
            Conv2d(3, 2, 3, stride=2, padding=1, bias=False),
            [(1, 8, 8, 3)],
            (1, 4, 4, 2),
            Operations(2 * 32 * 27, 2 * 32 * 27, 2 * 32 * 27),
        ),
        # each of 1·3·3·2 inputs paints 2·2·5 numbers
        (
            ConvTranspose2d(2, 5, 2, stride=2, bias=False),
            [(1, 3, 3, 2)],
            (1, 6, 6, 5),
            Operations(2 * 18 * 20, 2 * 18 * 20, 2 * 18 * 20),
        ),
        # in two groups each paints half as many, and each of the 6·6·4 outputs has a bias
        (
            ConvTranspose2d(2, 4, 2, stride=2, groups=2),
            [(1, 3, 3, 2)],
            (1, 6, 6, 4),
            Operations(2 * 18 * 8 + 144, 2 * 18 * 8, 2 * 18 * 8 + 144),
        ),
        # 3 pieces: 2·12 products of 4 numbers, 24 biases, then 2 comparisons for 8 outputs
        (Maxout(4, 4, 3), [(2, 4)], (2, 4), Operations(192 + 24 + 16, 192, 192 + 24)),
        (ReLU(), [(3, 5)], (3, 5), Operations(15, 15)),
        (ReLU6(), [(3, 5)], (3, 5), Operations(30, 30)),
        # a comparison and a product; the slope's gradient is dy x, summed
        (LeakyReLU(), [(3, 5)], (3, 5), Operations(30, 30)),
        (PReLU(), [(3, 5)], (3, 5), Operations(30, 30, 30)),
        # + 3, max, min, times x, / 6; dx: two comparisons, / 3, + 1/2, times dy
        (HardSwish(), [(3, 5)], (3, 5), Operations(75, 75)),
        (Sigmoid(), [(3, 5)], (3, 5), Operations(60, 45)),
        (Tanh(), [(3, 5)], (3, 5), Operations(15, 45)),
        # a comparison, exp, - 1, times α, and for SELU times λ
        (ELU(), [(3, 5)], (3, 5), Operations(60, 45)),
        (SELU(), [(3, 5)], (3, 5), Operations(75, 60)),
        # times β, exp, + 1, log, / β; dx: times β, its negative, exp, 1 - it, times dy
        (Softplus(), [(3, 5)], (3, 5), Operations(75, 75)),
        # σ in 4, then times x; dx: σ in 4, then 1 - σ, times x, 1 + it, times σ, times dy
        (SiLU(), [(3, 5)], (3, 5), Operations(75, 135)),
        # Φ in 4, then times x; dx: Φ in 4, φ in 5, then times x, + Φ, times dy
        (GELU(), [(3, 5)], (3, 5), Operations(75, 180)),
        (Dropout(0.5), [(3, 5)], (3, 5), Operations(30, 30)),
        (Normalize(), [(3, 5)], (3, 5), Operations(30, 15)),
        (BatchNorm(5), [(3, 5)], (3, 5), Operations(90, 60, 75)),
        (LayerNorm(5), [(3, 5)], (3, 5), Operations(90, 60, 75)),
        (GroupNorm(4, groups=2, affine=False), [(3, 4)], (3, 4), Operations(72, 48)),
        (SwitchableNorm(3), [(1, 4, 4, 3)], (1, 4, 4, 3), Operations(288, 480, 240)),
        # of its own: the 8 weights are normalized, as activations are
        (WeightStandardization(Linear(4, 2)), [(3, 4)], (3, 2), Operations(48, 0, 32)),
        (MaxPool2d((2, 3)), [(1, 4, 6, 3)], (1, 2, 2, 3), Operations(12 * 5, 12)),
        (AvgPool2d((2, 3)), [(1, 4, 6, 3)], (1, 2, 2, 3), Operations(12 * 6, 12 * 7)),
        (AdaptiveAvgPool2d(2), [(1, 4, 4, 3)], (1, 2, 2, 3), Operations(48 + 12, 48 + 12)),
        (MaxPool2d(2), [(1, 4, 4, 3)], (1, 2, 2, 3), Operations(12 * 3, 12)),
        (AvgPool2d(2), [(1, 4, 4, 3)], (1, 2, 2, 3), Operations(12 * 4, 12 * 5)),
        (GlobalAvgPool2d(), [(1, 4, 4, 3)], (1, 3), Operations(48 + 3, 48 + 3)),
        (Add(), [(2, 3)] * 3, (2, 3), Operations(12, 0)),
        (Multiply(), [(2, 3)] * 3, (2, 3), Operations(12, 36)),
        (Concat(), [(2, 3)] * 3, (2, 9), Operations()),
        # of their own: the sum of the branches' values, and that of their gradients
        (Residual(ReLU()), [(2, 3)], (2, 3), Operations(6, 6)),
        (Residual(Linear(4, 3), Linear(4, 3)), [(2, 4)], (2, 3), Operations(6, 8)),
        (Parallel(ReLU(), ReLU(), ReLU()), [(2, 3)], (2, 3), Operations(0, 12)),
        (Sequential(ReLU()), [(2, 3)], (2, 3), Operations()),
        (Graph({"y": (ReLU(), "input")}), [(2, 3)], (2, 3), Operations()),
        # exp, + 1, log, tanh, times x; dx: t 4, σ 4, then 1 - t², x, σ, + t, dy in 6
        (Mish(), [(3, 5)], (3, 5), Operations(5 * 15, 14 * 15)),
        # of its own: x s; dy s and + the gate's; dy x and its sum
        (SqueezeExcitation(3), [(1, 4, 4, 3)], (1, 4, 4, 3), Operations(48, 96, 96)),
        (Flatten(), [(2, 3, 3, 1)], (2, 9), Operations()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else "",
)
def test_by_hand(layer, inputs, output, by_hand):
    counted = operations_of(layer, tuple(inputs), output)
    assert counted == by_hand
    assert {type(number) for number in astuple(counted)} == {int}


def test_a_layer_of_ones_own_counts_as_what_it_inherits_from():
    class Mine(Linear):
        pass

    class Other(Layer):
        def forward(self, x):
            return x, None

        def backward(self, dy, cache):
            return dy

    of_mine = operations_of(Mine(5, 4), ((3, 5),), (3, 4))
    assert of_mine == operations_of(Linear(5, 4), ((3, 5),), (3, 4))
    assert operations_of(Other(), ((3, 5),), (3, 5)) is None


def test_what_is_not_said_is_nothing():
    assert astuple(Operations()) == (0, 0, 0)
    assert of_products(5) == Operations(10, 10, 10)
    assert of_products(5, 3) == Operations(13, 10, 13)
    assert Operations(1, 2, 3).times(4) == Operations(4, 8, 12)


class Identity(Layer):
    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


class InAttribute(Identity):
    def __init__(self):
        self.operations = ["add", "max"]


class InProperty(Identity):
    @property
    def operations(self):
        return 3


class Stating(Identity):
    operations_per_element = Operations(1, 2, 3)


@pytest.mark.parametrize("own", [Identity, InAttribute, InProperty])
def test_what_a_layer_of_ones_own_does_not_state_is_uncounted(own):
    estimated = cost(Sequential(Linear(4, 4), own()), 2, (4,))
    assert estimated.uncounted == (own.__name__,)
    assert estimated.forward == 2 * (2 * 16 + 4)


def test_a_layer_of_ones_own_states_its_operations():
    estimated = cost(Sequential(Stating(), Linear(4, 4)), 2, (4,))
    assert not estimated.uncounted
    assert estimated.layers[0].forward == 8
