"""A short training to be written down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import Callback, Trainer
from chainrule.types import Array

Train = Callable[..., Trainer]


@pytest.fixture(scope="package")
def digits() -> cr.Dataset:
    return cr.data.digits()[0].take(np.arange(320))


@pytest.fixture
def train(digits: cr.Dataset) -> Train:
    """Train with these callbacks: 10 steps an epoch."""

    def fit(*callbacks: Callback, epochs: int = 2, activation: str = "relu") -> Trainer:
        model = cr.models.mlp((8, 8, 1), (12,), 10, activation=activation)
        trainer = Trainer(model, cr.optim.SGD(0.1), callbacks=callbacks)
        trainer.fit(digits, digits.take(np.arange(40)), epochs=epochs, batch_size=32)
        return trainer

    return fit


def weights(trainer: Trainer) -> dict[str, Array]:
    return {path: array.copy() for path, array in trainer.model.state().items()}
