"""An ONNX file as nodes and arrays; nothing in it is taken on trust."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from ..data.regular_file import open_regular
from ..errors import InputError
from ..printable import received
from ..types import Array
from .packages import onnx_package

LARGEST = 2**31 - 1
"""Bytes of a file, which is one protobuf message."""
MOST_NODES = 20_000
NEWEST, OLDEST = 28, 7
"""Operator sets: before 7, operators broadcast in another way."""
DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


@dataclass(frozen=True)
class Node:
    """One operator: what it reads and makes, and its attributes as Python values or arrays."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    opset: int

    @property
    def place(self) -> str:
        """How an error names it: "node 'conv1' (Conv)"."""
        return f"node {(self.name or self.outputs[0])[:100]!r} ({self.kind[:60]})"


@dataclass(frozen=True)
class Input:
    """name, dtype, and the sizes of all axes, None for those that are open."""

    name: str
    dtype: str
    sizes: tuple[int | None, ...]


@dataclass(frozen=True)
class OnnxFile:
    """What a file holds of a graph with one input and one output."""

    nodes: tuple[Node, ...]
    constants: dict[str, Array]
    input: Input
    output: str
    metadata: dict[str, str]
    proto: Any


def read_onnx(path: str | os.PathLike[str]) -> OnnxFile:
    """Read a file. InputError for one that is damaged, or that is no graph of one input and one
    output of the standard operators."""
    onnx = onnx_package()
    file = Path(path)
    try:
        with open_regular(file, LARGEST) as opened:
            content = opened.read()
    except FileNotFoundError:
        raise InputError(f"no such file: {file}") from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from None
    try:
        proto = onnx.ModelProto.FromString(content)
    except Exception as error:  # of protobuf
        raise InputError(f"{file} is damaged or not an ONNX file ({_words(error)})") from None
    if not proto.ir_version or not proto.graph.node:
        raise InputError(f"{file} is no ONNX model: it has no version or no nodes")
    try:
        return _read(proto, file.parent)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    except (ValueError, TypeError, OverflowError, MemoryError, UnicodeError) as error:
        raise InputError(f"{file} is damaged ({_words(error)})") from None


def _read(proto: Any, folder: Path) -> OnnxFile:
    graph = proto.graph
    opset = _opset(proto)
    if len(graph.node) > MOST_NODES:
        raise InputError(f"expected at most {MOST_NODES:,} nodes, received {len(graph.node):,}")
    if proto.functions:
        raise InputError("it defines functions of its own; export it without them")
    if graph.sparse_initializer:
        raise InputError("sparse weights are not read")
    constants = {t.name: tensor(t, folder) for t in graph.initializer}
    for proto_tensor in graph.initializer:  # so that the graph can be run without other files
        if proto_tensor.data_location:
            array = constants[proto_tensor.name]
            proto_tensor.CopyFrom(onnx_package("numpy_helper").from_array(array, proto_tensor.name))
    inputs = [_input(i) for i in graph.input if i.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise InputError(
            f"expected one input and one output, received {len(inputs)} and {len(graph.output)}"
        )
    nodes = tuple(_node(node, opset, folder) for node in graph.node)
    _expect_order(nodes, {inputs[0].name, *constants})
    metadata = {p.key: p.value for p in proto.metadata_props}
    return OnnxFile(nodes, constants, inputs[0], graph.output[0].name, metadata, proto)


def _opset(proto: Any) -> int:
    versions = [o.version for o in proto.opset_import if o.domain in ("", "ai.onnx")]
    if not versions:
        raise InputError("it does not say of which operator set its nodes are")
    if not OLDEST <= versions[0] <= NEWEST:
        raise InputError(
            f"expected operator set {OLDEST} to {NEWEST}, received {versions[0]}; export it for 18"
        )
    return int(versions[0])


def _input(info: Any) -> Input:
    if not info.type.HasField("tensor_type"):
        raise InputError(f"input {info.name[:100]!r}: expected a tensor")
    kind = info.type.tensor_type
    dtype = _dtype(kind.elem_type, f"input {info.name[:100]!r}")
    sizes = tuple(
        d.dim_value if d.HasField("dim_value") and d.dim_value != 0 else None
        for d in kind.shape.dim
    )
    if any(n is not None and n < 1 for n in sizes):
        raise InputError(f"input {info.name[:100]!r}: expected sizes above 0, received {sizes}")
    return Input(info.name, dtype, sizes)


def _node(node: Any, opset: int, folder: Path) -> Node:
    if node.domain not in ("", "ai.onnx"):
        raise InputError(
            f"node {node.name[:100]!r}: the operator {node.op_type[:60]} of {node.domain[:60]!r} "
            "is no standard one and cannot be expressed"
        )
    if not node.output:
        raise InputError(f"node {node.name[:100]!r} ({node.op_type[:60]}) makes nothing")
    attributes = {a.name: _attribute(a, folder) for a in node.attribute}
    return Node(node.op_type, node.name, tuple(node.input), tuple(node.output), attributes, opset)


def _attribute(attribute: Any, folder: Path) -> Any:
    """A number, a text, a list of them, or an array; None for graphs and the like."""
    kinds: Any = type(attribute)
    if attribute.type == kinds.TENSOR:
        return tensor(attribute.t, folder)
    readers: dict[Any, Callable[[], Any]] = {
        kinds.FLOAT: lambda: attribute.f,
        kinds.INT: lambda: attribute.i,
        kinds.STRING: lambda: attribute.s.decode("utf-8", "replace"),
        kinds.FLOATS: lambda: list(attribute.floats),
        kinds.INTS: lambda: list(attribute.ints),
    }
    read = readers.get(attribute.type)
    return None if read is None else read()


def _expect_order(nodes: tuple[Node, ...], known: set[str]) -> None:
    """InputError for a value that is made twice, or read before it is made, as in a circle."""
    for node in nodes:
        for name in node.inputs:
            if name and name not in known:
                raise InputError(
                    f"{node.place} reads {name[:100]!r}, which no node before it makes"
                )
        for name in filter(None, node.outputs):
            if name in known:
                raise InputError(f"{node.place} makes {name[:100]!r}, which is there already")
            known.add(name)


def tensor(proto: Any, folder: Path) -> Array:
    """The array of a TensorProto, whose numbers may lie in another file of the same folder."""
    onnx = onnx_package()
    name = f"tensor {proto.name[:100]!r}"
    dtype = _dtype(proto.data_type, name)
    shape = tuple(proto.dims)
    if any(n < 0 for n in shape) or math.prod(shape) > LARGEST:
        raise InputError(f"{name}: a shape {received(shape)} cannot be")
    if proto.data_location == onnx.TensorProto.EXTERNAL:
        return _external(proto, folder, np.dtype(dtype), shape)
    try:
        array: Array = onnx_package("numpy_helper").to_array(proto)
    except Exception as error:
        raise InputError(f"{name} of shape {shape} is damaged ({_words(error)})") from None
    return np.array(array)


def _dtype(number: int, name: str) -> str:
    onnx = onnx_package()
    try:
        dtype = str(onnx_package("helper").tensor_dtype_to_np_dtype(number))
    except Exception:
        dtype = f"type {number}"
    if dtype not in DTYPES or number == onnx.TensorProto.BFLOAT16:
        raise InputError(f"{name}: expected one of {', '.join(DTYPES)}, received {dtype[:40]}")
    return dtype


def _external(proto: Any, folder: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    """Numbers in a file beside the model: in its folder or below, and no link out of it."""
    name = f"tensor {proto.name[:100]!r}"
    fields = {e.key: e.value for e in proto.external_data}
    place = fields.get("location", "")
    parts = PurePosixPath(place).parts
    outside = (
        not parts
        or PurePosixPath(place).is_absolute()
        or PureWindowsPath(place).drive
        or "\\" in place
        or "\0" in place
        or ".." in parts
    )
    if outside or not (folder / place).resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name}: its file {place[:100]!r} is not in the folder of the model")
    size = math.prod(shape) * dtype.itemsize
    try:
        offset, length = int(fields.get("offset", 0)), int(fields.get("length", size))
    except ValueError:
        raise InputError(f"{name}: expected an offset and a length in bytes") from None
    if length != size or offset < 0:
        raise InputError(f"{name}: expected {size:,} bytes, received {length:,} from {offset:,} on")
    try:
        with open_regular(folder / place) as file:
            if os.fstat(file.fileno()).st_size < offset + size:
                raise InputError(f"{name}: {place[:100]} ends before its {size:,} bytes")
            file.seek(offset)
            data = file.read(size)
    except OSError as error:
        raise InputError(f"{name}: cannot read {place[:100]}: {error.strerror or error}") from None
    return np.frombuffer(data, dtype.newbyteorder("<")).reshape(shape).astype(dtype)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
