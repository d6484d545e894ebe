"""Report B's net."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import architecture, models
from chainrule.errors import InputError
from chainrule.gradient_check import gradcheck
from chainrule.layers import Conv2d, named_parameters
from chainrule.models.convnet import NORMS


def test_sizes_on_the_way_are_those_of_the_report(rng):
    """32x32x32 -> 16x16x32 -> 14x14x32 -> 7x7x32 -> 1568 -> 10"""
    model = models.convnet((32, 32, 3), 10).init(0)
    x = rng.integers(0, 256, (2, 32, 32, 3), np.uint8)
    shapes = []
    for layer in model.layers:
        x = layer(x)
        shapes.append(x.shape[1:])
    assert list(dict.fromkeys(shapes)) == [
        (32, 32, 3), (32, 32, 32), (16, 16, 32), (14, 14, 32), (7, 7, 32), (1568,), (10,),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        # conv 3·3·3·32 + norm 2·32 + conv 3·3·32·32 + norm 2·32 + linear 1568·10 + 10
        ((32, 32), 864 + 64 + 9216 + 64 + 15_690),
        # conv 3·3·3·4 + norm 2·4 + linear 16·16·4·10 + 10
        ((4,), 108 + 8 + 10_250),
        # … + conv 3·3·4·5 + norm + conv 3·3·5·6 + norm + linear 2·2·6·10 + 10
        ((4, 5, 6), 108 + 8 + 180 + 10 + 270 + 12 + 250),
    ],
)
def test_parameters_counted_by_hand(filters, count):
    model = models.convnet((32, 32, 3), 10, filters=filters).init(0)
    assert sum(p.value.size for _, p in named_parameters(model)) == count


def test_first_weights_follow_the_fan_out():
    model = models.convnet((16, 16, 3), 10, filters=(64, 64)).init(0)
    first, second = (layer for layer in model.layers if isinstance(layer, Conv2d))
    for conv in (first, second):
        assert conv.weight.value.std() == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.05)
    assert model.layers[-1].weight.value.std() == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("shape", [(10, 11, 1), (13, 10, 3)])
def test_images_become_logits(shape, rng):
    model = models.convnet(shape, 4, filters=(5, 3)).init(0)
    images = rng.integers(0, 256, (3, *shape), np.uint8)
    logits = model(images)
    assert logits.shape == (3, 4) and logits.dtype == np.float32
    np.testing.assert_allclose(logits[1:2], model(images[1:2]), rtol=1e-4, atol=1e-6)


def test_gradients(rng):
    model = models.convnet((8, 8, 2), 3, filters=(4, 3)).init(1)
    assert gradcheck(model, rng.random((5, 8, 8, 2)), rng.integers(0, 3, 5)).ok


def test_it_is_rebuilt_from_its_description():
    model = models.build("convnet", inputs=(12, 12, 1), classes=3, filters=[2, 3])
    assert repr(architecture.rebuild(architecture.describe(model))) == repr(model)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"inputs": 784}, r"inputs: expected the shape of an image \(H, W, C\), received 784"),
        ({"inputs": (0, 8, 3)}, "inputs: expected a whole number of at least 1, received 0"),
        ({"inputs": (5, 32, 3)}, "2 convolutions and poolings leave nothing of images of 5x32"),
        ({"filters": ()}, "filters: expected one number or more"),
        (
            {"filters": (4, 0)},
            "filters: expected a list, each item a whole number .* received \\(4, 0\\)",
        ),
        ({"classes": 0}, "classes: expected a whole number of at least 1"),
    ],
)
def test_impossible_arguments_are_named(arguments, problem):
    with pytest.raises(InputError, match=problem):
        models.convnet(**{"inputs": (32, 32, 3), "classes": 10} | arguments)


@pytest.mark.parametrize("norm", [*NORMS, None])
def test_every_norm_gives_a_net_with_right_gradients(norm, rng):
    model = models.convnet((8, 8, 2), 3, filters=(4, 4), norm=norm).init(1)
    convolutions = [layer for layer in model if isinstance(layer, Conv2d)]
    assert all((layer.bias is None) is (norm is not None) for layer in convolutions)
    assert gradcheck(model, rng.random((5, 8, 8, 2)), rng.integers(0, 3, 5)).ok
