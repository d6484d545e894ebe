"""chainrule export"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from .arguments import RUNS, DataDir, ModelName, Runs, find_model
from .show import say

if TYPE_CHECKING:
    from ..interop import Exported
    from ..layers.base import Layer
    from ..training.run import Run
    from ..types import Array


@dataclass(frozen=True)
class Export:
    """What to write, and how."""

    model: Layer
    images: Array | None
    fold: bool
    softmax: bool
    title: str


@dataclass(frozen=True)
class Format:
    """One kind of export.

    name   of its file or folder by default, beside the model; "" for files of fixed names
    write  writes it there
    """

    name: str
    write: Callable[[Export, Path], Exported]


def _onnx(export: Export, path: Path) -> Exported:
    from ..interop import to_onnx

    return to_onnx(
        export.model,
        path,
        fold_batch_norm=export.fold,
        softmax=export.softmax,
        images=export.images,
    )


def _python(export: Export, path: Path) -> Exported:
    from ..interop import to_python

    return to_python(export.model, path, fold_batch_norm=export.fold, images=export.images)


def _html(export: Export, path: Path) -> Exported:
    from ..interop import to_html

    return to_html(
        export.model, path, title=export.title, fold_batch_norm=export.fold, images=export.images
    )


def _torch(export: Export, path: Path) -> Exported:
    from ..interop import to_torch

    return to_torch(export.model, path, images=export.images)


FORMATS = {
    "onnx": Format("model.onnx", _onnx),
    "python": Format("", _python),
    "html": Format("classifier.html", _html),
    "torch": Format("torch", _torch),
}
"""By the option that asks for it."""


def export(
    run: ModelName,
    /,
    *,
    onnx: Annotated[
        bool,
        Parameter(negative="", help="model.onnx, for ONNX runtimes; opset 18, any batch size."),
    ] = False,
    python: Annotated[
        bool,
        Parameter(negative="", help="predictor.py and predictor.npz, which need NumPy alone."),
    ] = False,
    html: Annotated[
        bool,
        Parameter(negative="", help="classifier.html, a page that classifies images offline."),
    ] = False,
    torch: Annotated[
        bool,
        Parameter(negative="", help="torch/: safetensors and config.json, as timm loads them."),
    ] = False,
    out: Annotated[
        Path | None,
        Parameter(help="A file or folder, a folder for --python; beside the model by default."),
    ] = None,
    fold: Annotated[
        bool, Parameter(negative="", help="Make batch norms part of the weights before them.")
    ] = False,
    softmax: Annotated[
        bool, Parameter(negative="", help="For --onnx: probabilities instead of logits.")
    ] = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Export a trained model for other programs: ONNX, NumPy alone, a web page, PyTorch.

    Each export is run and compared with the model before it is written, on random images and on
    test images of the run if its data are there; one that differs is refused. A file that is
    there already is replaced.
    """
    asked = {"onnx": onnx, "python": python, "html": html, "torch": torch}
    wanted = [name for name, given in asked.items() if given]
    if not wanted:
        options = ", ".join(f"--{name}" for name in FORMATS)
        raise InputError(f"expected at least one of {options}, received none")
    if softmax and not onnx:
        raise InputError("--softmax is for --onnx: the others give probabilities anyway")
    model, file, opened = find_model(run, runs)
    places = {name: _place(name, out, file.parent, len(wanted)) for name in wanted}
    images = _images(model, opened, data_dir)
    title = opened.folder.resolve().name if opened else file.stem
    export = Export(model, images, fold, softmax, title)
    for name in wanted:
        say(printable(FORMATS[name].write(export, places[name])))


def _place(name: str, out: Path | None, beside: Path, count: int) -> Path:
    """Where a format is written: a folder, or a file in it. InputError for several formats and
    one file."""
    out = None if out is None else Path(os.path.expanduser(out))
    folder = beside if out is None else out
    usual = FORMATS[name].name
    if out is None or out.is_dir():
        return folder / usual if usual else folder
    if count > 1:
        raise InputError(f"--out: expected a folder for several formats, received {str(out)!r}")
    if usual:
        return out
    raise InputError(f"--out: expected a folder that is there for --{name}, received {str(out)!r}")


def _images(model: Layer, run: Run | None, data_dir: Path | None) -> Array | None:
    """Test images of the run; None, which is said, where there are none to be had."""
    if run is None or model.signature is None:
        return None
    from .. import config
    from ..experiment import load_test

    try:
        found = load_test(config.load(run.config, by_run=True), data_dir).images
    except InputError as error:
        if data_dir is not None:
            raise
        say(f"note: compared on random images alone: {printable(error)}")
        return None
    some: Array = found.take(range(min(len(found), 8))).images
    return some if len(some) and some.shape[1:] == model.signature.image_shape else None
