"""Arrays as JSON: numbers that are finite, and maps in a byte a value."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from ..types import Array


def number(value: Any) -> float | None:
    """A float with as many digits as float32 has; None for NaN and infinity, which no JSON has.

    >>> number(np.float32(0.1)), number(np.nan)
    (0.1, None)
    """
    v = float(value)
    return float(f"{v:.8g}") if math.isfinite(v) else None


def numbers(values: Array) -> Any:
    """Nested lists of `number`.

    >>> numbers(np.array([[1.5], [np.inf]]))
    [[1.5], [None]]
    """
    if values.ndim == 0:
        return number(values)
    return [numbers(row) for row in values]


def packed(values: Array) -> dict[str, Any]:
    """A map as signed bytes in base64, ``scale`` · byte / 127: enough for a picture of it.

    >>> packed(np.array([[-2.0, 1.0]]))
    {'shape': [1, 2], 'scale': 2.0, 'data': 'gUA='}
    """
    finite = np.where(np.isfinite(values), values, 0)
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
