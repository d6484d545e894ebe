from __future__ import annotations

import numpy as np
import pytest

from chainrule import models
from chainrule.cost import count_parameters, flops
from chainrule.errors import InputError
from chainrule.layers import Conv2d, Linear, Residual, ZeroPadShortcut, fusion
from chainrule.layers.base import walk


@pytest.mark.parametrize(
    ("name", "millions", "multiply_adds"),
    [("resnet20", 0.27, 40.6e6), ("resnet32", 0.46, 68.9e6), ("resnet56", 0.85, 125.5e6)],
)
def test_size(name, millions, multiply_adds):
    """Table 6 of the paper; multiply-adds without norms and sums, which are 2 % more."""
    model = models.build(name)
    assert count_parameters(model) / 1e6 == pytest.approx(millions, abs=0.005)
    assert flops(model, (32, 32, 3)) == pytest.approx(2 * multiply_adds, rel=0.03)
    layers = [f for f in walk(model) if isinstance(f, Conv2d | Linear)]
    assert len(layers) == int(name[6:])


def test_option_a_has_no_parameters_and_option_b_has():
    a, b = models.resnet20(), models.resnet20(shortcut="B")
    assert count_parameters(b) - count_parameters(a) == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    kinds = [
        [type(f.shortcut).__name__ for f in walk(net) if isinstance(f, Residual) and f.shortcut]
        for net in (a, b)
    ]
    assert kinds == [["ZeroPadShortcut"] * 2, ["Sequential"] * 2]


def test_the_new_channels_lie_on_both_sides_of_the_old():
    (first, _) = [f for f in walk(models.resnet20()) if isinstance(f, ZeroPadShortcut)]
    y = first.forward(np.ones((1, 3, 3, 16), np.float32))[0]
    assert y.shape == (1, 2, 2, 32)
    assert y[0, 0, 0].nonzero()[0].tolist() == list(range(8, 24))


def test_fused_as_by_itself(rng):
    model = models.resnet20((8, 8, 3), 4, width=4).init(0)
    images = rng.integers(0, 256, (6, 8, 8, 3), np.uint8)
    fused = model.forward(images)[0]
    with fusion.off():
        np.testing.assert_allclose(model.forward(images)[0], fused, rtol=1e-4, atol=1e-4)


def test_another_shortcut_is_named():
    with pytest.raises(InputError, match="unknown shortcut 'C'; choose from A, B"):
        models.resnet20(shortcut="C")
