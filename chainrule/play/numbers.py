"""Arrays for a page: numbers in as many digits as they have, and maps in a byte a value."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from ..types import Array


def number(value: Any) -> float:
    """A float in the few digits that say which float32 it is.

    >>> number(np.float32(0.1)), number(1 / 3)
    (0.1, 0.33333334)
    """
    with np.errstate(over="ignore"):
        return float(str(np.float32(value)))


def numbers(values: Array) -> Any:
    """Nested lists of `number`.

    >>> numbers(np.array([[1.5], [2.0]]))
    [[1.5], [2.0]]
    """
    return number(values) if values.ndim == 0 else [numbers(row) for row in values]


def packed(values: Array) -> dict[str, Any]:
    """A map as signed bytes in base64, ``scale`` · byte / 127: enough for a picture of it. What is
    not finite is 0 in it.

    >>> packed(np.array([[-2.0, 1.0]]))
    {'shape': [1, 2], 'scale': 2.0, 'data': 'gUA='}
    """
    finite = np.where(np.isfinite(values), values, 0).astype(np.float64)
    scale = float(np.abs(finite).max(initial=0))
    levels = np.rint(127 * (finite / scale if scale else finite)).astype(np.int8)
    data = base64.b64encode(np.ascontiguousarray(levels).tobytes()).decode()
    return {"shape": list(values.shape), "scale": number(scale), "data": data}


def pixel_text(pixels: Array) -> str:
    """uint8 pixels (H, W, C) in base64.

    >>> pixel_text(np.array([[[0], [255]]], np.uint8))
    'AP8='
    """
    return base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode()
