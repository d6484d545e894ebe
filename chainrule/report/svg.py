"""Matplotlib figures as small inline SVG that takes its colors and font from the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from ..markup import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Stand-ins: drawn with by Matplotlib, then replaced by the page's own colors, so that one
# drawing serves the light and the dark page.
INK, MUTED, LINE = "#010101", "#020202", "#030303"
TRAIN, VALIDATION = "#040404", "#050505"
THEME = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    TRAIN: "var(--train)",
    VALIDATION: "var(--validation)",
}

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, in the page's font
    "text.parse_math": False,  # a class called "$x" is not a formula
    "font.family": "DejaVu Sans",  # comes with Matplotlib; measures the text that is laid out
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
}


def draw(paint: Callable[[Figure], None], size: tuple[float, float], label: str) -> Markup:
    """The drawing that ``paint`` makes on a figure of ``size`` inches, as ``<svg>``.

    ``label`` says what is to be seen, for who cannot see it. Equal calls give equal markup.
    """
    import matplotlib
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    # The salt makes identifiers repeatable, and different between the drawings of one page.
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": label}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has other fonts
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return Markup(_inline(buffer.getvalue(), label))


def _inline(document: str, label: str) -> str:
    """A stand-alone SVG file as an element of a page: no prologue, no links, fewer digits."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"<[^>]+>", lambda tag: _trim(tag[0]), svg)
    opening = f'<svg {box[0] if box else ""} role="img" aria-label="{escape(label)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    return re.sub(r"\s*\n\s*", "\n", svg).strip()


def _trim(tag: str) -> str:
    """One tag with the page's colors and font, without what only adds to its length."""
    for stand_in, color in THEME.items():
        tag = tag.replace(stand_in, color)
    # Groups are numbered figure_1, line2d_1 … in every drawing: not unique on a page, not used.
    tag = re.sub(r' id="[^"]*_\d+"', "", tag)
    tag = re.sub(r"(\d\.\d\d)\d+", r"\1", tag)  # a hundredth of a pixel is enough
    return re.sub(r"'DejaVu Sans'[^;\"]*", "var(--font)", tag)
