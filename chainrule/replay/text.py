"""What was found in a step, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..printable import printable
from ..text import aligned, plural
from .origin import Origin
from .seen import Update

if TYPE_CHECKING:
    from .result import LayerPeak, Replay

LONGEST = 24
"""Layers and parameters in a table; ``Replay.document`` has all."""


def lines(found: Replay) -> Iterator[str]:
    """What was found, for a person, line by line."""
    yield (
        f"step       {found.step:,}: epoch {found.epoch}, batch {found.batch} of {found.batches}, "
        f"{plural(found.images, 'image')}" + (f"; {found.reason}" if found.reason else "")
    )
    yield f"loss       {_number(found.loss)}, {_match(found)}"
    yield f"found      {found.verdict}"
    if found.samples:
        yield ""
        yield from _samples(found)
    if found.layers:
        yield ""
        yield from _layers(found)
    if found.updates:
        yield ""
        yield from _updates(found)
    if found.notes:
        yield ""
        yield from (f"note: {printable(note)}" for note in found.notes)


def _match(found: Replay) -> str:
    begun = f"checkpoint {found.start:,}" if found.start else "the start"
    again = plural(found.step - found.start, "step")
    said = f"recorded {_number(found.recorded)}; {again} replayed from {begun}"
    if not found.compared:
        return said
    same = "every loss as recorded, bit for bit" if found.exact else "not all as recorded"
    return f"{said}, {same}"


def _samples(found: Replay) -> Iterator[str]:
    yield _heading(found)
    files = any(each.name != f"image {each.index}" for each in found.samples)
    rows = [("image", "file", "class", "predicted", "loss", "largest value")]
    for each in found.samples:
        rows.append(
            (
                str(each.index),
                printable(each.name),
                printable(each.label),
                printable(each.predicted or "-"),
                _number(each.loss),
                _number(each.value),
            )
        )
    shown = rows if files else [(row[0], *row[2:]) for row in rows]
    yield from aligned(shown, right=(0, 4, 5) if files else (0, 3, 4))


def _heading(found: Replay) -> str:
    """What the images are that follow."""
    shown = len(found.samples)
    if not found.affected:
        finite = all(each.loss is None or math.isfinite(each.loss) for each in found.samples)
        which = "with the highest losses" if finite else "whose losses are not finite"
        return f"images of the batch {which}"
    some = f", {shown} of {found.affected}" if found.affected > shown else ""
    return "the affected image" if found.affected == 1 else f"affected images{some}"


def _layers(found: Replay) -> Iterator[str]:
    rows = [("layer", "output", "usual", "gradient", "usual")]
    chosen = _near(found.layers, found.origin)
    rows += [
        (
            f"{each.path} ({each.kind})",
            _number(each.output),
            _number(each.usual_output),
            _number(each.gradient),
            _number(each.usual_gradient),
        )
        for each in chosen
    ]
    some = _some(len(chosen), len(found.layers))
    yield f"largest value of each layer's output, and of the gradient there{some}"
    yield from aligned(rows, right=range(1, 5))


def _updates(found: Replay) -> Iterator[str]:
    rows = [("parameter", "norm", "gradient", "usual", "update", "update/norm", "norm after")]
    chosen = _most_changed(found.updates)
    for each in chosen:
        done = (each.update, each.ratio, each.after) if found.updated else (None, None, None)
        update, ratio, after = map(_number, done)
        norms = _number(each.before), _number(each.gradient), _number(each.usual)
        rows.append((each.path, *norms, update, ratio, after))
    some = _some(len(chosen), len(found.updates))
    yield (
        f"norms before and after the update, at a learning rate of {found.lr:.3g}{some}"
        if found.updated
        else f"norms; the training ended here, before the update{some}"
    )
    yield from aligned(rows, right=range(1, 7))


def _near(layers: Sequence[LayerPeak], origin: Origin | None) -> Sequence[LayerPeak]:
    """All layers, or those around the origin where they are many."""
    places = (i for i, each in enumerate(layers) if origin and each.path == origin.path)
    first = max(0, min(next(places, 0) - LONGEST // 2, len(layers) - LONGEST))
    return layers[first : first + LONGEST]


def _most_changed(updates: Sequence[Update]) -> Sequence[Update]:
    """All parameters, or the weights with the largest updates, or gradients, where they are many:
    a bias begins at 0, and its update is always large beside that."""

    def size(each: Update) -> tuple[bool, float]:
        measure = each.ratio if math.isfinite(each.ratio) else each.gradient / (each.usual or 1.0)
        return len(each.shape) > 1, -math.inf if math.isnan(measure) else measure

    most = sorted(updates, key=size, reverse=True)[:LONGEST]
    return [each for each in updates if each in most]


def _some(shown: int, every: int) -> str:
    return "" if shown == every else f"; {shown} of {every} are shown"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
