"""Two graphs of gates with their numbers, one above the other."""

from __future__ import annotations

from ..circuit.drawing.compose import compose
from ..circuit.drawing.svg import render as render_scene
from ..circuit.examples import report_c, report_e

GAP = 16
CIRCUITS = {
    "f = (x + y) z": report_c,
    "f = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2)))": report_e,
}


def render(kind: str) -> bytes:
    scenes = {title: compose(make(), 3, title) for title, make in CIRCUITS.items()}
    width = max(scene.width for scene in scenes.values())
    height = sum(scene.height + GAP for scene in scenes.values()) - GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">'
    ]
    top = 0.0
    for title, scene in scenes.items():
        drawing = render_scene(scene, f"Computational graph of {title}")
        lines += [f'<g transform="translate(0 {top:g})">', drawing.rstrip(), "</g>"]
        top += scene.height + GAP
    return "\n".join([*lines, "</svg>", ""]).encode()
