from __future__ import annotations

import numpy as np
import pytest

from chainrule.data.dataset import Dataset
from chainrule.layers import Layer

from ..cases import TRAIN, accused, found, mlp


def scaled(std: float) -> Layer:
    model = mlp()
    model.layers[0].std.value[:] = std
    model.layers[0].fitted.value = np.array(True)
    return model


def test_pixels_from_0_to_255():
    check = found("input range", scaled(1 / 255))
    assert accused(check) and check.number > 100
    assert "0 to 255" in check.cause and "Normalize" in check.fix


def test_pixels_scaled_twice():
    check = found("input range", scaled(255.0))
    assert accused(check) and check.number < 0.01


@pytest.mark.parametrize("std", [0.1, 9.0])
def test_a_little_off_is_a_warning(std):
    assert found("input range", scaled(std)).verdict == "warning"


def test_black_images():
    black = Dataset(np.zeros_like(TRAIN.images), TRAIN.labels, TRAIN.classes)
    check = found("input range", mlp(), black)
    assert accused(check) and "the same" in check.cause


def test_normalized_pixels():
    check = found("input range", mlp())
    assert check.verdict == "ok" and check.number == pytest.approx(1, rel=0.05)
