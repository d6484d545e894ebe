from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.cost import count_parameters
from chainrule.errors import InputError
from chainrule.layers import Residual, Scale


def test_parameters_counted_by_hand():
    blocks = [(3, 64), (64, 128), (128, 128), (128, 128), (128, 256), (256, 512), (512, 512),
              (512, 512)]  # fmt: skip
    convolutions = sum(9 * a * b for a, b in blocks)
    norms = sum(2 * b for _, b in blocks)
    assert count_parameters(models.resnet9()) == convolutions + norms + 5120


@pytest.mark.parametrize(("shape", "side"), [((32, 32, 3), 4), ((64, 40, 3), (8, 5))])
def test_whatever_the_image_the_last_pooling_leaves_one_pixel(shape, side):
    model = models.resnet9(shape, 10, width=2).init(0)
    pools = [layer.kernel_size for layer in model if type(layer).__name__ == "MaxPool2d"]
    assert pools == [2, 2, 2, side]
    assert model(np.zeros((1, *shape), np.uint8)).shape == (1, 10)


def test_two_residual_blocks_and_a_scale():
    model = models.resnet9(logit_scale=0.5)
    assert sum(isinstance(layer, Residual) for layer in model) == 2
    assert isinstance(model[-1], Scale) and model[-1].factor == 0.5


def test_a_scale_of_zero_is_refused():
    with pytest.raises(InputError, match="logit_scale: expected a positive finite number"):
        models.resnet9(logit_scale=0.0)
