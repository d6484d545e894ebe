"""A model as one web page that classifies images in the browser, without any network."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..files import atomic_write
from ..layers.base import Layer, Signature
from ..markup import Markup, el, sealed_page
from ..text import amount, plural, size
from ..types import Array
from .exported import Exported, output_path
from .folding import fold_batch_norm as folded
from .plan import INPUT, Plan
from .planning import plan
from .predictor import operations
from .python_predictor import expect_signature
from .verification import expect_equal, samples

LARGEST_PAD = 64
"""Pixels of a side of the gray images that can be drawn."""
SEEN = "The image as the model sees it"
MOST = 2**28
"""Bytes of weights: browsers refuse texts that are much longer."""


@checked
def to_html(
    model: Layer,
    path: str | os.PathLike[str],
    *,
    title: str = "Image classifier",
    fold_batch_norm: bool = False,
    images: Array | None = None,
) -> Exported:
    """Write one page to ``path``, .html, that classifies images in a browser, with the weights in
    it: nothing is loaded, and nothing leaves the computer.

    An image is dropped, pasted or chosen. Where the model is of square gray images a digit
    can be drawn too, which is scaled and centered as those of MNIST (8x8: as UCI's digits). The
    images are resized as chainrule resizes them, and the layers that the model holds stand in
    the page as readable JavaScript; its numbers are float32, as the model's.

    ``fold_batch_norm`` makes batch norms part of the weights before them. Before the page is
    written, its steps are run on random images and on ``images`` (N, H, W, C).

    InputError for a model that does not say which images and classes it is for or takes no
    uint8 images, and for layers that the page has no JavaScript for.

    >>> import tempfile
    >>> from chainrule import models
    >>> from chainrule.layers import Signature
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> model.signature = Signature((8, 8, 1), tuple("0123456789"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_html(model, f"{folder}/digits.html").path.name
    'digits.html'
    """
    target = output_path(path, (".html", ".htm"))
    signature = expect_signature(model)
    made = plan(model, signature.image_shape, "uint8")
    made = folded(made) if fold_batch_norm else made
    if 4 * made.parameters > MOST:
        raise InputError(
            f"model: its weights have {size(4 * made.parameters)}, and a page can hold {size(MOST)}"
        )
    checks = samples(made, images)
    difference = expect_equal(model, made, checks, lambda x: run(made, x), "HTML")
    content = page(made, signature, title).encode()
    atomic_write(target, content)
    return Exported(target, (target,), len(content), difference, sum(map(len, checks)))


def run(made: Plan, x: Array) -> Array:
    """The steps of a plan by NumPy, of which those of the page are a translation."""
    values = {INPUT: x}
    for step in made.steps:
        operation = getattr(operations, step.op)
        inputs = [values[name] for name in step.inputs]
        values[step.output] = operation(*inputs, **step.arrays, **step.options)
    return values[made.output]


def page(made: Plan, signature: Signature, title: str) -> str:
    """The text of the page."""
    described, weights = _described(made, signature)
    script, style = _script(made), _file("page.css")
    h, w, c = signature.image_shape
    kinds = (
        f"{h}x{w} {'gray' if c == 1 else 'color'} images, {plural(len(signature.classes), 'class')}"
    )
    pad = c == 1 and h == w and 8 <= h <= LARGEST_PAD
    body = [
        el(
            "main",
            el("header", el("h1", title), el("p", kinds)),
            el(
                "div",
                el("div", _pad() if pad else None, _drop(), class_="inputs"),
                _result(),
                class_="columns",
            ),
            el(
                "footer",
                f"{amount(made.parameters)} weights, {size(len(weights) * 3 // 4)}, lie in this "
                "page. It works without a network, and no image leaves this computer. Made by "
                "chainrule.",
            ),
        ),
        el("script", Markup(_inert(described)), type="application/json", id="model"),
        el("script", Markup(weights), type="text/plain", id="weights"),
    ]
    return sealed_page(title, body, style=style, script=script, images="blob: data:")


def _drop() -> Markup:
    return el(
        "div",
        el("input", type="file", id="file", accept="image/*"),
        el("label", "Choose an image", for_="file"),
        el("p", "or drop or paste one", class_="hint"),
        id="drop",
    )


def _pad() -> Markup:
    return el(
        "section",
        el("h2", "Draw a digit"),
        el(
            "canvas",
            id="pad",
            width="280",
            height="280",
            tabindex="0",
            role="application",
            aria_label="Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, "
            "Delete clears.",
        ),
        el(
            "div",
            el("p", "Mouse, finger, or arrow keys and Space", class_="hint"),
            el("button", "Clear", type="button", id="clear"),
            class_="below",
        ),
    )


def _result() -> Markup:
    first = "Nothing classified yet"
    return el(
        "section",
        el("h2", "What the model says"),
        el(
            "div",
            el(
                "canvas",
                id="seen",
                width="1",
                height="1",
                role="img",
                aria_label="The image as the model sees it",
            ),
            el(
                "div",
                el("p", first, id="answer", role="status", aria_live="polite", data_first=first),
                el("p", id="source"),
            ),
            class_="result",
        ),
        el("ol", id="bars", aria_label="Probabilities of the classes"),
    )


def _described(made: Plan, signature: Signature) -> tuple[str, str]:
    """(the steps as JSON, the weights as base64); a weight is where it begins and ends."""
    places: dict[int, tuple[int, int]] = {}
    parts: list[bytes] = []
    at = 0

    def place(array: Array) -> tuple[int, int]:
        nonlocal at
        if id(array) not in places:
            parts.append(array.astype("<f4").tobytes())
            places[id(array)] = (at, at + array.size)
            at += array.size
        return places[id(array)]

    steps: list[Mapping[str, Any]] = []
    for step in made.steps:
        weights = {name: place(array) for name, array in step.arrays.items()}
        options = dict(step.options)
        if "weight" in step.arrays and step.arrays["weight"].ndim == 4:
            options["kernel"] = step.arrays["weight"].shape[:2]
        steps.append(
            {
                "op": step.op,
                "layer": step.path,
                "inputs": step.inputs,
                "output": step.output,
                "shape": step.shape,
                "options": options,
                "weights": weights,
            }
        )
    described = {
        "image_shape": signature.image_shape, "resize": signature.resize,
        "classes": signature.classes, "output": made.output, "steps": steps,
    }  # fmt: skip
    text = json.dumps(described, default=lambda x: x.tolist() if isinstance(x, np.generic) else x)
    return text, base64.b64encode(b"".join(parts)).decode()


def _script(made: Plan) -> str:
    """The JavaScript of the page, with the operations that the model needs. InputError for one
    that there is none of."""
    head, *parts = re.split(r"^// op: (\w+)\n", _file("operations.js"), flags=re.MULTILINE)
    known = dict(zip(parts[::2], parts[1::2], strict=True))
    missing = [step.place for step in made.steps if step.op not in known]
    if missing:
        raise InputError(f"model: the page has no JavaScript for {', '.join(missing[:5])}")
    needed = {step.op for step in made.steps}
    operations_of_it = "".join(code for name, code in known.items() if name in needed)
    drawing = re.sub(r"^export ", "", _file("drawing.js"), flags=re.MULTILINE)
    return (
        f"{_file('page.js')}\n{drawing}\n// --- layers ---\n{head}{operations_of_it}\nlisten();\n"
    )


def _inert(text: str) -> str:
    """JSON that no parser of HTML takes for the end of its element."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _file(name: str) -> str:
    return resources.files(__package__).joinpath("page", name).read_text("utf-8")
