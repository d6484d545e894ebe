"""One output of a pooling, a norm, an activation or a merge, in the numbers that made it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..interpret.maps import Pass
from ..kernels.geometry import Spans
from ..layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm,
    Concat,
    GlobalAvgPool2d,
    MaxPool2d,
    Normalize,
    Residual,
)
from ..layers.norm import _SampleNorm
from ..layers.pool import windows
from ..types import Array
from .numbers import number, numbers


def maximum(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y[i, j, c] = the largest number of a window; what lies in the padding is NaN."""
    layer, (i, j, c) = run.layer, place
    assert isinstance(layer, MaxPool2d)
    x = run.inputs[0]
    kernel, stride, padding = windows(layer, (x.shape[0], x.shape[1]))
    (top, left) = (i * stride[0] - padding[0][0], j * stride[1] - padding[1][0])
    cells, known = np.full(kernel, np.nan), np.zeros(kernel, bool)
    for a in range(kernel[0]):
        for b in range(kernel[1]):
            if 0 <= top + a < x.shape[0] and 0 <= left + b < x.shape[1]:
                cells[a, b], known[a, b] = x[top + a, left + b, c], True
    best = np.where(known, cells, -np.inf)
    winner = np.unravel_index(int(best.argmax()), cells.shape)
    return {
        "form": "maximum",
        "window": {"top": top, "left": left, "size": list(kernel), "dilation": [1, 1]},
        "channel": c,
        "patch": numbers(cells),
        "outside": (~known).tolist(),
        "winner": [int(v) for v in winner],
        "result": number(best.max()),
    }


def mean(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = the sum of a window over the number of its pixels, or of a whole map over its pixels."""
    layer, x, c = run.layer, run.inputs[0], place[-1]
    if isinstance(layer, GlobalAvgPool2d):
        (top, bottom, high), (left, right, wide) = ((0, n, n) for n in x.shape[:2])
    else:
        assert isinstance(layer, AvgPool2d | AdaptiveAvgPool2d)
        spans: tuple[Spans, Spans] = layer._spans((x.shape[0], x.shape[1]))
        (top, bottom, high), (left, right, wide) = spans[0][place[0]], spans[1][place[1]]
    cells = x[top:bottom, left:right, c].astype(np.float64)
    return {
        "form": "mean",
        "window": {"top": top, "left": left, "size": list(cells.shape), "dilation": [1, 1]},
        "channel": c,
        "patch": numbers(cells),
        "outside": np.zeros(cells.shape, bool).tolist(),
        "sum": number(cells.sum()),
        "count": int(high * wide),
        "result": number(cells.sum() / (high * wide)),
    }


def batch_norm(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = γ (x - μ) / √(σ² + ε) + β, with the running statistics of the channel."""
    layer, c = run.layer, place[-1]
    assert isinstance(layer, BatchNorm)
    gamma, beta, mu, var, eps = layer.running()
    return _standardized(run, place, gamma[c], mu[c], var[c], eps, beta[c], "training")


def sample_norm(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = γ (x - μ) / √(σ² + ε) + β, with the statistics of this image: of all of it, of a group of
    its channels, or of one of its pixels."""
    layer, x = run.layer, run.inputs[0]
    assert isinstance(layer, _SampleNorm)
    where = np.zeros((1, *x.shape), bool)
    where[(0, *place)] = True
    n, _, c, k = (int(v[0]) for v in np.nonzero(layer._view(where)))
    view = layer._view(x[np.newaxis].astype(np.float64))
    part = view[n, :, c, :]
    gamma = layer._gamma(view)[c, k]
    beta = layer.beta.value.reshape(view.shape[2:])[c, k] if layer.beta else 0.0
    return _standardized(run, place, gamma, part.mean(), part.var(), layer.eps, beta, "image")


def _standardized(
    run: Pass,
    place: tuple[int, ...],
    gamma: float,
    mu: float,
    var: float,
    eps: float,
    beta: float,
    statistics: str,
) -> dict[str, Any]:
    x = float(run.inputs[0][place])
    result = float(gamma) * (x - float(mu)) / np.sqrt(float(var) + eps) + float(beta)
    return {
        "form": "norm", "input": number(x), "gamma": number(gamma), "mean": number(mu),
        "var": number(var), "eps": eps, "beta": number(beta), "statistics": statistics,
        "result": number(result),
    }  # fmt: skip


def normalize(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = (x / 255 - mean) / std of a pixel."""
    layer, x = run.layer, run.inputs[0]
    assert isinstance(layer, Normalize)
    c = place[-1] if len(layer.mean.value) > 1 else 0
    unit = 255 if x.dtype == np.uint8 else 1
    m, std = float(layer.mean.value[c]), float(layer.std.value[c])
    return {
        "form": "normalize", "input": number(x[place]), "unit": unit, "mean": number(m),
        "std": number(std), "result": number((float(x[place]) / unit - m) / std),
    }  # fmt: skip


def function(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = f(x) of the number at the same place, by the layer itself."""
    x: Array = run.inputs[0]
    alone = run.layer(x[place[:-1]].reshape(1, -1))[0]  # all channels: each may have its own slope
    return {"form": "function", "input": number(x[place]), "result": number(alone[place[-1]])}


def copied(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = x: the number as it came, which in a flat row is that of a pixel of the maps before."""
    x = run.inputs[0]
    flat = int(np.ravel_multi_index(place, run.output.shape))
    source = [int(v) for v in np.unravel_index(flat, x.shape)]
    value = number(x[tuple(source)])
    return {"form": "copy", "source": source, "input": value, "result": value}


def concatenated(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = x of the input that the place falls into."""
    assert isinstance(run.layer, Concat)
    axis = run.layer.axis - (run.layer.axis > 0)  # without the batch's
    source, which = list(place), 0
    while source[axis] >= run.inputs[which].shape[axis]:
        source[axis] -= run.inputs[which].shape[axis]
        which += 1
    value = number(run.inputs[which][tuple(source)])
    return {"form": "copy", "source": source, "from": which, "input": value, "result": value}


def added(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = x₁ + … + xₖ at the same place."""
    values = [float(x[place]) for x in run.inputs]
    return {"form": "sum", "terms": list(map(number, values)), "result": number(sum(values))}


def residual(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = body(x) + shortcut(x) at the same place."""
    layer, x = run.layer, run.inputs[0][np.newaxis]
    assert isinstance(layer, Residual)
    around = x if layer.shortcut is None else layer.shortcut(x)
    values = [float(layer.body(x)[0][place]), float(around[0][place])]
    return {"form": "sum", "terms": list(map(number, values)), "result": number(sum(values))}


def multiplied(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y = x₁ · … · xₖ at the same place."""
    values = [float(x[place]) for x in run.inputs]
    return {
        "form": "product",
        "terms": list(map(number, values)),
        "result": number(np.prod(values)),
    }
