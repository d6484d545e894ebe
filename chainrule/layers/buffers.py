"""Passes through a model that leave its buffers as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .base import Layer, named_arrays
from .variables import Buffer


@contextmanager
def kept_buffers(model: Layer) -> Iterator[None]:
    """Inside, a pass may change the model's buffers, such as running statistics; afterwards they
    are as they were."""
    buffers = [node for _, node in named_arrays(model) if isinstance(node, Buffer)]
    before = [buffer.value.copy() for buffer in buffers]
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.value = value
