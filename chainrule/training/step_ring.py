"""The file of a training's last steps: records of one length, the newest over the oldest.

    CRSTEPS1 | length of the JSON | JSON | zeros up to FIRST · n | record 0 | record 1 | …

The record of step t lies at place t mod capacity, with a checksum of its own: one that a kill has
cut in two is left out. A record is written by one system call, and what is written so is
there however the process ends (a machine that loses its power may lose the last seconds).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.regular_file import open_regular
from ..errors import InputError
from ..files import parse_json
from ..types import Array

MAGIC = b"CRSTEPS1"
FIRST = 4096
"""Bytes that the header fills a whole number of times."""

SIZE = 4 << 20
"""Bytes of records at most: 20,000 steps of a small net, 3,000 of a ResNet-50."""

FEWEST, MOST = 256, 1 << 15
LARGEST = 1 << 30

FIELDS: list[tuple[str, str]] = [
    ("step", "<i8"), ("epoch", "<i8"), ("batch", "<i8"), ("images", "<i8"), ("labels", "<u8"),
    ("loss", "<f8"), ("planned", "<f8"), ("lr", "<f8"), ("lr_scale", "<f8"),
]  # fmt: skip
"""What each record begins with: step, from 1; epoch and batch, from 0, which with the seed are the
keys of its images and of what augments them; how many images; a checksum of their labels; the
loss; steps of the schedule's plan; the learning rate, and the factor in it."""


@dataclass(frozen=True)
class Layout:
    """What a record holds besides FIELDS: the norm of each parameter's gradient, and the counters
    that random layers draw by."""

    parameters: tuple[str, ...]
    counters: tuple[str, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """One record; a norm is -1 for a parameter without a gradient."""
        return np.dtype(
            [
                *FIELDS,
                ("counters", "<u8", (len(self.counters),)),
                ("norms", "<f8", (len(self.parameters),)),
                ("checksum", "<u4"),
            ]
        )

    @property
    def capacity(self) -> int:
        """Records in a file."""
        return max(FEWEST, min(MOST, SIZE // self.dtype.itemsize))

    def header(self, about: Mapping[str, Any]) -> bytes:
        """The bytes before the first record; ``about`` is JSON values."""
        layout = {"parameters": self.parameters, "counters": self.counters}
        text = json.dumps({**layout, "about": about}).encode()
        start = MAGIC + len(text).to_bytes(8, "little") + text
        return start.ljust(-(-len(start) // FIRST) * FIRST, b"\0")


@dataclass(frozen=True)
class LastSteps:
    """The records of a file by growing steps, and what its header says.

    records  a structured array, see FIELDS and `Layout`
    """

    layout: Layout
    about: dict[str, Any]
    records: Array

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> LastSteps:
        """What is in a file. InputError if there is none, or it is something else."""
        try:
            with open_regular(path, LARGEST) as file:
                content = file.read()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}") from None
        start = len(MAGIC) + 8
        length = int.from_bytes(content[len(MAGIC) : start], "little")
        if content[: len(MAGIC)] != MAGIC or len(content) < start + length:
            raise InputError(f"{path} is damaged: it is not a record of steps of this version")
        said = parse_json(content[start : start + length], f"{path} is damaged: its header")
        layout, about = _parsed(said, path)
        return cls(layout, about, _records(content[first_record(content) :], layout))

    def of(self, step: int) -> Any:
        """The record of a step, or None."""
        place = int(np.searchsorted(self.records["step"], step))
        if place < len(self.records) and self.records["step"][place] == step:
            return self.records[place]
        return None


def first_record(content: bytes) -> int:
    """Where the records of a file begin."""
    start = len(MAGIC) + 8
    length = int.from_bytes(content[len(MAGIC) : start], "little")
    return -(-(start + length) // FIRST) * FIRST


def _parsed(said: Any, path: str | os.PathLike[str]) -> tuple[Layout, dict[str, Any]]:
    try:
        names = [said[key] for key in ("parameters", "counters")]
        about = said["about"]
    except (KeyError, TypeError):
        names, about = [], None
    if not names or not isinstance(about, dict) or not all(map(_are_names, names)):
        raise InputError(f"{path} is damaged: its header is not that of a record of steps")
    return Layout(tuple(names[0]), tuple(names[1])), about


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _records(content: bytes, layout: Layout) -> Array:
    """The whole records, sorted."""
    dtype = layout.dtype
    count = min(len(content) // dtype.itemsize, layout.capacity)
    every: Array = np.frombuffer(content, dtype, count)
    end = dtype.itemsize - 4
    places = range(0, count * dtype.itemsize, dtype.itemsize)
    sums = np.array([zlib.crc32(content[i : i + end]) for i in places], np.uint32)
    at_home = every["step"] % layout.capacity == np.arange(count)
    whole: Array = every[(sums == every["checksum"]) & (every["step"] > 0) & at_home]
    ordered: Array = whole[np.argsort(whole["step"], kind="stable")]
    return ordered
