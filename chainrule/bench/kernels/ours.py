"""The cases by chainrule's kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import kernels
from ...kernels.precision import Precision, using
from ...random import generator
from ...types import Array
from .cases import Case

Run = Callable[[], Any]


def normal(*shape: int) -> Array:
    return generator("bench", *shape).standard_normal(shape, np.float32)


def run(case: Case, batch_size: int, precision: Precision = "float32") -> Run:
    """The function to time, with its arrays ready."""
    timed = FAMILIES[case.family](case, case.shape(batch_size))[case.operation]

    def chosen() -> Any:
        with using(precision):
            return timed()

    if not case.algorithm:
        return chosen
    from ...kernels.cpu import conv

    def by_name() -> Any:
        with conv.using(case.algorithm):
            return chosen()

    return by_name


def _conv(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    p, kernel = case.padding, (case.kernel, case.kernel)
    geometry: Any = ((case.stride, case.stride), ((p, p), (p, p)), (1, 1), 1)
    x, w = normal(*shape), normal(*kernel, case.channels, case.outputs)
    k = kernels.of(x)
    dy = normal(*k.conv2d(x, w, *geometry).shape)
    return {
        "conv": lambda: k.conv2d(x, w, *geometry),
        "conv input gradient": lambda: k.conv2d_backward_input(
            dy, w, (case.side, case.side), *geometry
        ),
        "conv weight gradient": lambda: k.conv2d_backward_weight(dy, x, kernel, *geometry),
    }


def _linear(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x, w = normal(*shape), normal(case.channels, case.outputs)
    dy = normal(shape[0], case.outputs)
    k = kernels.of(x)
    return {
        "linear": lambda: k.matmul(x, w),
        "linear weight gradient": lambda: k.matmul(x.T, dy),
    }


def _update(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    w, grad = (normal(case.channels, case.outputs) for _ in range(2))
    m, v = np.zeros_like(w), np.zeros_like(w)
    k = kernels.of(w)
    return {
        "sgd": lambda: k.sgd(w, grad, v, 1e-3, 0.9, False, 0.0),
        "adam": lambda: k.adam(w, grad, m, v, 10, 1e-3, 0.9, 0.999, 1e-8, 0.0),
    }


def _batch_norm(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x, channels = normal(*shape).reshape(1, -1, shape[-1], 1), shape[-1]
    gamma, beta = np.ones((channels, 1), np.float32), np.zeros((channels, 1), np.float32)
    k, dy = kernels.of(x), normal(*x.shape)
    _, mean, var = k.normalize(x, gamma, beta, 1e-5)
    return {
        "batch norm": lambda: k.normalize(x, gamma, beta, 1e-5),
        "batch norm backward": lambda: k.normalize_backward(dy, x, gamma, mean, var, 1e-5),
    }


def _relu(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x, dy = normal(*shape), normal(*shape)
    k = kernels.of(x)
    y = k.relu(x)
    return {"relu": lambda: k.relu(x), "relu backward": lambda: k.relu_backward(dy, y)}


def _max_pool(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x = normal(*shape)
    k = kernels.of(x)
    window: Any = ((2, 2), (2, 2), ((0, 0), (0, 0)))
    y, argmax = k.max_pool(x, *window)
    dy, size = normal(*y.shape), (shape[1], shape[2])
    return {
        "max-pool": lambda: k.max_pool(x, *window),
        "max-pool backward": lambda: k.max_pool_backward(dy, argmax, size, *window),
    }


def _mean_pool(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    from ...layers import GlobalAvgPool2d

    layer, x = GlobalAvgPool2d(), normal(*shape)
    y, cache = layer.forward(x)
    return {
        "mean pool": lambda: layer.forward(x),
        "mean pool backward": lambda: layer.backward(y, cache),
    }


def _dropout(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x = normal(*shape)
    return {"dropout": lambda: kernels.of(x).dropout(x, 0.2, 1 << 40)}


def _uint8(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    x = generator("bench").integers(0, 256, shape, np.uint8)
    scale, shift = np.full(shape[-1], 0.02, np.float32), np.full(shape[-1], -1, np.float32)
    return {"normalize uint8": lambda: kernels.of(scale).scale_shift(x, scale, shift)}


def _cross_entropy(case: Case, shape: tuple[int, ...]) -> dict[str, Run]:
    logits, labels = normal(*shape), np.arange(shape[0]) % shape[1]
    return {"cross-entropy": lambda: kernels.of(logits).softmax_cross_entropy(logits, labels, 0.0)}


FAMILIES = {
    "conv": _conv, "linear": _linear, "sgd": _update, "adam": _update, "batch": _batch_norm,
    "relu": _relu, "max-pool": _max_pool, "mean": _mean_pool, "dropout": _dropout,
    "normalize": _uint8, "cross-entropy": _cross_entropy,
}  # fmt: skip
"""What makes the functions of an operation and of its gradients, by the first word."""
