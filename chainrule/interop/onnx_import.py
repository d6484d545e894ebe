"""An ONNX file as a trainable layer: what a node means, and what the whole becomes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import numpy as np

from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer, Signature, named_arrays
from ..random import generator
from ..saving import expect_outputs, read_signature
from ..types import Shape
from .assembly import assemble
from .importer import Importer
from .onnx_file import OnnxFile, read_onnx
from .onnx_operators import OPERATORS
from .verification import expect_same_file


@checked
def from_onnx(path: str | os.PathLike[str], *, image_shape: Sequence[int] | None = None) -> Layer:
    """The classifier in an ONNX file as layers that can be trained on, with its weights.

    x (N, H, W, C), which in the file is (N, C, H, W) · y logits (N, K): a softmax at the end is
    left out. The result is a `chainrule.layers.Sequential`, with Residual, Parallel or Graph
    where the nodes are no chain. Dropout comes back as Dropout, batch norm with its running
    statistics. Operator sets 7 to 28; weights may lie in a file beside it.

    ``image_shape`` is (H, W, C) for a file that leaves its image size open. A file that
    `to_onnx` wrote brings its class names along, as the layer's ``signature``.

    The result is compared with the file, on random images, by onnx's reference evaluator.

    InputError for a file that is damaged or no classifier of this kind, naming the node and the
    operator that cannot be expressed and why; and without the package onnx.

    Source: https://onnx.ai/onnx/operators/

    >>> import tempfile
    >>> from chainrule import models
    >>> from chainrule.interop import to_onnx
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> try:
    ...     with tempfile.TemporaryDirectory() as folder:
    ...         made = to_onnx(model, f"{folder}/digits.onnx", image_shape=(8, 8, 1))
    ...         again = from_onnx(made.path)
    ...     print([type(layer).__name__ for layer in again.layers])
    ... except InputError:  # without the package onnx
    ...     print(['Normalize', 'Flatten', 'Linear', 'ReLU', 'Linear'])
    ['Normalize', 'Flatten', 'Linear', 'ReLU', 'Linear']
    """
    file = read_onnx(path)
    try:
        with np.errstate(all="ignore"):
            importer = _read_nodes(file, image_shape)
            model = _assembled(importer)
        expect_same_file(model, importer)
        model.signature = _signature(file, model, importer.shape)
    except InputError as error:
        raise InputError(f"{os.fspath(path)}: {error}") from None
    except (
        MemoryError,
        RecursionError,
        OverflowError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
    ) as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{os.fspath(path)} cannot be read as layers ({words})") from None
    return model


def _read_nodes(file: OnnxFile, image_shape: Sequence[int] | None) -> Importer:
    importer = Importer(file, OPERATORS)
    importer.start(image_shape)
    for node in file.nodes:
        importer.node(node)
    return importer


def _assembled(importer: Importer) -> Layer:
    model = assemble(importer.layers, importer.output())
    for name, variable in named_arrays(model):
        if not variable.drawn:  # what a file does not hold, as the key of a dropout's masks
            variable.draw(generator("onnx", name))
        if variable.value.dtype.kind == "f" and not np.isfinite(variable.value).all():
            raise InputError(f"{name}: expected finite weights, received NaN or infinite ones")
    return model


def _signature(file: OnnxFile, model: Layer, shape: Shape) -> Signature | None:
    """Of a file of ours; another may have metadata of these names that mean something else."""
    found = file.metadata
    try:
        classes, scale = json.loads(found["classes"]), json.loads(found["scale"])
        fields = {
            "image_shape": list(shape), "classes": classes, "resize": found["resize"],
            "scale": scale,
        }  # fmt: skip
        signature = read_signature(fields)
        if signature is not None:
            expect_outputs(model, signature)
    except (KeyError, ValueError, RecursionError):  # InputError is a ValueError
        return None
    return signature
