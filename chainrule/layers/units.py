"""Units that no longer say anything. A unit is one of the last axis: a neuron or a channel."""

from __future__ import annotations

from ..types import Array
from .base import Layer
from .smooth_activations import Sigmoid, Tanh

FLAT = 0.05
"""An output is saturated where its slope is under so much of the steepest."""


def units(y: Array) -> Array:
    """An output (N, …, units) as one column for each unit; one of shape (N,) is a single unit."""
    return y.reshape(-1, y.shape[-1]) if y.ndim > 1 else y[:, None]


def dead(y: Array) -> float:
    """The share of units whose output is 0 for every sample, at all places."""
    return float((~units(y).any(axis=0)).mean())


def saturated(layer: Layer, y: Array) -> float | None:
    """The share of a sigmoid's or tanh's outputs that lie where its slope is nearly 0, under
    ``FLAT`` of the steepest: beyond 0.013 and 0.987, or ±0.975. None for other layers."""
    if isinstance(layer, Sigmoid):
        return float((4 * y * (1 - y) < FLAT).mean())
    if isinstance(layer, Tanh):
        return float((1 - y * y < FLAT).mean())
    return None
