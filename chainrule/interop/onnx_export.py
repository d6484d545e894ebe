"""A model as an ONNX file, written only after its numbers were found equal."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..declared import checked
from ..errors import InputError
from ..files import atomic_write
from ..layers.base import Layer, Signature
from ..types import Array, Shape
from .exported import Exported, output_path
from .folding import fold_batch_norm as folded
from .onnx_nodes import Nodes
from .packages import onnx_package
from .plan import INPUT, InputDtype, Plan
from .planning import plan
from .verification import expect_equal, samples

OPSET, IR_VERSION = 18, 8
"""Runtimes on devices lag behind: onnxruntime from 1.14 on reads these."""
LARGEST = 2**31 - 1
"""Bytes of a protobuf message."""


@checked
def to_onnx(
    model: Layer,
    path: str | os.PathLike[str],
    *,
    image_shape: Sequence[int] | None = None,
    fold_batch_norm: bool = False,
    softmax: bool = False,
    input_dtype: InputDtype | None = None,
    images: Array | None = None,
) -> Exported:
    """Write ``model`` to ``path`` as an ONNX file: input (N, C, H, W) · output logits (N, K).

    Opset 18, IR version 8, any batch size. The graph begins with the model's own preprocessing
    (`chainrule.layers.Normalize`): it takes uint8 pixels 0..255 as the model does, or with
    ``input_dtype="float32"`` floats in 0..1. Models that do not begin with it take float32. Class
    names, image shape and preprocessing are in the file's ``metadata_props``.

    ``image_shape`` is (H, W, C), or (features,), for a model whose signature does not say it.
    ``fold_batch_norm`` makes batch norms part of the weights before them; ``softmax`` adds the
    softmax, so that the output is probabilities.

    Before it is written, onnx's reference evaluator runs the graph on random images and on
    ``images`` (N, H, W, C), uint8 or float32, where they are given. The result holds the largest
    difference.

    InputError for a layer that ONNX cannot express, for numbers that differ, and without the
    package onnx; nothing is written then.

    >>> import tempfile
    >>> from chainrule import models
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> try:
    ...     with tempfile.TemporaryDirectory() as folder:
    ...         made = to_onnx(model, f"{folder}/digits.onnx", image_shape=(8, 8, 1))
    ...         print(made.path.name, made.difference < 1e-4)
    ... except InputError:  # without the package onnx
    ...     print("digits.onnx True")
    digits.onnx True
    """
    onnx_package()
    target = output_path(path, (".onnx",))
    made = plan(model, image_shape, input_dtype, softmax)
    if fold_batch_norm:
        made = folded(made)
    content = onnx_bytes(made)
    checks = samples(made, images)
    difference = expect_equal(model, made, checks, lambda x: _evaluated(content, x, made), "ONNX")
    atomic_write(target, content)
    return Exported(target, (target,), len(content), difference, sum(map(len, checks)))


def onnx_bytes(made: Plan) -> bytes:
    """The file of a plan. InputError where onnx's own checker finds it wrong."""
    onnx = onnx_package()
    checker = onnx_package("checker")
    nodes = Nodes(made, onnx)
    for step in made.steps:
        nodes.step(step)
    output = "probabilities" if made.steps and made.steps[-1].op == "softmax" else "logits"
    if made.output == INPUT:
        nodes.node("Identity", [INPUT], output)
    else:
        _rename(nodes.nodes, made.output, output)
    weights = [onnx.numpy_helper.from_array(a, name) for name, a in nodes.weights.items()]
    if sum(w.ByteSize() for w in weights) > LARGEST - 2**20:
        raise InputError("model: its weights have more than 2 GB, which one ONNX file cannot hold")
    kind = onnx.TensorProto.UINT8 if made.input_dtype == "uint8" else onnx.TensorProto.FLOAT
    taken, given = (
        onnx.helper.make_tensor_value_info(name, dtype, ["N", *channels_first(shape)])
        for name, dtype, shape in (
            (INPUT, kind, made.input_shape),
            (output, onnx.TensorProto.FLOAT, made.output_shape),
        )
    )
    graph = onnx.helper.make_graph(nodes.nodes, "chainrule", [taken], [given], weights)
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="chainrule",
        doc_string=_words(made),
    )
    onnx.helper.set_model_props(model, metadata(made))
    try:
        checker.check_model(model, full_check=True)
    except Exception as error:  # of onnx's C++ checker and shape inference
        raise InputError(f"model: onnx refuses the graph: {str(error)[:300]}") from None
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def metadata(made: Plan) -> dict[str, str]:
    """What ``metadata_props`` hold: text, of which lists and numbers are JSON."""
    signature = made.signature
    found: dict[str, Any] = {
        "image_shape": list(made.input_shape),
        "layout": "NCHW" if len(made.input_shape) == 3 else "NC",
        "input": _input(made),
    }
    if signature is not None:
        found |= {
            "classes": list(signature.classes),
            "resize": signature.resize,
            "scale": signature.scale,
        }
    for step in made.steps:
        if step.op == "normalize" and step.inputs == (INPUT,):
            found["mean"], found["std"] = (step.arrays[n].tolist() for n in ("mean", "std"))
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in found.items()}


def _input(made: Plan) -> str:
    color = (
        {1: "gray", 3: "RGB"}.get(made.input_shape[-1], "") if len(made.input_shape) == 3 else ""
    )
    if made.input_dtype == "uint8":
        return f"{color} uint8 pixels 0..255".strip()
    if any(s.op == "normalize" and s.inputs == (INPUT,) for s in made.steps):
        return f"{color} float32 pixels 0..1".strip()
    return "float32"


def _words(made: Plan) -> str:
    taken = f"{_input(made)} of shape (N, {', '.join(map(str, channels_first(made.input_shape)))})"
    signature = made.signature or Signature((), ())
    names = f"; classes: {', '.join(signature.classes)}" if signature.classes else ""
    return f"input: {taken}{names}"[:2000]


def channels_first(shape: Shape) -> Shape:
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _rename(nodes: list[Any], old: str, new: str) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new


def _evaluated(content: bytes, x: Array, made: Plan) -> Array:
    """The output of the file for images ``x`` in our layout, in our layout."""
    onnx = onnx_package()
    evaluator = onnx_package("reference").ReferenceEvaluator(onnx.load_model_from_string(content))
    y: Array = evaluator.run(None, {INPUT: x.transpose(0, 3, 1, 2) if x.ndim == 4 else x})[0]
    return y.transpose(0, 2, 3, 1) if y.ndim == 4 else y


def reads(path: str | os.PathLike[str]) -> bool:
    """Whether a file is called like an ONNX file."""
    return Path(path).suffix.lower() == ".onnx"
