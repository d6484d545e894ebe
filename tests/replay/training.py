"""Trainings that go wrong in ways that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import chainrule as cr
from chainrule.config import assignments, resolve
from chainrule.errors import CheckFailed
from chainrule.experiment import start
from chainrule.layers import Layer
from chainrule.training import Run
from chainrule.types import Array

SMALL = ("model.hidden=[16]", "checkpoint.every_steps=17", "checkpoint.keep=3")


def trained(folder: Path, *settings: str, name: str = "run") -> Run:
    """A run, which may have ended badly."""
    config = resolve(assignments([*SMALL, *settings]))
    try:
        return start(config, folder / name).run
    except CheckFailed:
        return Run.open(folder / name)


def dark_images(folder: Path, bright: str = "dark/bright.png") -> Path:
    """Two classes of dark images, and one that is white."""
    rng = np.random.default_rng(0)
    for kind, (low, high) in {"dark": (0, 3), "darker": (2, 5)}.items():
        (folder / kind).mkdir(parents=True)
        for i in range(30):
            pixels = rng.integers(low, high, (8, 8)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{i:03}.png")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(folder / bright)
    return folder


class LogBelow(Layer):
    """y = log(limit - x): NaN for what is above the limit."""

    def __init__(self, limit: float = 3.0) -> None:
        self.limit = limit

    def forward(self, x: Array) -> tuple[Array, Array]:
        return np.log(np.float32(self.limit) - x), x

    def backward(self, dy: Array, x: Array) -> Array:
        dx: Array = -dy / (np.float32(self.limit) - x)
        return dx


def arrays() -> tuple[Array, Array]:
    """Images 0 to 99 of two classes, of which number 70 is the brightest by far."""
    rng = np.random.default_rng(1)
    labels = np.arange(100) % 2
    images = rng.integers(0, 20, (100, 6, 6, 1)) + 10 * labels[:, None, None, None]
    images[70] = 250
    return images.astype(np.uint8), labels


def own_trainer(*callbacks: Any) -> cr.Trainer:
    """With a layer that takes no bright pixels."""
    layers = cr.layers
    model = layers.Sequential(
        layers.Normalize(), layers.Flatten(), LogBelow(6.0), layers.Linear(36, 8), layers.ReLU(),
        layers.Linear(8, 2),
    )  # fmt: skip
    return cr.Trainer(model, cr.optim.SGD(0.05), callbacks=callbacks)
