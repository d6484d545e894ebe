"""Which arrays of a file fit those of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..text import plural
from ..types import Array, Shape
from .slots import Slot

SHOWN = 4
"""Arrays of a kind in a message; all of them are in `Match`."""


@dataclass(frozen=True)
class Match:
    """Which arrays of a file fit those of a model, by the names of the file's ``library``.

    ``matched`` are names; ``missing`` and ``extra`` map names to shapes, and ``reshaped`` to the
    pair of the model's and the file's, all in the file's layout.

    >>> print(Match("timm", ("fc.weight",), {"fc.bias": (10,)}, {}, {}))
    array      verdict  the model's  the file's
    fc.weight  ok
    fc.bias    missing  (10,)
    """

    library: str
    matched: tuple[str, ...]
    missing: Mapping[str, Shape]
    extra: Mapping[str, Shape]
    reshaped: Mapping[str, tuple[Shape, Shape]]

    @property
    def ok(self) -> bool:
        """Whether every array of the model is there in its shape, and nothing else."""
        return not (self.missing or self.extra or self.reshaped)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """(array, verdict, the model's shape, the file's) of each."""
        return [
            *((name, "ok", "", "") for name in self.matched),
            *((name, "other shape", str(a), str(b)) for name, (a, b) in self.reshaped.items()),
            *((name, "missing", str(shape), "") for name, shape in self.missing.items()),
            *((name, "extra", "", str(shape)) for name, shape in self.extra.items()),
        ]

    def __str__(self) -> str:
        rows = [("array", "verdict", "the model's", "the file's"), *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)

    def summary(self) -> str:
        """The same in a sentence, the first of each kind named."""
        count = len(self.matched) + len(self.missing) + len(self.reshaped)
        said = [f"{len(self.matched):,} of the model's {plural(count, 'array')} fit"]
        if self.reshaped:
            both = [
                f"{name} is {ours} in the model and {theirs} in the file"
                for name, (ours, theirs) in self.reshaped.items()
            ]
            said.append(f"{len(both):,} of another shape ({_listed(both)})")
        for kind, found in (("missing", self.missing), ("extra", self.extra)):
            if found:
                each = [f"{name} {shape}" for name, shape in found.items()]
                said.append(f"{len(each):,} {kind} ({_listed(each)})")
        return "; ".join(said)


class WeightsMismatch(InputError):
    """The arrays of a file are not those of a model. ``match`` says which are, as a table.

    >>> issubclass(WeightsMismatch, InputError)
    True
    """

    def __init__(self, match: Match) -> None:
        super().__init__(f"these weights do not fit the model: {match.summary()}")
        self.match = match


def compare(library: str, slots: list[Slot], tensors: Mapping[str, Array]) -> Match:
    """How ``tensors`` fit ``slots``."""
    there = {slot.name: slot for slot in slots}
    matched, missing, reshaped = [], {}, {}
    for name, slot in there.items():
        expected = slot.layout.shape(slot.variable.shape)
        if name not in tensors:
            missing[name] = expected
        elif not slot.layout.fits(slot.variable.shape, tensors[name].shape):
            reshaped[name] = (expected, tensors[name].shape)
        else:
            matched.append(name)
    extra = {name: array.shape for name, array in tensors.items() if name not in there}
    return Match(library, tuple(matched), missing, extra, reshaped)


def _listed(each: Sequence[str]) -> str:
    return ", ".join(text[:120] for text in each[:SHOWN]) + (", …" if len(each) > SHOWN else "")
