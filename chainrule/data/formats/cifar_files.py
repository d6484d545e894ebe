"""The two forms of a CIFAR file: records of bytes, and a pickle. Both hold pixels in planes.

binary   records of 1 or 2 label bytes and 3072 of pixels: red, green, blue plane, 32x32 each
Python   a dict with ``data`` uint8 (N, 3072), the same planes, and lists of labels
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...types import Array
from ..fetching.checksums import unpacked
from .plain_pickle import LARGEST, read_plain_pickle

SIDE, CHANNELS = 32, 3
PIXELS = SIDE * SIDE * CHANNELS


def read_binary(path: Path, label_bytes: int, place: int) -> tuple[Array, Array]:
    """(planes uint8 (N, 3072), labels uint8 (N,)) of a binary file.

    A record begins with ``label_bytes``, of which the one at ``place`` is wanted. Raises
    InputError for a file that is missing, damaged, or no whole number of records.
    """
    content = unpacked(path, LARGEST)
    record = label_bytes + PIXELS
    if not content or len(content) % record:
        whole, rest = divmod(len(content), record)
        raise InputError(
            f"{path} is truncated or of another kind: expected "
            f"records of {record:,} bytes, received "
            f"{whole:,} of them and {rest:,} bytes"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, record)
    return records[:, label_bytes:], records[:, place]


def read_python(path: Path, key: str) -> tuple[Array, Array]:
    """(planes uint8 (N, 3072), labels int64 (N,)) of a pickled file: ``data`` and ``key``.

    Raises InputError for a file that is missing, damaged, would build anything but plain
    values, or has others than these.
    """
    batch = read_plain_pickle(path)
    if not isinstance(batch, dict):
        raise InputError(f"{path}: expected a dict, received {type(batch).__name__}")
    # Python 2 wrote the keys; they are bytes to Python 3.
    batch = {k.decode("latin-1") if isinstance(k, bytes) else k: batch[k] for k in batch}
    for wanted in ("data", key):
        if wanted not in batch:
            there = ", ".join(str(k)[:30] for k in list(batch)[:10]) or "nothing"
            raise InputError(f"{path} has no {wanted!r} in it, but {there}")
    return _planes(path, batch["data"]), _labels(path, key, batch[key])


def _planes(path: Path, data: object) -> Array:
    if not isinstance(data, np.ndarray):
        raise InputError(f"{path}: data: expected an array, received {type(data).__name__}")
    if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != PIXELS or not len(data):
        raise InputError(
            f"{path}: data: expected uint8 (N, {PIXELS}), received "
            f"{data.dtype} of shape {data.shape}"
        )
    return data


def _labels(path: Path, key: str, labels: object) -> Array:
    if isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "iu":
        return labels
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise InputError(f"{path}: {key}: expected a list of whole numbers, received others")
    if labels and not 0 <= min(labels) <= max(labels) < 1 << 62:
        raise InputError(f"{path}: {key}: expected labels of classes, received {min(labels)}")
    return np.array(labels, np.int64)


def stack(parts: Sequence[tuple[Path, tuple[Array, Array]]], classes: int) -> tuple[Array, Array]:
    """(images uint8 (N, 32, 32, 3), labels int64 (N,)) of several files' (planes, labels).

    Raises InputError, naming the file, if labels are not in 0..classes - 1, or not as many as
    the images.
    """
    for path, (planes, labels) in parts:
        if len(planes) != len(labels):
            raise InputError(
                f"{path}: expected a label for each image, received {len(planes):,} images and "
                f"{len(labels):,} labels"
            )
        outside = np.flatnonzero((labels < 0) | (labels >= classes))
        if len(outside):
            first = int(outside[0])
            raise InputError(
                f"{path}: expected labels in 0..{classes - 1}, received {labels[first]} at number "
                f"{first:,}"
            )
    count = sum(len(labels) for _, (_, labels) in parts)
    images, start = np.empty((count, SIDE, SIDE, CHANNELS), np.uint8), 0
    for _, (planes, _) in parts:
        by_channel = planes.reshape(-1, CHANNELS, SIDE, SIDE)
        for c in range(CHANNELS):  # three times as fast as one transposed copy
            images[start : start + len(planes), ..., c] = by_channel[:, c]
        start += len(planes)
    return images, np.concatenate([labels for _, (_, labels) in parts]).astype(np.int64)
