"""How often each gray level occurs: all that mean and spread of uint8 images need."""

from __future__ import annotations

from ...arrays import namespace
from ...types import Array

__all__ = ["count_levels"]


def count_levels(images: Array) -> Array:
    """n[c, v] = Σ [x[..., c] = v]        images uint8 (..., C) · n int64 (C, 256)"""
    xp = namespace(images)
    channels = images.reshape(-1, images.shape[-1]).T
    return xp.stack([xp.bincount(channel, minlength=256) for channel in channels])
