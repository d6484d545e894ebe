"""Layers and models with weights that leave no number at its default."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule import layers as L
from chainrule import models
from chainrule.layers import Layer, Signature
from chainrule.layers.base import named_arrays
from tests.contract import Case
from tests.test_contract import LAYERS

DIGITS = tuple("0123456789")


def lively(model: Layer, seed: int = 0) -> Layer:
    """``model`` with every float of it moved, variances and standard deviations upwards."""
    model.init(seed)
    rng = np.random.default_rng(seed)
    for name, node in named_arrays(model):
        if node.value.dtype.kind == "f":
            change = 0.1 * rng.standard_normal(node.shape)
            change = np.abs(change) if "var" in name or "std" in name else change
            node.value = (node.value + change).astype(np.float32)
    return model


def labeled(model: Layer, shape: tuple[int, ...], classes: tuple[str, ...] = DIGITS) -> Layer:
    """``model`` with a signature, lively."""
    lively(model)
    model.signature = Signature(shape, classes)
    return model


def digits_model() -> Layer:
    return labeled(models.mlp((8, 8, 1), (16,), 10, norm="batch", dropout=0.2), (8, 8, 1))


def conv_model(shape: tuple[int, ...] = (9, 8, 3)) -> Layer:
    return labeled(
        L.Sequential(
            L.Normalize(shape[2]),
            L.Conv2d(shape[2], 4, 3, padding=1),
            L.BatchNorm(4),
            L.ReLU(),
            L.MaxPool2d(2),
            L.Flatten(),
            L.Linear(4 * (shape[0] // 2) * (shape[1] // 2), 10),
        ),
        shape,
    )


def zoo() -> Layer:
    """Nearly every operation that a classifier can be made of, on images of 10x10x3."""
    gates = [
        L.ReLU6(),
        L.LeakyReLU(0.1),
        L.PReLU(4),
        L.ELU(0.7),
        L.SELU(),
        L.Sigmoid(),
        L.Tanh(),
        L.Softplus(2.0),
        L.SiLU(),
        L.HardSwish(),
        L.Mish(),
        L.GELU(),
        L.GELU("tanh"),
    ]
    return labeled(
        L.Sequential(
            L.Normalize(3),
            L.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"),
            L.BatchNorm(4),
            L.Parallel(*gates, merge=L.Add()),
            L.Parallel(
                L.GroupNorm(4, groups=2), L.InstanceNorm(4), L.LayerNorm(4), L.SwitchableNorm(4),
                L.LayerNorm((10, 10, 4)), merge=L.Multiply(),
            ),
            L.Tanh(),
            L.Parallel(
                L.Conv2d(4, 4, 3, stride=2, padding=1, groups=2),
                L.Conv2d(4, 4, 3, stride=2, padding=1, groups=4, bias=False),
                L.MaxPool2d(3, 2, 1),
                L.AvgPool2d(3, 2, 1, count_include_pad=False),
                merge=L.Concat(),
            ),
            L.SqueezeExcitation(16, 4),
            L.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1, groups=2),
            L.AdaptiveAvgPool2d((4, 3)),
            L.Residual(L.WeightStandardization(L.Conv2d(8, 8, 3, padding="same", dilation=2))),
            L.Parallel(L.Flatten(), L.GlobalAvgPool2d(), merge=L.Concat()),
            L.Maxout(104, 12, 3),
            L.LayerNorm(12),
            L.Linear(12, 10),
        ),
        (10, 10, 3),
    )  # fmt: skip


def of_table() -> list[Case]:
    """Every layer of the contract that takes images or features."""
    return [case for case in LAYERS if len(case.shape) in (2, 4)]


def build(case: Case) -> Layer:
    return lively(case.build())


MODELS: dict[str, Callable[[], Layer]] = {
    "mlp": digits_model,
    "convnet": lambda: labeled(models.convnet((16, 16, 3), 10, filters=(6,)), (16, 16, 3)),
    "vgg": lambda: labeled(
        models.vgg((16, 16, 3), 10, blocks=((4, 4), (6,)), hidden=(12,)), (16, 16, 3)
    ),
    "resnet": lambda: labeled(
        models.resnet((12, 12, 3), 10, blocks=(1, 1), widths=(4, 8)), (12, 12, 3)
    ),
    "zoo": zoo,
}


def images(model: Layer, n: int = 3, seed: int = 0) -> np.ndarray:
    assert model.signature is not None
    shape = (n, *model.signature.image_shape)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
