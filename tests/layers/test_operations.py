"""Hand-worked numbers of operations."""

from __future__ import annotations

import pytest

from chainrule.cost import cost
from chainrule.layers import (
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    Maxout,
    MaxPool2d,
    Mish,
    Multiply,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SqueezeExcitation,
)
from chainrule.layers.operations import Operations, operations_of


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
        # 3 pieces: 2·12 products of 4 numbers, 24 biases, then 2 comparisons for 8 outputs
        (Maxout(4, 4, 3), [(2, 4)], (2, 4), Operations(192 + 24 + 16, 192, 192 + 24)),
        (ReLU(), [(3, 5)], (3, 5), Operations(15, 15)),
        (Sigmoid(), [(3, 5)], (3, 5), Operations(60, 45)),
        (BatchNorm(5), [(3, 5)], (3, 5), Operations(90, 60, 75)),
        (MaxPool2d(2), [(1, 4, 4, 3)], (1, 2, 2, 3), Operations(12 * 3, 12)),
        (AvgPool2d(2), [(1, 4, 4, 3)], (1, 2, 2, 3), Operations(12 * 4, 12 * 5)),
        (GlobalAvgPool2d(), [(1, 4, 4, 3)], (1, 3), Operations(48 + 3, 48 + 3)),
        (Add(), [(2, 3)] * 3, (2, 3), Operations(12, 0)),
        (Multiply(), [(2, 3)] * 3, (2, 3), Operations(12, 36)),
        (Residual(ReLU()), [(2, 3)], (2, 3), Operations(6, 6)),
        # exp, + 1, log, tanh, times x; dx: t 4, σ 4, then 1 - t², x, σ, + t, dy in 6
        (Mish(), [(3, 5)], (3, 5), Operations(5 * 15, 14 * 15)),
        # of its own: x s; dy s and + the gate's; dy x and its sum
        (SqueezeExcitation(3), [(1, 4, 4, 3)], (1, 4, 4, 3), Operations(48, 96, 96)),
        (Flatten(), [(2, 3, 3, 1)], (2, 9), Operations()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else "",
)
def test_by_hand(layer, inputs, output, by_hand):
    assert operations_of(layer, tuple(inputs), output) == by_hand


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
