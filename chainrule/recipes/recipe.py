"""What a recipe is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .session import Session


@dataclass(frozen=True)
class Table:
    """Rows of text under a header, as long as it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Plot:
    """``paint(figure)`` draws it on a Matplotlib figure of ``size`` inches."""

    title: str
    paint: Callable[[Figure], None]
    size: tuple[float, float] = (8.0, 4.5)


@dataclass(frozen=True)
class Result:
    """What a recipe found.

    ours      in the words of a table: "98.41 ± 0.05%"
    reached   whether the bar was met; None where there is none
    figures   numbers, as JSON values
    seconds   of the training that ``ours`` is of, where there is one
    """

    ours: str
    reached: bool | None
    figures: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
    notes: Sequence[str] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Recipe:
    """A claim of a report, and how it is measured here.

    name      as in ``chainrule reproduce NAME``; its letter is the report's
    did       what the report did, and we do
    reported  its figure
    bar       what ours must be, in words
    run       measures it, by the trainings of a `Session`
    seeds     how many, where a training depends on one
    quick     settings of a quick measurement that suit it better than the usual ones
    """

    name: str
    did: str
    reported: str
    bar: str
    run: Callable[[Session], Result]
    seeds: int = 3
    quick: Mapping[str, Any] = field(default_factory=dict)
