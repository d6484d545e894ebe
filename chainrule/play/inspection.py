"""What the layers of a model make of one image, and where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError, did_you_mean
from ..interpret import METHODS, randomization_check
from ..interpret.grad_cam import CONVOLUTIONS
from ..interpret.maps import Pass
from ..layers.base import walk
from ..printable import received
from ..types import Array
from .numbers import number, packed, pixel_text
from .opened import Opened
from .written_out import formula, written_out

SIZES = (16, 64), (16, 32), (8, 32), (4, 32), (4, 16), (1, 8)
"""Maps of a layer that are sent with all layers, and pixels of a side of them; of a larger one
every n-th. The first of these with which all are no more bytes than `BUDGET`."""
BUDGET = 1 << 20
MOST = 256
"""Maps that are sent of one layer that is asked for."""
MOST_CELLS = 2048
"""Numbers of a vector that are sent; of a longer one the first."""
QUICK, SLOW = 5e9, 1e12
"""Operations, forward and backward, that a heat map with its check may take at each stroke, and at
all: a fraction of a second, and some seconds of two cores. Other pages wait meanwhile."""
PASSES = {
    "saliency": 3, "grad_cam": 3, "guided_backprop": 3, "smoothgrad": 96,
    "integrated_gradients": 200, "occlusion": 400,
}  # fmt: skip
"""About how many passes each takes, of the image, with random weights, and shuffled, as well."""


def layers(opened: Opened, pixels: Array) -> list[dict[str, Any]]:
    """Each layer that runs, in order: what it is, the shape of its output, and its first maps."""
    runs = opened.passes(pixels)
    few, side = next(size for size in SIZES if _bytes(runs, *size) <= BUDGET or size == SIZES[-1])
    return [_layer(run, step, few, side) for step, run in enumerate(runs)]


def _bytes(runs: Sequence[Pass], few: int, side: int) -> int:
    shapes = [run.output.shape for run in runs if run.output.ndim == 3]
    return sum(min(h, side) * min(w, side) * min(c, few) for h, w, c in shapes)


def layer(opened: Opened, pixels: Array, step: Any) -> dict[str, Any]:
    """One of `layers`, with more of its maps in their full size."""
    place = _step(opened, pixels, step)
    return _layer(opened.passes(pixels)[place], place, MOST, 0)


def _layer(run: Pass, step: int, most: int, side: int) -> dict[str, Any]:
    """With so many maps, of so many pixels a side, all of them for 0."""
    y = run.output
    found = {
        "step": step,
        "path": run.path,
        "kind": type(run.layer).__name__,
        "formula": formula(type(run.layer)),
        "shape": list(y.shape),
        "least": number(y.min()),
        "largest": number(y.max()),
        "zeros": number((y == 0).mean()),
    }
    if y.ndim == 3:
        stride = -(-max(y.shape[:2]) // side) if side else 1
        shown = y[::stride, ::stride, :most]
        return found | {"maps": packed(np.moveaxis(shown, 2, 0)), "stride": stride}
    return found | {"vector": packed(y.ravel()[:MOST_CELLS])}


def unit(opened: Opened, pixels: Array, step: Any, place: Any) -> dict[str, Any]:
    """One number of a layer's output written out, with the map that it lies in and the ones that
    it was made from."""
    i = _step(opened, pixels, step)
    run = opened.passes(pixels)[i]
    try:
        at = [int(part) for part in str(place)[:100].split(",")]
    except ValueError:
        raise InputError(
            f"place: expected numbers such as 3,4,0, received {received(place)}"
        ) from None
    made = written_out(run, at)
    if run.output.ndim == 3:
        made["map"] = packed(run.output[:, :, at[2]])
    x = run.inputs[0]
    if x.ndim == 3 and "window" in made:
        channels = [part["channel"] for part in made.get("parts", ())] or [made.get("channel", 0)]
        made["inputs"] = packed(np.moveaxis(x[:, :, channels].astype(np.float32), 2, 0))
    return made | {"step": i, "input_shape": list(x.shape)}


def heat(opened: Opened, pixels: Array, method: Any, target: Any = None) -> dict[str, Any]:
    """Where the model looks by a ``method`` of `chainrule.interpret.METHODS`, for a class, beside
    the same with random weights, and how alike they are."""
    if not isinstance(method, str) or method not in METHODS:
        raise InputError(
            f"method: unknown name {received(method)}{did_you_mean(str(method), METHODS)}"
        )
    if cost_of(opened, method) > SLOW:
        raise InputError(
            f"method: {method} would take minutes for a model of this size; saliency and grad_cam "
            "are quicker"
        )
    chosen = None if target in (None, "") else _target(target)
    check = randomization_check(opened.model, pixels, chosen, method=method, stages=1)
    original = check.original
    return {
        "method": method,
        "target": int(original.targets[0]),
        "probability": number(original.probabilities[0]),
        "signed": original.signed,
        "map": packed(original.maps[0]),
        "random": packed(check.maps[-1][0]),
        "correlation": number(check.correlation),
        "passed": check.passed,
        "by_architecture": check.by_architecture,
        "flat": not np.any(original.maps[0]),
    }


def cost_of(opened: Opened, method: str) -> float:
    """Operations of a heat map by this method with its check; 0 where they are not known."""
    return (opened.operations or 0) * 2.0 * PASSES[method]


def methods(opened: Opened) -> list[dict[str, Any]]:
    """Those that a model may be asked by, the first one first: whether they are quick enough for
    each stroke, and possible at all."""
    first = "grad_cam" if _has_maps(opened) else "saliency"
    names = [first, *(name for name in METHODS if name not in (first, "grad_cam"))]
    return [{"name": name, "quick": cost_of(opened, name) <= QUICK} for name in names]


def _has_maps(opened: Opened) -> bool:
    return any(isinstance(node, CONVOLUTIONS) for node in walk(opened.model))


def _target(target: Any) -> int:
    text = str(target)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"target: expected the number of a class, received {received(target)}")
    return int(text)


def _step(opened: Opened, pixels: Array, step: Any) -> int:
    text, count = str(step), len(opened.passes(pixels))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < count):
        raise InputError(f"step: expected 0 to {count - 1}, received {received(step)}")
    return int(text)


def answer(opened: Opened, pixels: Array) -> dict[str, Any]:
    """The probabilities of the classes."""
    p = opened.probabilities(pixels)
    return {"probabilities": [number(v) for v in p]}


def image(opened: Opened, pixels: Array, said: str = "") -> dict[str, Any]:
    """An image as the model sees it, with what it says."""
    return {"pixels": pixel_text(pixels), "note": said, **answer(opened, pixels)}
