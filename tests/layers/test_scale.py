from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.layers import Scale


@pytest.mark.parametrize("factor", [0, -1, math.nan, math.inf, "half", None])
def test_a_factor_that_cannot_be(factor):
    with pytest.raises(InputError, match="factor: expected"):
        Scale(factor)


def test_pixels_are_refused():
    with pytest.raises(ShapeError, match="uint8"):
        Scale(2.0)(np.zeros((2, 3), np.uint8))
