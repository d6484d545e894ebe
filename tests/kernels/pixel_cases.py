"""Arguments for the kernels of uint8 images; ``cases.py`` has all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.types import Array

Arguments = tuple[Any, ...]
Shape = tuple[int, ...]


def _images(rng: np.random.Generator, shape: Shape) -> Array:
    """Any shape as (N, H, W, C) with at most four channels."""
    *front, c = (1,) * (4 - len(shape)) + shape
    if c > 4:
        front, c = [*front[:2], front[2] * c], 1
    return rng.integers(0, 256, (*front, c), np.uint8)


def _border(rng: np.random.Generator) -> tuple[str, int]:
    return str(rng.choice(["constant", "edge", "reflect"])), int(rng.integers(256))


def crop_flip(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    n, h, w, _ = x.shape
    starts = np.stack([rng.integers(-s - 2, 2 * s + 3, n) for s in (h, w)], axis=1)
    return x, starts, rng.choice([-1, 1], (n, 2)), *_border(rng)


def sample_affine(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    maps = rng.normal(0, 0.5, (len(x), 2, 3)) + np.eye(3)[:2]
    maps[:, :, 2] *= x.shape[1:3]
    return x, maps, *_border(rng)


def recolor(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    c = x.shape[3]
    matrices = rng.normal(0, 0.6, (len(x), c, c + 1)) + np.eye(c, c + 1)
    matrices[:, :, c] *= 40
    return x, matrices


def lookup(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, rng.integers(0, 256, (len(x), x.shape[3], 256), np.uint8)


def sharpen(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, rng.uniform(-0.5, 3, len(x))


def add_noise(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, rng.uniform(0, 60, len(x)), rng.integers(2**64, size=len(x), dtype=np.uint64)


def count_levels(rng: np.random.Generator, shape: Shape) -> Arguments:
    return (_images(rng, shape),)


def erase(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, _boxes(rng, x), int(rng.integers(256))


def paste(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, _images(rng, shape), _boxes(rng, x)


def blend(rng: np.random.Generator, shape: Shape) -> Arguments:
    x = _images(rng, shape)
    return x, _images(rng, shape), rng.choice([0, 1, *rng.random(5)], len(x))


def _boxes(rng: np.random.Generator, x: Array) -> Array:
    """Some outside, some empty or the wrong way round."""
    return rng.integers(-2, np.tile(x.shape[1:3], 2) + 3, (len(x), 4))


PIXEL_CASES: dict[str, Callable[[np.random.Generator, Shape], Arguments]] = {
    f.__name__: f
    for f in (
        crop_flip,
        sample_affine,
        recolor,
        lookup,
        sharpen,
        add_noise,
        count_levels,
        erase,
        paste,
        blend,
    )
}
