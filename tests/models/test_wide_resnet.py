from __future__ import annotations

import pytest

from chainrule import models
from chainrule.cost import count_parameters
from chainrule.errors import InputError
from chainrule.layers import BatchNorm, Conv2d, Dropout, Residual, Sequential
from chainrule.layers.base import walk


@pytest.mark.parametrize(
    ("depth", "width", "millions"),
    [(16, 8, 11.0), (28, 10, 36.5), (40, 4, 8.9), (22, 8, 17.2), (40, 1, 0.6)],
)
def test_size(depth, width, millions):
    """Table 4 of the paper."""
    count = count_parameters(models.wide_resnet(depth=depth, width=width))
    assert count / 1e6 == pytest.approx(millions, abs=0.05)


def test_depth_counts_convolutions_on_the_way():
    model = models.wide_resnet(depth=28, width=2)
    kernels = [f.kernel_size for f in walk(model) if isinstance(f, Conv2d)]
    assert (kernels.count(3), kernels.count(1)) == (25, 3)


def test_norms_stand_before_convolutions_and_the_shortcut_sees_them_where_the_shape_changes():
    model = models.wide_resnet(depth=16, width=2)
    blocks = [f for f in model if isinstance(f, Residual)]
    assert [block.shortcut is not None for block in blocks] == [True, False] * 3
    assert isinstance(blocks[0].body, Sequential) and isinstance(blocks[0].body[0], Conv2d)
    assert isinstance(blocks[1].body[0], BatchNorm)


def test_dropout_is_between_the_convolutions():
    assert sum(isinstance(f, Dropout) for f in walk(models.wide_resnet(dropout=0.3))) == 6
    assert not any(isinstance(f, Dropout) for f in walk(models.wide_resnet()))


@pytest.mark.parametrize("depth", [9, 4, 11, 1003, 17.0, 10**30])
def test_a_depth_that_cannot_be(depth):
    with pytest.raises(InputError, match=r"depth: expected .*6 n \+ 4"):
        models.wide_resnet(depth=depth)
