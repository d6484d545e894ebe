"""A small input that shows what a layer does; each layer states its own by ``Layer.example``."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import Shape


@dataclass(frozen=True)
class Example:
    """Numbers evenly spread over (-span, span), in ``inputs`` arrays.

    ``shape`` is (N, …) where the first one that the layer takes would show little. ``side`` is the
    least of an image: in a smaller one a window has nowhere to go.
    """

    shape: Shape | None = None
    side: int = 2
    span: float = 2.5
    inputs: int = 1
