"""What many times say: the middle, how far they scatter, and how they grow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def summary(seconds: Sequence[float], images: int) -> dict[str, float]:
    """Median and quartiles of a step in milliseconds, and images a second at the median."""
    low, middle, high = quartiles(seconds)
    return {
        "steps": len(seconds),
        "median_ms": round(1e3 * middle, 4),
        "quartile_1_ms": round(1e3 * low, 4),
        "quartile_3_ms": round(1e3 * high, 4),
        "images_per_second": round(images / middle, 1),
    }


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """First quartile, median, third quartile; of a single value, three times that value."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """k of the best t = a sizeᵏ: the slope of log t against log size, by least squares."""
    x = [math.log(size) for size in sizes]
    y = [math.log(second) for second in seconds]
    return statistics.linear_regression(x, y).slope
