"""Files that are damaged, or made to do harm."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interop import from_onnx, to_onnx

from .cases import digits_model

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return to_onnx(digits_model(), tmp_path / "good.onnx").path


def refused(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        from_onnx(path)
    assert "\n" not in str(error.value)


def changed(file: Path, change) -> Path:
    """The file with ``change`` made to its graph."""
    model = onnx.load(file)
    change(model)
    path = file.with_name("changed.onnx")
    path.write_bytes(model.SerializeToString())
    return path


def test_what_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "none.onnx", "no such file")
    refused(tmp_path, "expected a regular file, received a folder")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.onnx")
        refused(tmp_path / "pipe.onnx", "received a pipe")


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04", b"hello " * 20, b"\xff" * 50])
def test_what_is_no_onnx(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    refused(tmp_path / "a.onnx", "damaged or not an ONNX file|is no ONNX model")


def test_what_is_cut_short(file: Path) -> None:
    whole = file.read_bytes()
    for size in range(0, len(whole), len(whole) // 23):
        file.with_name("cut.onnx").write_bytes(whole[:size])
        refused(file.with_name("cut.onnx"), ".")


def first_weight(model):
    return model.graph.initializer[0]


def external(place: str, **fields: str):
    def change(model) -> None:
        tensor = first_weight(model)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.ClearField("raw_data")
        for key, value in {"location": place, **fields}.items():
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value

    return change


OUTSIDE = "is not in the folder of the model"
CHANGES = {
    "parent": (external("../secret"), OUTSIDE),
    "hidden parent": (external("a/../../secret"), OUTSIDE),
    "absolute": (external("/etc/passwd"), OUTSIDE),
    "backslashes": (external("..\\secret"), OUTSIDE),
    "drive": (external("C:/secret"), OUTSIDE),
    "nothing": (external(""), OUTSIDE),
    "null": (external("a\0b"), OUTSIDE),
    "absent": (external("absent.bin"), "cannot read absent.bin"),
    "a device": (external("link"), OUTSIDE),
    "offset": (external("good.onnx", offset="-4"), "expected 4 bytes, received"),
    "a long offset": (external("good.onnx", offset="9" * 40), "ends before"),
    "length": (external("good.onnx", length="1e9"), "expected an offset and a length in bytes"),
    "other length": (external("good.onnx", length="1"), "expected 4 bytes, received 1"),
    "a negative size": (lambda m: first_weight(m).dims.__setitem__(0, -4), "cannot be"),
    "a huge size": (lambda m: first_weight(m).dims.__setitem__(0, 2**62), "cannot be"),
    "many sizes": (lambda m: first_weight(m).dims.extend([2**31] * 9), "cannot be"),
    "another size": (lambda m: first_weight(m).dims.__setitem__(0, 15), "is damaged"),
    "a text": (lambda m: setattr(first_weight(m), "data_type", 8), "expected one of float32"),
    "no type": (lambda m: setattr(first_weight(m), "data_type", 0), "expected one of float32"),
    "an unknown type": (
        lambda m: setattr(first_weight(m), "data_type", 99), "expected one of float32",
    ),
    "whole numbers": (lambda m: setattr(first_weight(m), "data_type", 6), "floats|floating"),
    "a circle": (
        lambda m: m.graph.node[1].input.__setitem__(0, m.graph.node[-1].output[0]),
        "which no node before it makes",
    ),
    "two of a name": (
        lambda m: m.graph.node[2].output.__setitem__(0, m.graph.node[1].output[0]),
        "which is there already|which no node before it makes",
    ),
    "an unknown output": (
        lambda m: setattr(m.graph.output[0], "name", "nobody"), "it reads what cannot be expressed",
    ),
    "no output": (lambda m: m.graph.ClearField("output"), "received 1 and 0"),
    "two inputs": (lambda m: m.graph.input.append(m.graph.input[0]), "received 2 and 1"),
    "no opset": (lambda m: m.ClearField("opset_import"), "does not say of which operator set"),
    "an old opset": (lambda m: setattr(m.opset_import[0], "version", 3), "expected operator set"),
    "a new opset": (lambda m: setattr(m.opset_import[0], "version", 2**40), "expected operator"),
    "a foreign operator": (
        lambda m: setattr(m.graph.node[3], "domain", "com.evil"), "is no standard one",
    ),
    "an unknown operator": (
        lambda m: setattr(m.graph.node[3], "op_type", "Exec\n"), "no layer of chainrule expresses",
    ),
    "a loop": (lambda m: setattr(m.graph.node[3], "op_type", "Loop"), "no layer of chainrule"),
    "functions": (lambda m: m.functions.add(name="f"), "defines functions of its own"),
    "sparse": (lambda m: m.graph.sparse_initializer.add(), "sparse weights are not read"),
    "other features": (
        lambda m: m.graph.input[0].type.tensor_type.shape.dim[2].__setattr__("dim_value", 9),
        "does not fit",
    ),
    "a negative image": (
        lambda m: m.graph.input[0].type.tensor_type.shape.dim[2].__setattr__("dim_value", -8),
        "expected sizes above 0",
    ),
    "a huge image": (
        lambda m: m.graph.input[0].type.tensor_type.shape.dim[2].__setattr__("dim_value", 2**60),
        "expected at most",
    ),
    "a sequence": (
        lambda m: m.graph.input[0].type.CopyFrom(
            helper.make_sequence_type_proto(helper.make_tensor_type_proto(1, [3]))
        ),
        "expected a tensor",
    ),
    "an attribute of another kind": (
        lambda m: m.graph.node[0].attribute[0].CopyFrom(helper.make_attribute("to", "float")),
        "to: expected floats",
    ),
    "too few inputs": (lambda m: m.graph.node[-1].ClearField("input"), "."),
    "no nodes": (lambda m: m.graph.ClearField("node"), "is no ONNX model"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_made_to_do_harm(name: str, file: Path) -> None:
    change, message = CHANGES[name]
    (file.parent.parent / "secret").write_bytes(bytes(64))
    (file.parent / "link").symlink_to("/dev/zero")
    refused(changed(file, change), message)


def test_a_graph_of_too_many_nodes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.interop.onnx_file.MOST_NODES", 3)
    refused(file, "expected at most 3 nodes, received")


def test_types_of_weights(file: Path) -> None:
    """In half and double precision they are read as float32, wherever their numbers stand."""
    expected = from_onnx(file)(np.zeros((1, 8, 8, 1), np.uint8))
    for dtype in (np.float16, np.float64):

        def change(model, dtype=dtype) -> None:
            for tensor in model.graph.initializer:
                array = onnx.numpy_helper.to_array(tensor).astype(dtype)
                tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
            model.ClearField("metadata_props")

        path = changed(file, change)
        with pytest.MonkeyPatch.context() as patch:  # mixed precision, which onnx itself may refuse
            patch.setattr("chainrule.interop.onnx_import.expect_same_file", lambda *given: None)
            y = from_onnx(path)(np.zeros((1, 8, 8, 1), np.uint8))
        np.testing.assert_allclose(y, expected, atol=1e-2)
