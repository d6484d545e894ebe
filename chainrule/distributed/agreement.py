"""What must be the same on all ranks, compared by hashes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import CheckFailed, InputError
from ..layers.base import Layer
from .group import Group, agreed

SHOWN = 12  # digits of a hash


def expect_alike(group: Group, facts: Mapping[str, Any], what: str = "") -> None:
    """InputError, on every rank, for the first of ``facts`` that is not the same on all.

    ``facts`` are texts, numbers or hashes by name; ``what`` says what to do about a difference.
    """
    if group.size == 1:
        return
    told = group.exchange({name: _shown(value) for name, value in facts.items()})
    for name in facts:
        values = [each.get(name) for each in told]
        if (other := _other(values)) is not None:
            raise agreed(
                InputError(
                    f"{name}: expected the same on every rank, received {values[0]} on rank 0 and "
                    f"{values[other]} on rank {other}{what and f'; {what}'}"
                )
            )


def expect_equal_weights(group: Group, model: Layer, when: str) -> None:
    """CheckFailed, on every rank, where two have other weights or running statistics."""
    if group.size == 1:
        return
    if (other := _other(group.exchange(weights_digest(model)))) is not None:
        raise agreed(
            CheckFailed(
                f"the model: expected the same weights on every rank, received different ones on "
                f"rank {other} {when}; give each rank the same model and the same callbacks"
            )
        )


def _other(values: Sequence[Any]) -> int | None:
    """The first rank whose value is not that of rank 0; None where all are equal."""
    return next((rank for rank, value in enumerate(values) if value != values[0]), None)


def weights_digest(model: Layer) -> int:
    """A checksum of every array of a model."""
    digest = 0
    for array in model.state().values():
        digest = zlib.crc32(array.tobytes(), digest)
    return digest


@cache
def code_digest() -> str:
    """A hash of the sources of this package: equal versions may have been edited."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _shown(value: Any) -> Any:
    text = str(value)
    return text[:SHOWN] if len(text) == 64 and not set(text) - set("0123456789abcdef") else text
