"""The look that all drawings share: the report's, on paper of their own."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..report import svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
PIXELS_PER_INCH = 160

INK, MUTED, LINE, PAPER = "#171a20", "#5a6270", "#e2e5ea", "#ffffff"
BLUE, ORANGE, GREEN, RED = "#2f68d8", "#d2691e", "#18794e", "#c4302b"

# A file of its own has no page to take colors and font from.
STAND_INS = {svg.INK: INK, svg.MUTED: MUTED, svg.LINE: LINE}
STYLE: dict[Any, Any] = {name: STAND_INS.get(value, value) for name, value in svg.STYLE.items()}
STYLE |= {"svg.fonttype": "path", "figure.facecolor": PAPER, "savefig.facecolor": PAPER}


def rendered(
    paint: Callable[[Figure], None], size: tuple[float, float], kind: str, name: str
) -> bytes:
    """The file of what ``paint`` draws on a figure of ``size`` inches; equal for equal drawings."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    buffer = io.BytesIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # its box is shown
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.11, wspace=0.01, hspace=0.01)
        figure = Figure(figsize=size, layout=layout)
        paint(figure)
        unsaid = {"svg": ("Date", "Creator", "Format", "Type"), "png": ("Software",)}[kind]
        figure.savefig(
            buffer, format=kind, dpi=PIXELS_PER_INCH, metadata=dict.fromkeys(unsaid, None)
        )
    return buffer.getvalue()


def panels(figure: Figure, titles: list[str], notes: list[str]) -> Iterator[Axes]:
    """One panel for each title, four to a row, with a line of small print under the title."""
    rows = -(-len(titles) // COLUMNS)
    for i, (title, note) in enumerate(zip(titles, notes, strict=True)):
        axes = figure.add_subplot(rows, COLUMNS, i + 1)
        entitle(axes, title, note)
        yield axes


def entitle(axes: Axes, title: str, note: str) -> None:
    """A title at the left, and a line of small print between it and the panel."""
    axes.set_title(title, loc="left", fontweight="bold", fontsize=10.5, pad=17)
    axes.annotate(
        note, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", color=muted(),
        fontsize=7.5,
    )  # fmt: skip


def muted() -> str:
    """The color of small print: that of the page where the drawing becomes part of one."""
    import matplotlib

    return str(matplotlib.rcParams["axes.labelcolor"])


def ink() -> str:
    """The color of text, in the same way."""
    import matplotlib

    return str(matplotlib.rcParams["text.color"])


def line() -> str:
    """The color of lines that only divide, in the same way."""
    import matplotlib

    return str(matplotlib.rcParams["grid.color"])


def compact(value: float) -> str:
    """Two digits: "0.63", "0.0024", "3e-7"."""
    text = f"{value:.2g}"
    digits, e, exponent = text.partition("e")
    return f"{digits}e{int(exponent)}" if e else text
