"""One output of a convolution or of a linear layer, with every multiplication that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..interpret.maps import Pass
from ..kernels.geometry import Padding, Pair
from ..layers import Conv2d, Linear, WhiteningConv2d
from ..layers.sizes import pair
from ..types import Array
from .numbers import number, numbers

MOST_CHANNELS = 16
"""Input channels whose multiplications are written out: those that weigh most. Of the others, one
sum."""
MOST_TERMS = 24


def convolution(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y[i, j, o] = Σ_c Σ_{a, b} patch[a, b, c] · filter[a, b, c] + bias[o], channel by channel.

    A cell of the patch that lies in the padding is counted as it is, 0 or a reflected pixel, and
    said to lie ``outside``.
    """
    layer, (i, j, o) = run.layer, place
    assert isinstance(layer, Conv2d | WhiteningConv2d)
    x = run.inputs[0].astype(np.float64)
    seen = _Seen.by(layer, (x.shape[0], x.shape[1]))
    patch, top, left, inside = seen.patch(x, i, j)
    each = layer.in_channels // seen.groups
    first = o // (layer.weight.shape[-1] // seen.groups) * each
    patch = patch[..., first : first + each]
    w = layer.weight.value[..., o].astype(np.float64)
    products = patch * w
    sums = products.sum(axis=(0, 1))
    order = np.argsort(-np.abs(sums), kind="stable")
    shown, rest = np.sort(order[:MOST_CHANNELS]), order[MOST_CHANNELS:]
    bias = None if layer.bias is None else float(layer.bias.value[o])
    return {
        "form": "convolution",
        "window": {
            "top": top,
            "left": left,
            "size": list(seen.kernel),
            "dilation": list(seen.dilation),
        },
        "outside": (~inside).tolist(),
        "parts": [
            {
                "channel": int(first + c),
                "patch": numbers(patch[..., c]),
                "filter": numbers(w[..., c]),
                "products": numbers(products[..., c]),
                "sum": number(sums[c]),
            }
            for c in shown.tolist()
        ],
        "rest": {"count": len(rest), "sum": number(sums[rest].sum())},
        "bias": bias,
        "result": number(sums.sum() + (bias or 0.0)),
    }


@dataclass(frozen=True)
class _Seen:
    """Which pixels a filter meets."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    reflected: bool = False
    groups: int = 1

    @classmethod
    def by(cls, layer: Conv2d | WhiteningConv2d, size: Pair) -> _Seen:
        kernel = pair(layer.kernel_size)
        if isinstance(layer, WhiteningConv2d):
            return cls(kernel)
        reflected = layer.padding_mode == "reflect"
        steps = pair(layer.stride), pair(layer.dilation)
        return cls(kernel, *steps, layer.padding_of(size), reflected, layer.groups)

    def patch(self, x: Array, i: int, j: int) -> tuple[Array, int, int, Array]:
        """The pixels (kh, kw, C) that the filter met at output (i, j), where the first of them
        lies, and which of them (kh, kw) lie in the image."""
        h, w = x.shape[:2]
        mode = "reflect" if self.reflected else "constant"
        padded = np.pad(x, (*self.padding, (0, 0)), mode=mode)  # type: ignore[call-overload]
        rows, columns = (
            k * s + d * np.arange(n)
            for k, s, d, n in zip((i, j), self.stride, self.dilation, self.kernel, strict=True)
        )
        top, left = self.padding[0][0], self.padding[1][0]
        inside = _within(rows - top, h)[:, None] & _within(columns - left, w)
        return padded[np.ix_(rows, columns)], int(rows[0] - top), int(columns[0] - left), inside


def _within(places: Array, size: int) -> Array:
    found: Array = (places >= 0) & (places < size)
    return found


def linear(run: Pass, place: tuple[int, ...]) -> dict[str, Any]:
    """y[o] = Σᵢ x[i] W[i, o] + b[o]: the terms that weigh most, and the sum of the others."""
    layer, o = run.layer, place[-1]
    assert isinstance(layer, Linear)
    x = run.inputs[0].astype(np.float64)
    w = layer.weight.value[:, o].astype(np.float64)
    products = x * w
    order = np.argsort(-np.abs(products), kind="stable")
    shown, rest = order[:MOST_TERMS], order[MOST_TERMS:]
    bias = None if layer.bias is None else float(layer.bias.value[o])
    return {
        "form": "linear",
        "terms": [
            {
                "index": int(k),
                "input": number(x[k]),
                "weight": number(w[k]),
                "product": number(products[k]),
            }
            for k in shown.tolist()
        ],
        "rest": {"count": len(rest), "sum": number(products[rest].sum())},
        "bias": bias,
        "result": number(products.sum() + (bias or 0.0)),
    }
