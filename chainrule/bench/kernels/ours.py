"""The cases by chainrule's kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import kernels
from ...random import generator
from ...types import Array
from .cases import Case

Run = Callable[[], Any]


def normal(*shape: int) -> Array:
    return generator("bench", *shape).standard_normal(shape, np.float32)


def run(case: Case, batch_size: int) -> Run:
    """The function to time, with its arrays ready."""
    shape = case.shape(batch_size)
    operation, _, _ = case.operation.partition(" ")
    if operation == "conv":
        return _conv(case, shape)
    if operation == "linear":
        return _linear(case, shape)
    if case.operation in ("sgd", "adam"):
        return _update(case)
    return _SIMPLE[case.operation](shape)


def _conv(case: Case, shape: tuple[int, ...]) -> Run:
    run = _convolution(case, shape)
    if not case.algorithm:
        return run
    from ...kernels.cpu import conv

    def by_name() -> Any:
        with conv.using(case.algorithm):
            return run()

    return by_name


def _convolution(case: Case, shape: tuple[int, ...]) -> Run:
    p, kernel = case.padding, (case.kernel, case.kernel)
    geometry: Any = ((case.stride, case.stride), ((p, p), (p, p)), (1, 1), 1)
    x, w = normal(*shape), normal(*kernel, case.channels, case.outputs)
    k = kernels.of(x)
    if case.operation == "conv":
        return lambda: k.conv2d(x, w, *geometry)
    dy = normal(*k.conv2d(x, w, *geometry).shape)
    if case.operation == "conv input gradient":
        return lambda: k.conv2d_backward_input(dy, w, (case.side, case.side), *geometry)
    return lambda: k.conv2d_backward_weight(dy, x, kernel, *geometry)


def _linear(case: Case, shape: tuple[int, ...]) -> Run:
    x, w = normal(*shape), normal(case.channels, case.outputs)
    dy = normal(shape[0], case.outputs)
    k = kernels.of(x)
    if case.operation == "linear":
        return lambda: k.matmul(x, w)
    return lambda: k.matmul(x.T, dy)


def _update(case: Case) -> Run:
    w, grad = (normal(case.channels, case.outputs) for _ in range(2))
    m, v = np.zeros_like(w), np.zeros_like(w)
    k = kernels.of(w)
    if case.operation == "sgd":
        return lambda: k.sgd(w, grad, v, 1e-3, 0.9, False, 0.0)
    return lambda: k.adam(w, grad, m, v, 10, 1e-3, 0.9, 0.999, 1e-8, 0.0)


def _norm(shape: tuple[int, ...], *, back: bool) -> Run:
    x, channels = normal(*shape).reshape(1, -1, shape[-1], 1), shape[-1]
    gamma, beta = np.ones((channels, 1), np.float32), np.zeros((channels, 1), np.float32)
    k = kernels.of(x)
    if not back:
        return lambda: k.normalize(x, gamma, beta, 1e-5)
    _, mean, var = k.normalize(x, gamma, beta, 1e-5)
    dy = normal(*x.shape)
    return lambda: k.normalize_backward(dy, x, gamma, mean, var, 1e-5)


def _relu(shape: tuple[int, ...], *, back: bool) -> Run:
    x = normal(*shape)
    k = kernels.of(x)
    if not back:
        return lambda: k.relu(x)
    y, dy = k.relu(x), normal(*shape)
    return lambda: k.relu_backward(dy, y)


def _max_pool(shape: tuple[int, ...], *, back: bool) -> Run:
    x = normal(*shape)
    k = kernels.of(x)
    window: Any = ((2, 2), (2, 2), ((0, 0), (0, 0)))
    if not back:
        return lambda: k.max_pool(x, *window)
    y, argmax = k.max_pool(x, *window)
    dy, size = normal(*y.shape), (shape[1], shape[2])
    return lambda: k.max_pool_backward(dy, argmax, size, *window)


def _mean_pool(shape: tuple[int, ...], *, back: bool) -> Run:
    from ...layers import GlobalAvgPool2d

    layer, x = GlobalAvgPool2d(), normal(*shape)
    if not back:
        return lambda: layer.forward(x)
    y, cache = layer.forward(x)
    return lambda: layer.backward(y, cache)


def _dropout(shape: tuple[int, ...]) -> Run:
    x = normal(*shape)
    return lambda: kernels.of(x).dropout(x, 0.2, 1 << 40)


def _uint8(shape: tuple[int, ...]) -> Run:
    x = generator("bench").integers(0, 256, shape, np.uint8)
    scale, shift = np.full(shape[-1], 0.02, np.float32), np.full(shape[-1], -1, np.float32)
    return lambda: kernels.of(scale).scale_shift(x, scale, shift)


def _cross_entropy(shape: tuple[int, ...]) -> Run:
    logits, labels = normal(*shape), np.arange(shape[0]) % shape[1]
    return lambda: kernels.of(logits).softmax_cross_entropy(logits, labels, 0.0)


_SIMPLE: dict[str, Callable[[tuple[int, ...]], Run]] = {
    "batch norm": lambda shape: _norm(shape, back=False),
    "batch norm backward": lambda shape: _norm(shape, back=True),
    "relu": lambda shape: _relu(shape, back=False),
    "relu backward": lambda shape: _relu(shape, back=True),
    "max-pool": lambda shape: _max_pool(shape, back=False),
    "max-pool backward": lambda shape: _max_pool(shape, back=True),
    "mean pool": lambda shape: _mean_pool(shape, back=False),
    "mean pool backward": lambda shape: _mean_pool(shape, back=True),
    "dropout": _dropout,
    "normalise uint8": _uint8,
    "cross-entropy": _cross_entropy,
}
