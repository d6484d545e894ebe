from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import models
from chainrule.cost import flops
from chainrule.errors import InputError, ShapeError
from chainrule.gradient_check import gradcheck
from chainrule.layers import Conv2d, MaxPool2d, Residual, named_arrays, named_parameters
from chainrule.layers.base import walk


def count(model) -> int:
    return sum(int(np.prod(p.shape)) for _, p in named_parameters(model))


def tiny():
    return models.resnet((6, 5, 2), 3, blocks=(1, 2), widths=(3, 4))


def test_resnet18_for_cifar_has_11_173_962_parameters():
    assert count(models.resnet18()) == 11_173_962


def test_resnet34_differs_in_its_blocks_alone():
    assert count(models.resnet((32, 32, 3), 10, blocks=(3, 4, 6, 3))) == 21_282_122


@pytest.mark.parametrize(
    ("name", "parameters", "multiply_adds"),
    [("resnet18", 11_689_512, 1.82e9), ("resnet34", 21_797_672, 3.68e9),
     ("resnet50", 25_557_032, 4.13e9)],
)  # fmt: skip
def test_with_the_stem_of_imagenet_they_are_those_of_the_paper(name, parameters, multiply_adds):
    """Parameters as torchvision documents them, operations with norms and sums."""
    model = models.build(name, inputs=(224, 224, 3), classes=1000, stem="imagenet")
    assert count(model) == parameters
    assert flops(model, (224, 224, 3)) == pytest.approx(2 * multiply_adds, rel=3e-3)


def test_a_bottleneck_strides_in_its_3x3():
    model = models.resnet((8, 8, 3), 2, blocks=(1, 1), widths=(4, 6), block="bottleneck")
    blocks = [part for part in walk(model) if isinstance(part, Residual)]
    convs = [part for part in blocks[1].body.layers if isinstance(part, Conv2d)]
    assert [(c.kernel_size, c.stride, c.out_channels) for c in convs] == [
        (1, 1, 6), (3, 2, 6), (1, 1, 24),
    ]  # fmt: skip
    assert [block.shortcut is not None for block in blocks] == [True, True]


def test_the_stem_of_imagenet_divides_the_sides_by_four():
    model = models.resnet((9, 8, 3), 2, blocks=(1,), widths=(4,), stem="imagenet").init()
    assert isinstance(model.layers[4], MaxPool2d)
    x = np.zeros((1, 9, 8, 3), np.uint8)
    for layer in model.layers[:5]:
        x = layer(x)
    assert x.shape == (1, 3, 2, 4)


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_gradients_with_every_block_and_stem(rng, block):
    model = models.resnet((9, 8, 2), 3, blocks=(1, 1), widths=(2, 3), block=block, stem="imagenet")
    assert gradcheck(model.init(1), rng.random((4, 9, 8, 2)), np.arange(4) % 3, samples=4).ok


def test_only_blocks_that_change_the_shape_have_a_projection():
    blocks = [part for part in walk(models.resnet18()) if isinstance(part, Residual)]
    assert [block.shortcut is not None for block in blocks] == [
        False, False, True, False, True, False, True, False,
    ]  # fmt: skip


def test_every_stage_after_the_first_halves_the_sides():
    model = models.resnet((9, 8, 1), 2, blocks=(1, 1, 1), widths=(2, 3, 5)).init()
    x = np.zeros((2, 9, 8, 1), np.uint8)
    shapes = []
    for layer in model.layers:
        x = layer(x)
        if isinstance(layer, Residual):
            shapes.append(x.shape)
    assert shapes == [(2, 9, 8, 2), (2, 5, 4, 3), (2, 3, 2, 5)]


def test_gradients(rng):
    assert gradcheck(tiny().init(1), rng.random((4, 6, 5, 2)), rng.integers(0, 3, 4), samples=8).ok


def test_the_first_loss_is_that_of_a_guess(rng):
    images = rng.integers(0, 256, (8, 16, 16, 3), np.uint8)
    logits, _ = models.resnet((16, 16, 3), 10, widths=(8, 8, 16, 16)).init(0).forward(images)
    loss, _ = cr.losses.SoftmaxCrossEntropy()(logits, rng.integers(0, 10, 8))
    assert loss == pytest.approx(np.log(10), abs=0.1)


def test_it_is_saved_and_loaded(rng, tmp_path):
    model = tiny().init(2)
    images = rng.integers(0, 256, (3, 6, 5, 2), np.uint8)
    model.forward(images)
    cr.save(model, tmp_path / "m")
    loaded = cr.load(tmp_path / "m")
    assert repr(loaded) == repr(model)
    np.testing.assert_array_equal(loaded(images), model(images))


def test_paths_lead_to_the_block():
    paths = [path for path, _ in named_arrays(tiny())]
    assert "layers.6.shortcut.layers.0.weight" in paths
    with pytest.raises(ShapeError, match="of 2 channels"):
        tiny().init()(np.zeros((1, 6, 5, 1), np.uint8))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"inputs": 784}, r"inputs: expected the shape of an image \(H, W, C\), received 784"),
        ({"inputs": (28, 28)}, r"inputs: .* received \(28, 28\)"),
        ({"inputs": (28, 0, 1)}, "inputs: .* received 0"),
        ({"classes": 0}, "classes: .* received 0"),
        ({"blocks": (1, 0)}, "blocks: .* received \\(1, 0\\)"),
        ({"widths": (4, -1)}, "widths: .* received \\(4, -1\\)"),
        ({"stem": "image"}, "unknown stem 'image'; did you mean 'imagenet'"),
        ({"block": "wide"}, "unknown block 'wide'"),
        ({"blocks": (1,)}, "blocks and widths: expected one of each for every stage"),
    ],
)
def test_impossible_arguments_are_named(change, problem):
    arguments = {"inputs": (8, 8, 3), "classes": 2, "blocks": (1, 1), "widths": (2, 2)}
    with pytest.raises(InputError, match=problem):
        models.build("resnet", **arguments | change)


def test_resnet18_is_built_by_name():
    assert repr(models.build("resnet18", inputs=(32, 32, 3), classes=10)) == repr(models.resnet18())
