"""An export is compared with the model that it is of, before anything is written."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import native
from ..data.lazy import is_in_file
from ..errors import ChainruleWarning, InputError
from ..layers.base import Layer
from ..metrics import softmax
from ..random import generator
from ..types import Array
from .packages import onnx_package
from .plan import Plan

TOLERANCE = 1e-4
"""Of the largest output, for float32 in another order of sums: a hundred layers keep to 2e-5."""
ROUGHLY = 1e-2
"""The same for files of others: the evaluator's own sums, of 121 layers of DenseNet, are off by
3e-3 where onnxruntime's and ours agree to 2e-7."""
RANDOM = 2
REAL = 4


def samples(made: Plan, images: Array | None) -> list[Array]:
    """Batches to compare on: random images, and the first of the real ones."""
    shape = (RANDOM, *made.input_shape)
    rng = generator("export", 0)
    if made.input_dtype == "uint8":
        batches: list[Array] = [rng.integers(0, 256, shape, np.uint8)]
    else:
        batches = [rng.random(shape, np.float32)]
    if images is None:
        return batches
    if not is_in_file(images):  # of which only the first are read
        images = native("images", images)
    some = np.asarray(images[:REAL]) if images.ndim else images
    if some.shape[1:] != made.input_shape or not len(some) or some.dtype.kind not in "uf":
        raise InputError(
            f"images: expected uint8 or float32 (N, {', '.join(map(str, made.input_shape))}) with "
            f"at least one image, received {some.dtype} of shape {some.shape}"
        )
    if made.input_dtype == "uint8" and some.dtype != np.uint8:
        raise InputError(f"images: expected uint8, as the export takes, received {some.dtype}")
    if made.input_dtype == "float32":
        unit = 255 if some.dtype == np.uint8 else 1
        some = some.astype(np.float32) / np.float32(unit)
    return [*batches, some]


def expect_equal(
    model: Layer,
    made: Plan,
    batches: Sequence[Array],
    run: Callable[[Array], Array],
    name: str,
) -> float:
    """The largest difference of ``run(x)`` from ``model(x)``. InputError if it is more than
    rounding explains, or if ``run`` fails."""
    largest = 0.0
    softened = bool(made.steps) and made.steps[-1].op == "softmax"
    for x in batches:
        expected = _predicted(model, x)
        if softened:
            expected = softmax(expected)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # overflow in an exponential that has a limit
                found: Any = run(x)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"the {name} export cannot be run, so nothing was written: "
                f"{type(error).__name__}: {str(error)[:300]}"
            ) from None
        if found.shape != expected.shape:
            raise InputError(
                f"the {name} export gives {found.shape} where the model gives {expected.shape}, so "
                "nothing was written"
            )
        difference = float(np.abs(found.astype(np.float64) - expected).max(initial=0))
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        if not difference <= TOLERANCE * scale:
            raise InputError(
                f"the {name} export differs from the model by {difference:.3g}, where outputs "
                f"reach {scale:.3g}, so nothing was written"
            )
        largest = max(largest, difference)
    return largest


def _predicted(model: Layer, x: Array) -> Array:
    """What the model says, whose weights may be float64."""
    kinds = {value.dtype for value in model.state().values() if value.dtype.kind == "f"}
    if x.dtype != np.uint8 and kinds == {np.dtype(np.float64)}:
        x = x.astype(np.float64)
    return model(x)


def expect_same_file(model: Layer, importer: Any) -> None:
    """InputError unless ``model`` computes what the file that ``importer`` read does."""
    rng = generator("import", 0)
    shape = (importer.batch or RANDOM, *importer.shape)
    x: Array = rng.random(shape, np.float32)
    if importer.uint8:
        x = rng.integers(0, 256, shape, np.uint8)
    y = model(x)
    try:
        expected = _file_output(importer, x)
    except Exception as error:  # it knows less than the runtimes: pooling beyond the border, groups
        words = " ".join(str(error).split())[:200] or type(error).__name__
        warnings.warn(
            f"the layers could not be compared with the file, which onnx cannot run: {words}",
            ChainruleWarning,
            stacklevel=4,
        )
        return
    if y.ndim == 4:
        y = y.transpose(0, 3, 1, 2)
    if y.size != expected.size:
        raise InputError(f"its layers give {y.shape}, and its graph {expected.shape}")
    difference = float(np.abs(y.ravel() - expected.ravel()).max(initial=0))
    scale = float(np.abs(expected).max(initial=0))
    if not difference <= ROUGHLY * scale + 1e-5:
        raise InputError(
            f"its layers differ from its graph by {difference:.3g}, where outputs reach {scale:.3g}"
        )


def _file_output(importer: Any, x: Array) -> Array:
    """The logits that onnx's reference evaluator makes of images in our layout."""
    axes = [1 + "HWC".index(letter) for letter in importer.input.axes] if x.ndim == 4 else [1]
    given = {importer.file.input.name: np.ascontiguousarray(x.transpose(0, *axes))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator = onnx_package("reference").ReferenceEvaluator(importer.file.proto)
        return np.asarray(evaluator.run([importer.logits], given)[0])
