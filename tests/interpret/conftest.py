"""Small nets: with weights that are known, and untrained ones for digits."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import Conv2d, Signature


@pytest.fixture
def convnet():
    model = cr.models.convnet((8, 8, 1), 10, filters=(4, 6)).init(0)
    model.signature = Signature((8, 8, 1), tuple(map(str, range(10))))
    return model


@pytest.fixture
def mlp():
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.5).init(0)
    model.signature = Signature((8, 8, 1), tuple(map(str, range(10))))
    return model


@pytest.fixture(scope="session")
def digits():
    return cr.data.digits()


def convolution(w, **options):
    """A Conv2d with filters w (O, kh, kw, C)."""
    o, kh, kw, c = w.shape
    weight = np.asarray(w, np.float64).transpose(1, 2, 3, 0)
    layer = Conv2d(c, o, (kh, kw), init=lambda rng, shape: weight, **options)
    return layer.init(0)
