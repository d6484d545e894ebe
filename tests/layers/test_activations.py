from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.errors import InputError, ShapeError
from chainrule.layers import ACTIVATIONS, HardSwish, LeakyReLU, ReLU, ReLU6, derivative

BACKENDS = ("reference", "cpu")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("layer", "x", "y", "slope"),
    [
        (ReLU(), [-1, 0, 2], [0, 0, 2], [0, 0, 1]),
        (ReLU6(), [-1, 0, 2, 6, 7], [0, 0, 2, 6, 6], [0, 0, 1, 0, 0]),
        (LeakyReLU(0.1), [-1, 0, 2], [-0.1, 0, 2], [0.1, 0.1, 1]),
        (LeakyReLU(), [-1, 0, 2], [-0.01, 0, 2], [0.01, 0.01, 1]),
        (LeakyReLU(0.0), [-1, 0, 2], [0, 0, 2], [0, 0, 1]),
        (HardSwish(), [-4, -3, 0, 1, 3, 4], [0, 0, 0, 2 / 3, 3, 4], [0, 0, 1 / 2, 5 / 6, 1, 1]),
    ],
    ids=repr,
)
def test_by_hand_with_the_kinks(layer, x, y, slope, backend):
    """Values, and derivatives at the kinks too: they are the same on every back end."""
    x = np.array(x, np.float32)
    with kernels.use(backend):
        np.testing.assert_allclose(layer(x), y, rtol=1e-6)
        np.testing.assert_allclose(derivative(layer, x), slope, rtol=1e-6)


@pytest.mark.parametrize("slope", [-0.1, float("nan"), float("inf"), "a"])
def test_a_negative_slope_is_refused(slope):
    """It would fold two inputs onto one output, from which backward could not tell the sign."""
    with pytest.raises(InputError, match="negative_slope: expected 0 or more"):
        LeakyReLU(slope)


@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=lambda kind: kind.__name__)
def test_pixels_and_other_byte_orders_are_refused_with_the_way_out(kind):
    layer = kind().init()
    for verb in (layer, layer.forward):
        with pytest.raises(ShapeError, match=r"received uint8.*; start a model with Normalize"):
            verb(np.zeros((2, 1), np.uint8))
        with pytest.raises(ShapeError, match="expected numbers in native byte order"):
            verb(np.zeros((2, 1), np.dtype(np.float32).newbyteorder()))
