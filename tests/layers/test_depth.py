"""Where the head of a model is, and what the blocks of its body are."""

import pytest

from chainrule import InputError, models
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    ReLU,
    Residual,
    Sequential,
)
from chainrule.layers.depth import blocks, find_head


def test_blocks_of_a_residual_net():
    model = models.resnet((8, 8, 3), 4, blocks=(1, 1), widths=(4, 8))
    assert [block.paths for block in blocks(model)] == [
        ("layers.1", "layers.2"),
        ("layers.4",),
        ("layers.6",),
    ]
    assert find_head(model)[0] == "layers.9"


def test_a_body_and_a_head_that_are_models():
    body = Sequential(Conv2d(3, 4, 3), BatchNorm(4), ReLU(), Conv2d(4, 4, 3), GlobalAvgPool2d())
    model = Sequential(body, Sequential(Linear(4, 2)))
    assert find_head(model)[0] == "layers.1.layers.0"
    assert [block.paths for block in blocks(model)] == [
        ("layers.0.layers.0", "layers.0.layers.1"),
        ("layers.0.layers.3",),
    ]


def test_blocks_that_are_models_count_as_one():
    def block():
        return Sequential(Conv2d(3, 3, 3), BatchNorm(3), ReLU(), Conv2d(3, 3, 1))

    model = Sequential(block(), block(), Residual(block()), GlobalAvgPool2d(), Linear(3, 2))
    assert [block.paths for block in blocks(model)] == [
        ("layers.0",), ("layers.1",), ("layers.2",),
    ]  # fmt: skip


def test_a_head_may_be_a_1x1_convolution():
    model = Sequential(Conv2d(3, 4, 3), ReLU(), Conv2d(4, 5, 1), ReLU(), GlobalAvgPool2d())
    assert find_head(model)[0] == "layers.2"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Linear(3, 2), "layers before its head, received Linear"),
        (Sequential(ReLU(), Flatten()), "received one without"),
        (Sequential(Linear(3, 2), BatchNorm(2)), r"received BatchNorm at layers\.1"),
        (Sequential(Conv2d(3, 2, 3), Flatten()), r"received Conv2d at layers\.0"),
        (Residual(Sequential(Linear(3, 3))), "received Residual"),
    ],
)
def test_models_without_a_head(model, said):
    with pytest.raises(InputError, match=said):
        find_head(model)
