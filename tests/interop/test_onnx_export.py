from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from chainrule import layers as L
from chainrule.errors import InputError
from chainrule.interop import onnx_export, to_onnx
from chainrule.layers import Layer, Signature
from chainrule.metrics import predict_probabilities

from .cases import MODELS, build, conv_model, digits_model, images, labeled, of_table

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def outcome(path: Path, x: np.ndarray) -> np.ndarray:
    """What onnxruntime makes of images in our layout, in our layout."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    y = session.run(None, {"input": x.transpose(0, 3, 1, 2) if x.ndim == 4 else x})[0]
    return y.transpose(0, 2, 3, 1) if y.ndim == 4 else y


@pytest.mark.parametrize("case", of_table(), ids=str)
def test_every_layer_in_onnxruntime(case, tmp_path: Path) -> None:
    layer = build(case)
    dtype = "uint8" if case.dtype == np.uint8 else "float32"
    made = to_onnx(layer, tmp_path / "a.onnx", image_shape=case.shape[1:], input_dtype=dtype)
    x = np.random.default_rng(1).random((3, *case.shape[1:])).astype(np.float32)
    x = (255 * x).astype(np.uint8) if dtype == "uint8" else x
    np.testing.assert_allclose(outcome(made.path, x), layer(x), rtol=1e-4, atol=1e-5)
    assert made.difference < 1e-5


@pytest.mark.parametrize("fold", [False, True], ids=["plain", "folded"])
@pytest.mark.parametrize("name", MODELS)
def test_every_model_in_onnxruntime(name: str, fold: bool, tmp_path: Path) -> None:
    model = MODELS[name]()
    made = to_onnx(model, tmp_path / "a.onnx", fold_batch_norm=fold, images=images(model))
    for n in (1, 3):  # any batch size
        x = images(model, n)
        np.testing.assert_allclose(outcome(made.path, x), model(x), rtol=1e-3, atol=1e-4)
    file = onnx.load(made.path)
    assert file.ir_version == 8 and [o.version for o in file.opset_import] == [18]
    kinds = {node.op_type for node in file.graph.node}
    assert ("BatchNormalization" in kinds) is not fold


def test_what_the_file_says_of_its_images(tmp_path: Path) -> None:
    model = conv_model()
    model.signature = Signature((9, 8, 3), tuple("ébcdefghij"), "crop")
    path = to_onnx(model, tmp_path / "a.onnx").path
    file = onnx.load(path)
    said = {p.key: p.value for p in file.metadata_props}
    assert json.loads(said["classes"]) == list("ébcdefghij")
    assert json.loads(said["image_shape"]) == [9, 8, 3]
    assert (said["layout"], said["input"]) == ("NCHW", "RGB uint8 pixels 0..255")
    assert (said["resize"], said["scale"]) == ("crop", "255")
    np.testing.assert_allclose(json.loads(said["mean"]), model.layers[0].mean.value, rtol=1e-6)
    (given,) = file.graph.input
    sizes = [d.dim_param or d.dim_value for d in given.type.tensor_type.shape.dim]
    assert sizes == ["N", 3, 9, 8] and given.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [o.name for o in file.graph.output] == ["logits"]
    assert (file.producer_name, file.graph.name) == ("chainrule", "chainrule")


def test_floats_and_probabilities_on_request(tmp_path: Path) -> None:
    model = conv_model()
    path = to_onnx(model, tmp_path / "a.onnx", input_dtype="float32", softmax=True).path
    x = images(model)
    y = outcome(path, x.astype(np.float32) / 255)
    np.testing.assert_allclose(y, predict_probabilities(model, x), rtol=1e-4, atol=1e-6)
    assert [o.name for o in onnx.load(path).graph.output] == ["probabilities"]


def test_a_model_in_float64_is_exported_in_float32(tmp_path: Path) -> None:
    model = digits_model()
    x = images(model)
    y = model(x)
    path = to_onnx(model.astype(np.float64), tmp_path / "a.onnx").path
    np.testing.assert_allclose(outcome(path, x), y, rtol=1e-4, atol=1e-5)


def test_flattened_pixels_are_put_in_order_by_the_weights(tmp_path: Path) -> None:
    kinds = [
        n.op_type for n in onnx.load(to_onnx(conv_model(), tmp_path / "a.onnx").path).graph.node
    ]
    assert "Transpose" not in kinds and kinds[-2:] == ["Flatten", "Gemm"]


def test_equal_models_make_equal_files(tmp_path: Path) -> None:
    made = [to_onnx(digits_model(), tmp_path / f"{k}.onnx").path.read_bytes() for k in "ab"]
    assert made[0] == made[1]


def test_shared_layers_share_their_weights(tmp_path: Path) -> None:
    shared = L.Linear(4, 4)
    model = L.Sequential(shared, L.ReLU(), shared).init(0)
    file = onnx.load(to_onnx(model, tmp_path / "a.onnx", image_shape=(4,)).path)
    assert {w.name for w in file.graph.initializer} == {"layers.0.weight", "layers.0.bias"}


def test_a_difference_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(y: np.ndarray) -> str:
        monkeypatch.setattr(onnx_export, "_evaluated", lambda content, x, made: y)
        with pytest.raises(InputError) as error:
            to_onnx(digits_model(), tmp_path / "a.onnx")
        return str(error.value)

    assert "the ONNX export differs from the model by" in told(np.full((2, 10), 7.0))
    assert "differs from the model by nan" in told(np.full((2, 10), np.nan))
    assert "the ONNX export gives (3,) where the model gives (2, 10)" in told(np.zeros(3))
    monkeypatch.setattr(onnx_export, "_evaluated", lambda content, x, made: 1 / 0)
    with pytest.raises(InputError, match="cannot be run, so nothing was written: ZeroDivision"):
        to_onnx(digits_model(), tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Layer = digits_model()
    for arguments, message in (
        ({"path": tmp_path / "a.txt"}, r"expected a file .onnx, received"),
        ({"path": tmp_path / "none" / "a.onnx"}, "there is no folder"),
        ({"path": tmp_path / "a.onnx", "image_shape": (9, 9, 1)}, r"expected an input of shape"),
        ({"path": tmp_path / "a.onnx", "input_dtype": "int8"}, "input_dtype"),
        (
            {"path": tmp_path / "a.onnx", "images": np.zeros((1, 8, 8, 1))[:0]},
            "images: expected uint8 or float32",
        ),
        (
            {"path": tmp_path / "a.onnx", "images": np.zeros((1, 8, 8, 1), np.float32)},
            "images: expected uint8, as the export takes",
        ),
    ):
        with pytest.raises(InputError, match=message):
            to_onnx(model, **arguments)
    monkeypatch.setattr(onnx_export, "LARGEST", 2**20)
    with pytest.raises(InputError, match="more than 2 GB"):
        to_onnx(model, tmp_path / "a.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"pip install 'chainrule\[onnx\]'"):
        to_onnx(model, tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_average_pools_that_are_regular_are_one_node(tmp_path: Path) -> None:
    for layer, shape, kinds in (
        (L.AvgPool2d(2), (4, 6, 3), ["AveragePool"]),
        (L.AvgPool2d(3, 2, 1), (7, 7, 2), ["AveragePool"]),
        (L.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (6, 6, 2), ["AveragePool"]),
        (L.AdaptiveAvgPool2d(3), (6, 9, 2), ["AveragePool"]),
        (L.AdaptiveAvgPool2d(4), (6, 9, 2), ["MatMul", "MatMul"]),
        (L.AvgPool2d(3, 2, 1, ceil_mode=True), (6, 6, 2), ["MatMul", "MatMul"]),
    ):
        path = to_onnx(layer, tmp_path / "a.onnx", image_shape=shape).path
        assert [node.op_type for node in onnx.load(path).graph.node] == kinds, layer
        x = np.random.default_rng(0).random((2, *shape), np.float32)
        np.testing.assert_allclose(outcome(path, x), layer(x), rtol=1e-5, atol=1e-6)


def test_names_of_any_kind(tmp_path: Path) -> None:
    graph = L.Graph({"a/b 'c'\n": (L.Linear(4, 2), "input")})
    model = labeled(L.Sequential(L.Normalize(), L.Flatten(), graph), (2, 2, 1), ("é\n", "\x00"))
    path = to_onnx(model, tmp_path / "a.onnx").path
    np.testing.assert_allclose(outcome(path, images(model)), model(images(model)), rtol=1e-5)
