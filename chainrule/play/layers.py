"""The view *layers*: any layer of the catalogue with a tiny input to edit.

    look("Conv2d", {"stride": "2"})

answers with actual numbers: parameters, output, both passes and every entry of every gradient
beside its central difference. What was edited in the page, numbers, shapes and options, comes with
the question; what does not fit any more after an option has changed is made anew.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..explanation.layout import formula
from ..kernels import REFERENCE
from .layer_catalog import group_of, kind_of, known
from .layer_passes import look as look
from .source import kernels_of, source_of

if TYPE_CHECKING:
    from starlette.routing import Route

    from .context import PlayContext


def routes(context: PlayContext) -> list[Route]:
    """``GET /api/layers/catalogue``, ``GET /api/layers/about`` and ``POST /api/layers/look``."""
    from .answers import get, post

    return [
        get("/api/layers/catalogue", catalogue),
        get("/api/layers/about", about),
        post("/api/layers/look", look),
    ]


def catalogue() -> list[dict[str, str]]:
    """Every layer: its name and its group."""
    return [{"name": name, "group": group_of(name)} for name in known()]


def about(layer: Any) -> dict[str, Any]:
    """What is written of a layer: its formula and shapes, the words below, its source, and the
    definitions of the kernels that it calls. InputError for an unknown name."""
    kind = kind_of(layer)
    head = formula(kind)
    text = (inspect.getdoc(kind) or "").removeprefix(head)
    return {
        "layer": kind.__name__,
        "formula": head,
        "text": text.partition(">>>")[0].strip(),
        "source": source_of(kind),
        "kernels": [
            {"name": name} | source_of(getattr(REFERENCE, name)) for name in kernels_of(kind)
        ],
    }
