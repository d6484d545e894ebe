"""Ask a model: what it says of an image, what its layers make of it, where it looks, and which
images it holds for alike. An image is drawn, dropped, or one of the test images; requests carry
its pixels."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from .. import interop
from ..cost import count_parameters
from . import inspection, neighbors, saved
from .answers import get, post, upload
from .context import PlayContext, compute
from .opened import Opened, OpenModels
from .small_model import train_small

MOST_PIXELS = 16 << 20
"""Bytes of the pixels of one image."""
PAUSE = 0.005
"""Seconds between the parts of a search: a stroke that is drawn meanwhile is answered first."""
DRAWING = Path(interop.__file__).parent / "page" / "drawing.js"
"""The pad, which exported pages have too."""


def routes(context: PlayContext) -> list[Route]:
    """Those under /api/ask/, and the file of the drawing pad."""
    kept = OpenModels(context.data_dir)

    def opened(model: str) -> Opened:
        return kept.open(saved.located(context, model))

    def models() -> dict[str, Any]:
        return saved.names(context)

    def about(model: str) -> dict[str, Any]:
        return described(opened(model))

    def small() -> dict[str, Any]:
        return train_small(context.runs)

    def predict(body: bytes, model: str) -> dict[str, Any]:
        it = opened(model)
        return inspection.answer(it, it.pixels(body))

    def image(body: bytes, model: str, name: str = "the image") -> dict[str, Any]:
        it = opened(model)
        return inspection.image(it, *it.decoded(body, name[:200]))

    async def with_data(model: str) -> Opened:
        """The model once its data are read, which others need not wait for."""
        it = await compute(opened, model)
        await asyncio.to_thread(lambda: it.data)
        return it

    async def example(model: str, index: str = "0") -> dict[str, Any]:
        it = await with_data(model)
        pixels, said = neighbors.chosen_image(it, index)
        return await compute(inspection.image, it, pixels) | said

    def layers(body: bytes, model: str) -> dict[str, Any]:
        it = opened(model)
        return {"layers": inspection.layers(it, it.pixels(body))}

    def layer(body: bytes, model: str, step: str) -> dict[str, Any]:
        it = opened(model)
        return inspection.layer(it, it.pixels(body), step)

    def unit(body: bytes, model: str, step: str, place: str) -> dict[str, Any]:
        it = opened(model)
        return inspection.unit(it, it.pixels(body), step, place)

    def heat(body: bytes, model: str, method: str, target: str = "") -> dict[str, Any]:
        it = opened(model)
        return inspection.heat(it, it.pixels(body), method, target)

    async def nearest(body: bytes, model: str) -> dict[str, Any]:
        it = await with_data(model)
        pixels = it.pixels(body)
        while not await compute(neighbors.advance, it):
            await asyncio.sleep(PAUSE)
        return await compute(neighbors.nearest, it, pixels)

    async def prepare(model: str) -> dict[str, Any]:
        it = await with_data(model)
        while neighbors.quick(it) and not await compute(neighbors.advance, it):
            await asyncio.sleep(PAUSE)
        return {}

    async def drawing(request: Request) -> Response:
        return FileResponse(DRAWING, media_type="text/javascript", headers=NEWEST)

    return [
        get("/api/ask/models", models),
        get("/api/ask/model", about),
        post("/api/ask/small", small),
        upload("/api/ask/predict", predict, MOST_PIXELS),
        upload("/api/ask/image", image),
        get("/api/ask/prepare", prepare),
        get("/api/ask/example", example),
        upload("/api/ask/layers", layers, MOST_PIXELS),
        upload("/api/ask/layer", layer, MOST_PIXELS),
        upload("/api/ask/unit", unit, MOST_PIXELS),
        upload("/api/ask/heat", heat, MOST_PIXELS),
        upload("/api/ask/nearest", nearest, MOST_PIXELS),
        Route("/static/shared/drawing.js", drawing, methods=["GET"]),
    ]


NEWEST = {"cache-control": "no-cache"}


def described(opened: Opened) -> dict[str, Any]:
    """What a page should know of a model before it asks it anything. Unless it is large, the model
    has predicted once then, and its kernels are ready."""
    signature = opened.signature
    if opened.operations is not None and opened.operations <= inspection.QUICK:
        opened.probabilities(np.zeros(signature.image_shape, np.uint8))
    return {
        "shape": list(signature.image_shape),
        "classes": list(signature.classes),
        "drawable": opened.drawable,
        "has_data": opened.run is not None,
        "parameters": count_parameters(opened.model),
        "methods": inspection.methods(opened),
        "nearest": neighbors.quick(opened),
    }
