"""How long each verb of a layer takes, with the definition and with the compiled kernels."""

from __future__ import annotations

import copy
from collections.abc import Callable
from time import perf_counter

import numpy as np

from .. import kernels
from ..layers import Layer
from ..types import Array

ELEMENTS = 1 << 18
REPEATS = 7
ENOUGH = 0.3  # seconds for one figure


def timings(layer: Layer, xs: tuple[Array, ...]) -> tuple[tuple[int, ...], list[tuple[str, str]]]:
    """The shape of a batch of about 2¹⁸ numbers like ``xs``, and a line for each verb."""
    copies = max(1, ELEMENTS // max(1, xs[0].size))
    xs = tuple(np.concatenate([x] * copies) for x in xs)
    columns = [_verbs(copy.deepcopy(layer), xs, backend) for backend in ("reference", "cpu")]
    rows = [("", f"{'reference':>9} {'cpu':>9}")]
    rows += [(verb, f"{columns[0][verb]:9.3f} {columns[1][verb]:9.3f}") for verb in columns[0]]
    return xs[0].shape, rows


def _verbs(layer: Layer, xs: tuple[Array, ...], backend: str) -> dict[str, float]:
    with kernels.use(backend):
        y, _ = layer.forward(*xs)
        dy = np.ones_like(y)
        both = _milliseconds(lambda: layer.backward(dy, layer.forward(*xs)[1]))
        forward = _milliseconds(lambda: layer.forward(*xs))
        return {
            "predict": _milliseconds(lambda: layer(*xs)),
            "forward": forward,
            "both passes": both,
        }


def _milliseconds(run: Callable[[], object]) -> float:
    """The median of a few runs after one that may compile."""
    run()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return float(np.median(times)) * 1e3
