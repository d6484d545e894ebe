"""Subjects: small nets on digits, untrained, with what they know of images and classes."""

from __future__ import annotations

from dataclasses import replace

import pytest

import chainrule as cr
from chainrule.draw import FigureSubject, style
from chainrule.layers import Signature


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(style, "PIXELS_PER_INCH", 30)


@pytest.fixture(scope="session")
def digits():
    train, test = cr.data.digits()
    return train[:120], test[:60]


def of_digits(model):
    """An initialized model that knows what it is for."""
    model.init(0)
    model.signature = Signature((8, 8, 1), tuple(map(str, range(10))))
    return model


@pytest.fixture
def mlp(digits):
    return FigureSubject(of_digits(cr.models.mlp((8, 8, 1), (12,), 10)), *digits)


@pytest.fixture
def linear(digits):
    return FigureSubject(of_digits(cr.models.mlp((8, 8, 1), (), 10)), *digits)


@pytest.fixture
def convnet(digits):
    return FigureSubject(of_digits(cr.models.convnet((8, 8, 1), 10, filters=(4, 6))), *digits)


@pytest.fixture
def seen(convnet):
    """With an image."""
    test = convnet.test
    return replace(convnet, image=test.images[0], label=int(test.labels[0]), name="image 0")
