"""ONNX files that are still protobuf, and say something else."""

from __future__ import annotations

from typing import Any

import numpy as np

Generator = np.random.Generator

NUMBERS = (-1, 0, 1, 2, 3, 7, 255, 4096, 2**31 - 1, 2**31, 2**62, -(2**63))
FLOATS = (float("nan"), float("inf"), -1.0, 0.0, 1e-45, 3e38, 0.5)
OPERATORS = (
    "Relu",
    "Add",
    "Mul",
    "Conv",
    "Gemm",
    "MatMul",
    "Flatten",
    "Reshape",
    "Transpose",
    "Concat",
    "Pad",
    "Loop",
    "If",
    "Scan",
    "Tile",
    "Expand",
    "ConstantOfShape",
    "Shape",
    "Gather",
    "Softmax",
    "MaxPool",
    "AveragePool",
    "BatchNormalization",
    "Clip",
    "Div",
    "Pow",
    "Exp",
    "Cast",
    "Squeeze",
    "Unsqueeze",
)
NAMES = ("", "input", "logits", "../x", "\n", "é" * 300)


def mutate_onnx(content: bytes, rng: Generator) -> bytes:
    """One to three changes to the nodes, the weights, the input or the versions."""
    import onnx

    model = onnx.ModelProto.FromString(content)
    for _ in range(int(rng.integers(1, 4))):
        CHANGES[int(rng.integers(len(CHANGES)))](model, rng)
    return bytes(model.SerializeToString())


def _pick(rng: Generator, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def _node(model: Any, rng: Generator) -> Any:
    return _pick(rng, model.graph.node) if model.graph.node else model.graph.node.add()


def _operator(model: Any, rng: Generator) -> None:
    _node(model, rng).op_type = _pick(rng, OPERATORS)


def _input(model: Any, rng: Generator) -> None:
    node, other = _node(model, rng), _node(model, rng)
    names = [*node.input, *other.input, *other.output, *NAMES]
    if node.input and rng.integers(2):
        node.input[int(rng.integers(len(node.input)))] = _pick(rng, names)
    else:
        node.input.append(_pick(rng, names))


def _fewer(model: Any, rng: Generator) -> None:
    nodes = model.graph.node
    if nodes:
        del nodes[int(rng.integers(len(nodes)))]


def _order(model: Any, rng: Generator) -> None:
    nodes = model.graph.node
    if nodes:
        nodes.insert(int(rng.integers(len(nodes))), nodes.pop(int(rng.integers(len(nodes)))))


def _attribute(model: Any, rng: Generator) -> None:
    held = [a for node in model.graph.node for a in node.attribute]
    if not held:
        return
    attribute = _pick(rng, held)
    kind = int(rng.integers(6))
    if kind == 0:
        attribute.name = _pick(rng, [a.name for a in held])
    elif kind == 1:
        attribute.type = int(rng.integers(12))
    elif attribute.ints:
        place = int(rng.integers(len(attribute.ints)))
        if kind == 2:
            del attribute.ints[place]
        else:
            attribute.ints[place] = _pick(rng, NUMBERS)
    else:
        attribute.i, attribute.f = _pick(rng, NUMBERS), _pick(rng, FLOATS)


def _weight(model: Any, rng: Generator) -> None:
    if not model.graph.initializer:
        return
    tensor = _pick(rng, model.graph.initializer)
    kind = int(rng.integers(7))
    if kind == 0:
        tensor.data_type = int(rng.integers(25))
    elif kind == 1 and tensor.dims:
        tensor.dims[int(rng.integers(len(tensor.dims)))] = _pick(rng, NUMBERS)
    elif kind == 2:
        tensor.dims.append(_pick(rng, NUMBERS))
    elif kind == 3:
        tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 2]
    elif kind == 4:
        tensor.data_location = 1
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", _pick(rng, ("../x", "/dev/zero", "a", ""))
    elif kind == 5:
        tensor.name = _pick(rng, [t.name for t in model.graph.initializer])
    elif len(tensor.raw_data) % 4 == 0:
        numbers = np.frombuffer(tensor.raw_data, "<f4").copy()
        numbers[rng.random(len(numbers)) < 0.3] = _pick(rng, FLOATS)
        tensor.raw_data = numbers.tobytes()


def _face(model: Any, rng: Generator) -> None:
    kind = int(rng.integers(6))
    dims = model.graph.input[0].type.tensor_type.shape.dim if model.graph.input else []
    if kind == 0:
        model.ir_version = _pick(rng, NUMBERS)
    elif kind == 1 and model.opset_import:
        model.opset_import[0].version = int(rng.integers(1, 30))
    elif kind == 2 and dims:
        _pick(rng, dims).dim_value = _pick(rng, NUMBERS)
    elif kind == 3 and model.graph.input:
        model.graph.input[0].type.tensor_type.elem_type = int(rng.integers(17))
    elif kind == 4 and model.graph.output:
        model.graph.output[0].name = _pick(rng, [*(n.name for n in model.graph.node), *NAMES])
    elif model.metadata_props:
        _pick(rng, model.metadata_props).value = _pick(rng, ("[", "null", "-1", '"x"', "[[[[", ""))


CHANGES = (_operator, _input, _fewer, _order, _attribute, _attribute, _weight, _weight, _face)
