"""A circuit as a drawing: gates as circles, values above the wires and gradients below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError
from ...printable import printable
from .compose import compose
from .svg import render

if TYPE_CHECKING:
    from ..graph import Circuit


def draw(circuit: Circuit, digits: int = 3, title: str = "") -> str:
    """The SVG document of ``circuit``, numbers to so many significant ``digits``.

    InputError for fewer than 1 or more than 17 digits, and for a title of several lines.
    """
    if not isinstance(digits, int) or not 1 <= digits <= 17:
        raise InputError(f"digits: expected 1 to 17 significant digits, received {digits!r}")
    if printable(title) != title:
        raise InputError(f"title: expected one line of text, received {title!r:.60}")
    text = f"Computational graph of {circuit.name(circuit.output)}"
    return render(compose(circuit, digits, title), title or text)
