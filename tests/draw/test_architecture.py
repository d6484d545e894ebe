from __future__ import annotations

import chainrule as cr
from chainrule.draw import FigureSubject
from chainrule.draw.architecture import blocks
from chainrule.layers import Signature


def test_norms_and_activations_belong_to_the_layer_before_them(convnet):
    found = blocks(convnet)
    assert [block.title for block in found] == [
        "image", "Conv2d", "MaxPool2d", "Conv2d", "MaxPool2d", "Linear"
    ]  # fmt: skip
    assert found[1].followers == ("BatchNorm", "ReLU") and found[1].detail == "3x3"
    assert [block.shape for block in found[:3]] == [(8, 8, 1), (8, 8, 4), (4, 4, 4)]
    total = cr.cost.count_parameters(convnet.model)
    assert sum(block.parameters * block.times for block in found) == total


def test_equal_blocks_are_one_with_their_number():
    model = cr.models.resnet((8, 8, 3), 5, blocks=(3, 1), widths=(4, 8))
    model.signature = Signature((8, 8, 3), tuple("abcde"))
    found = blocks(FigureSubject(model))  # without weights
    assert [(block.title, block.times) for block in found if block.title == "Residual"] == [
        ("Residual", 3), ("Residual", 1)
    ]  # fmt: skip
    total = cr.cost.count_parameters(model)
    assert sum(block.parameters * block.times for block in found) == total
