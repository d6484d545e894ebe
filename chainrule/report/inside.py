"""What the model has learned, as a section of the page: pictures of weights and outputs."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from ..data.formats.thumbnails import data_uri
from ..markup import Child, Markup, el
from ..types import Array
from .words import short

PIXELS_PER_INCH = 96


@dataclass(frozen=True)
class Panel:
    """A part of the section: what it is called, what to say of it, and what is shown.

    >>> Panel("Filters", "of the first layer", Markup("<img>")).title
    'Filters'
    """

    title: str
    told: str
    body: Markup


def section(panels: Sequence[Panel]) -> Markup | None:
    """The section of all panels; None where there are none."""
    if len(panels) == 0:
        return None
    parts = [
        el("div", el("h3", panel.title), el("p", panel.told), panel.body, class_="panel")
        for panel in panels
    ]
    return el("section", el("h2", "Inside the model"), parts, class_="inside")


def strip(title: str, note: str, picture: Array, height: float) -> Markup:
    """A picture RGBA uint8 (h, w, 4) of so many inches, beside what it is called."""
    h, w = picture.shape[:2]
    width = PIXELS_PER_INCH * height * w / h
    image = el(
        "img", src=_png(picture), alt=f"{title}, {note}", loading="lazy", width=f"{width:.0f}"
    )
    said = el("figcaption", el("b", title), el("small", note))
    return el("figure", said, el("div", image, class_="scroll"), class_="strip")


def _png(picture: Array) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def card(picture: Array, title: str, note: str, right: bool | None) -> Markup:
    """An image uint8 (H, W, C) with its class; green or red where that is right or wrong."""
    verdict = {None: "", True: " right", False: " wrong"}[right]
    return el(
        "figure",
        el("img", src=data_uri(picture), alt=f"{title}, {note}"),
        el("figcaption", el("span", title), el("small", note)),
        class_=f"image{verdict}",
    )


def histogram(title: str, note: str, counts: Array, edges: Array) -> Markup:
    """A histogram (B,) between its edges (B + 1,), with the least and the greatest value."""
    heights = 40 * counts / max(1, int(counts.max(initial=0)))
    width = 100 / max(1, len(counts))
    steps = "".join(
        f"V{40 - height:.1f}H{(i + 1) * width:.1f}" for i, height in enumerate(heights.tolist())
    )
    low, high = float(edges[0]), float(edges[-1])
    zero = None
    if low < 0 < high:
        x = f"{100 * -low / (high - low):.1f}"
        zero = el("path", d=f"M{x} 0V40", class_="zero")
    drawing = el(
        "svg", el("path", d=f"M0 40{steps}V40Z"), zero, viewBox="0 0 100 40", role="img",
        preserveAspectRatio="none", aria_label=f"{title}: {note}",
    )  # fmt: skip
    ends = el("div", el("span", short(low)), el("span", short(high)), class_="ends")
    said = el("figcaption", el("b", title), el("small", note))
    return el("figure", said, drawing, ends, class_="histogram")


def heat(name: str, cells: Array) -> Markup:
    """A row of cells RGB uint8 (n, 3), as wide as the page."""
    return el("figure", el("figcaption", name), el("img", src=_png(cells[None]), alt=f"of {name}"))


def box(title: str, shape: str, details: Sequence[str]) -> Markup:
    """A block of the net: its name, the shape of what it gives, and small print."""
    return el("li", el("b", title), el("span", shape), [el("small", each) for each in details])


def net(boxes: Child) -> Markup:
    """The blocks one after the other."""
    return el("ol", boxes, class_="net")
