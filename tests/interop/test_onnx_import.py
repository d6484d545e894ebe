from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import layers as L
from chainrule.errors import ChainruleWarning, InputError
from chainrule.interop import from_onnx, to_onnx
from chainrule.layers import Layer, Signature
from chainrule.layers.base import named_parameters, walk

from .cases import MODELS, build, images, lively, of_table

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("case", of_table(), ids=str)
def test_every_layer_comes_back(case, tmp_path: Path) -> None:
    layer = build(case)
    dtype = "uint8" if case.dtype == np.uint8 else "float32"
    shape = case.shape[1:]
    path = to_onnx(layer, tmp_path / "a.onnx", image_shape=shape, input_dtype=dtype).path
    if any(isinstance(part, L.SwitchableNorm) for part in walk(layer)):
        with pytest.raises(InputError, match=r"\(Sub\): this function of two values"):
            from_onnx(path)
        return
    again = from_onnx(path)
    x = np.random.default_rng(1).random((3, *shape)).astype(np.float32)
    x = (255 * x).astype(np.uint8) if dtype == "uint8" else x
    np.testing.assert_allclose(again(x), layer(x), rtol=1e-4, atol=1e-5)
    if dtype == "float32" and again(x).ndim == 2 and not again.uses_batch_statistics:
        y, cache = again.forward(x)
        again.backward(np.ones_like(y), cache)  # it can be trained


@pytest.mark.parametrize("fold", [False, True], ids=["plain", "folded"])
@pytest.mark.parametrize("name", [name for name in MODELS if name != "zoo"])
def test_every_model_comes_back(name: str, fold: bool, tmp_path: Path) -> None:
    model = MODELS[name]()
    path = to_onnx(model, tmp_path / "a.onnx", fold_batch_norm=fold, softmax=fold).path
    again = from_onnx(path)
    assert again.signature == model.signature and isinstance(again, L.Sequential)
    assert not any(isinstance(part, L.Graph) for part in walk(again))
    np.testing.assert_allclose(again(images(model)), model(images(model)), rtol=1e-3, atol=1e-4)
    if not fold:
        kinds = [type(part).__name__ for part in walk(model) if not isinstance(part, L.Dropout)]
        assert [type(part).__name__ for part in walk(again)] == kinds
    cr.save(again, tmp_path / "again.safetensors")
    np.testing.assert_array_equal(
        cr.load(tmp_path / "again.safetensors")(images(model)), again(images(model))
    )


def test_what_was_imported_can_be_trained(tmp_path: Path) -> None:
    train, test = cr.data.digits()
    model = cr.models.mlp((8, 8, 1), (16,), 10, norm="batch").init(0)
    model.layers[0].fit(train.images)
    path = to_onnx(model, tmp_path / "a.onnx", image_shape=(8, 8, 1)).path
    again = from_onnx(path)
    before = {name: w.value.copy() for name, w in named_parameters(again)}
    cr.Trainer(again, cr.optim.Adam(1e-2), seed=0).fit(train, epochs=3, batch_size=100)
    assert all((before[n] != w.value).any() for n, w in named_parameters(again) if "weight" in n)
    assert cr.metrics.evaluate(again, test).accuracy > 0.85


class Builder:
    """An ONNX graph, node by node."""

    def __init__(self, *shape: int | str, dtype: int = TensorProto.FLOAT) -> None:
        self.shape, self.dtype = shape, dtype
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.last = "x"

    def weight(self, array: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(
        self, kind: str, *inputs: str | np.ndarray, outputs: Sequence[str] = (), **attributes: Any
    ) -> str:
        """One more node, which reads the last value first unless names are given."""
        reads = [x if isinstance(x, str) else self.weight(x) for x in inputs]
        if not any(isinstance(x, str) for x in inputs):
            reads = [self.last, *reads]
        self.last = f"v{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(
                kind, reads, [self.last, *outputs], f"node{len(self.nodes)}", **attributes
            )
        )
        return self.last

    def model(self, opset: int = 18) -> Any:
        x = helper.make_tensor_value_info("x", self.dtype, self.shape)
        y = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "g", [x], [y], self.weights)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
        )

    def save(self, folder: Path, opset: int = 18) -> Path:
        path = folder / "graph.onnx"
        path.write_bytes(self.model(opset).SerializeToString())
        return path

    def compared(self, folder: Path, opset: int = 18, last: bool = False) -> Layer:
        """The layer that is read, after a comparison of its outputs with the file's."""
        layer = from_onnx(self.save(folder, opset))
        shape = [3 if isinstance(n, str) else n for n in self.shape]
        x = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
        if self.dtype == TensorProto.UINT8:
            x = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
        expected = ReferenceEvaluator(self.model(opset)).run(None, {"x": x})[0]
        ours = layer(x if last or x.ndim == 2 else np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
        ours = ours.transpose(0, 3, 1, 2) if ours.ndim == 4 else ours
        np.testing.assert_allclose(ours.reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)
        return layer


def floats(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def kinds(layer: Layer) -> list[str]:
    return [type(part).__name__ for part in layer.layers]  # type: ignore[attr-defined]


def test_a_graph_with_channels_last_as_of_tensorflow(tmp_path: Path) -> None:
    """Transposes around each convolution, a border of unequal sides, MatMul and Add."""
    graph = Builder("N", 8, 8, 3)
    graph.add("Transpose", perm=[0, 3, 1, 2])
    graph.add("Conv", floats(4, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    graph.add("Transpose", perm=[0, 2, 3, 1])
    graph.add("Add", floats(1, 1, 1, 4))
    graph.add("Relu")
    graph.add("MatMul", floats(4, 6))
    graph.add("Clip", np.float32(0), np.float32(6))
    graph.add("Reshape", np.array([-1, 96]))
    graph.add("MatMul", floats(96, 5))
    graph.add("Add", floats(5))
    graph.add("Softmax", axis=1)
    path = graph.save(tmp_path)
    layer = from_onnx(path)
    assert kinds(layer) == ["Conv2d", "ReLU", "Conv2d", "ReLU6", "Flatten", "Linear"]
    x = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    y = layer(x)
    p = ReferenceEvaluator(graph.model()).run(None, {"x": x})[0]
    np.testing.assert_allclose(cr.metrics.softmax(y), p, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("pads", "stride", "dilation"),
    [([0, 0, 1, 1], 2, 1), ([1, 0, 0, 2], 1, 1), ([2, 1, 2, 1], 1, 2), ([0, 0, 2, 2], 1, 2),
     ([1, 1, 1, 1], 2, 1)],
)  # fmt: skip
def test_borders_of_unequal_sides(pads, stride: int, dilation: int, tmp_path: Path) -> None:
    graph = Builder("N", 2, 9, 8)
    graph.add("Conv", floats(3, 2, 3, 3), floats(3), pads=pads, strides=[stride] * 2,
              dilations=[dilation] * 2)  # fmt: skip
    graph.compared(tmp_path)


def test_a_pad_is_taken_up_by_what_follows(tmp_path: Path) -> None:
    for mode, after in (
        ("constant", lambda g: g.add("Conv", floats(3, 2, 3, 3))),
        ("reflect", lambda g: g.add("Conv", floats(3, 2, 3, 3))),
        ("constant", lambda g: g.add("AveragePool", kernel_shape=[3, 3], strides=[2, 2])),
    ):
        graph = Builder("N", 2, 7, 8)
        graph.add("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), mode=mode)
        after(graph)
        assert len(graph.compared(tmp_path).layers) == 1  # type: ignore[attr-defined]
    graph = Builder("N", 2, 7, 8)  # as Keras's ResNet50: nothing is below 0
    graph.add("Relu")
    graph.add("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    graph.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
    assert kinds(graph.compared(tmp_path)) == ["ReLU", "MaxPool2d"]


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("MaxPool", {"pads": [0, 0, 1, 1], "strides": [2, 2]}),
        ("MaxPool", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
        ("MaxPool", {"ceil_mode": 1, "strides": [2, 2]}),
        ("AveragePool", {"pads": [0, 0, 1, 1], "strides": [2, 2]}),
        ("AveragePool", {"pads": [1, 1, 1, 1], "count_include_pad": 1}),
        ("AveragePool", {"pads": [1, 1, 1, 1]}),
    ],
)
def test_poolings(kind: str, attributes: dict[str, Any], tmp_path: Path) -> None:
    graph = Builder("N", 2, 8, 6)
    graph.add(kind, kernel_shape=[3, 3], **attributes)
    graph.compared(tmp_path)


def test_a_batch_norm_in_pieces_is_one_layer(tmp_path: Path) -> None:
    graph = Builder("N", 3, 6, 6)
    graph.add("BatchNormalization", floats(3), floats(3), floats(3), floats(3) ** 2, epsilon=1e-3)
    graph.add("Mul", floats(3, 1, 1))
    graph.add("Add", floats(3, 1, 1))
    layer = graph.compared(tmp_path)
    assert kinds(layer) == ["BatchNorm"] and layer.layers[0].eps == 1e-3  # type: ignore[attr-defined]


def test_a_line_between_branches_is_a_frozen_batch_norm(tmp_path: Path) -> None:
    graph = Builder("N", 3, 6, 6)
    a = graph.add("Conv", floats(3, 3, 1, 1))
    b = graph.add("Mul", a, graph.weight(floats(3, 1, 1)))
    graph.add("Add", a, b)
    layer = graph.compared(tmp_path)
    assert any(isinstance(part, L.BatchNorm) and part.frozen for part in walk(layer))


def test_preprocessing_at_the_input_is_normalize(tmp_path: Path) -> None:
    graph = Builder("N", 3, 6, 6)
    graph.add("Sub", np.array([0.4, 0.5, 0.6], np.float32).reshape(3, 1, 1))
    graph.add("Div", np.array([0.2, 0.3, 0.25], np.float32).reshape(3, 1, 1))
    graph.add("GlobalAveragePool")
    layer = graph.compared(tmp_path)
    assert kinds(layer) == ["Normalize", "GlobalAvgPool2d"]
    np.testing.assert_allclose(layer.layers[0].mean.value, [0.4, 0.5, 0.6], rtol=1e-6)  # type: ignore[attr-defined]
    graph = Builder("N", 3, 6, 6, dtype=TensorProto.UINT8)
    graph.add("Cast", to=TensorProto.FLOAT)
    graph.add("Div", np.float32(255))
    graph.add("Sub", floats(3, 1, 1))
    graph.add("GlobalAveragePool")
    assert kinds(graph.compared(tmp_path)) == ["Normalize", "GlobalAvgPool2d"]
    graph = Builder("N", 3, 6, 6, dtype=TensorProto.UINT8)
    graph.add("Cast", to=TensorProto.FLOAT)
    graph.add("Relu")
    graph.add("GlobalAveragePool")
    assert kinds(graph.compared(tmp_path)) == ["Normalize", "ReLU", "GlobalAvgPool2d"]


ACTIVATIONS: dict[str, Any] = {
    "SiLU": lambda g: g.add("Mul", "x", g.add("Sigmoid", "x")),
    "HardSwish": lambda g: g.add("Mul", "x", g.add("HardSigmoid", "x", alpha=1 / 6, beta=0.5)),
    "Mish": lambda g: g.add("Mul", "x", g.add("Tanh", g.add("Softplus", "x"))),
    "GELU": lambda g: g.add(
        "Mul",
        g.add("Mul", "x", g.weight(np.float32(0.5))),
        g.add(
            "Add",
            g.add("Erf", g.add("Div", "x", g.weight(np.float32(2**0.5)))),
            g.weight(np.float32(1)),
        ),
    ),
    "ReLU6": lambda g: g.add(
        "Min", g.add("Max", "x", g.weight(np.float32(0))), g.weight(np.float32(6))
    ),
    "ReLU": lambda g: g.add("Clip", "x", g.weight(np.float32(0))),
    "Softplus": lambda g: g.add("Log", g.add("Add", g.add("Exp", "x"), g.weight(np.float32(1)))),
    "Sigmoid": lambda g: g.add(
        "Reciprocal", g.add("Add", g.add("Exp", g.add("Neg", "x")), g.weight(np.float32(1)))
    ),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_of_several_nodes_is_one_layer(name: str, tmp_path: Path) -> None:
    graph = Builder("N", 7)
    ACTIVATIONS[name](graph)
    assert kinds(graph.compared(tmp_path)) == [name]


@pytest.mark.parametrize(
    ("kind", "attributes", "opset"),
    [
        ("LeakyRelu", {"alpha": 0.2}, 18), ("Elu", {"alpha": 0.5}, 18), ("Selu", {}, 18),
        ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}, 18), ("Gelu", {"approximate": "tanh"}, 20),
        ("Gelu", {}, 20), ("Clip", {"min": -1.0, "max": 2.0}, 9), ("HardSwish", {}, 18),
    ],
)  # fmt: skip
def test_activations_of_one_node(
    kind: str, attributes: dict[str, Any], opset: int, tmp_path
) -> None:
    graph = Builder("N", 7)
    graph.add(kind, **attributes)
    graph.compared(tmp_path, opset)


def test_branches_that_meet_are_containers(tmp_path: Path) -> None:
    graph = Builder("N", 4, 5, 5)
    a = graph.add("Relu", graph.add("Conv", floats(4, 4, 3, 3), pads=[1] * 4))
    b = graph.add("Add", graph.add("Conv", a, graph.weight(floats(4, 4, 1, 1))), a)
    c = graph.add("Sigmoid", b)
    d = graph.add("MaxPool", b, kernel_shape=[3, 3], pads=[1] * 4)
    graph.add("Concat", c, d, b, axis=1)
    graph.add("GlobalAveragePool")
    graph.add("Flatten")
    graph.add("Gemm", floats(12, 3), floats(3))
    layer = graph.compared(tmp_path)
    assert kinds(layer) == ["Conv2d", "ReLU", "Residual", "Parallel", "GlobalAvgPool2d", "Linear"]


def test_branches_that_cross_are_a_graph(tmp_path: Path) -> None:
    """Flattened pixels of two layers, joined: each in its own order."""
    graph = Builder("N", 2, 3, 4)
    a = graph.add("Conv", floats(3, 2, 1, 1))
    b = graph.add("Relu", a)
    c = graph.add("Concat", graph.add("Flatten", a), graph.add("Flatten", b), axis=1)
    d = graph.add("Add", graph.add("Tanh", b), a)
    e = graph.add("Gemm", c, graph.weight(floats(72, 5)))
    f = graph.add("Gemm", graph.add("Flatten", d), graph.weight(floats(36, 5)))
    graph.add("Add", e, f)
    assert isinstance(graph.compared(tmp_path), L.Graph)


def test_shared_values_keep_their_layers(tmp_path: Path) -> None:
    """A scale that only one reader sees must not go into the weights that both see."""
    graph = Builder("N", 2, 4, 4)
    a = graph.add("Conv", floats(2, 2, 1, 1))
    b = graph.add("Mul", a, graph.weight(np.float32(3)))
    c = graph.add("Add", b, graph.weight(np.float32(1)))
    d = graph.add("Relu", b)
    graph.add("Add", c, d)
    graph.compared(tmp_path)


def test_squeeze_and_excitation(tmp_path: Path) -> None:
    layer = lively(L.Sequential(L.SqueezeExcitation(8, 4)))
    path = to_onnx(layer, tmp_path / "a.onnx", image_shape=(4, 4, 8)).path
    assert repr(from_onnx(path)) == repr(layer)


def test_group_norm_as_pytorch_and_as_onnx_write_it(tmp_path: Path) -> None:
    graph = Builder("N", 6, 4, 4)
    graph.add("Reshape", np.array([0, 3, -1]))
    graph.add("InstanceNormalization", np.ones(3, np.float32), np.zeros(3, np.float32))
    graph.add("Reshape", np.array([0, 6, 4, 4]))
    graph.add("Mul", floats(6, 1, 1))
    graph.add("Add", floats(6, 1, 1))
    assert repr(graph.compared(tmp_path)) == repr(L.Sequential(L.GroupNorm(6, groups=3)))
    graph = Builder("N", 6, 4, 4)
    graph.add("GroupNormalization", floats(6), floats(6), num_groups=2)
    assert repr(graph.compared(tmp_path, 21)) == repr(L.Sequential(L.GroupNorm(6, groups=2)))


def test_shapes_that_are_computed(tmp_path: Path) -> None:
    """As x.view(x.size(0), -1) is written."""
    graph = Builder("N", 2, 3, 3)
    a = graph.add("Relu")
    n = graph.add("Gather", graph.add("Shape", a), graph.weight(np.array(0)), axis=0)
    n = graph.add("Unsqueeze", n, graph.weight(np.array([0])))
    shape = graph.add("Concat", n, graph.weight(np.array([-1])), axis=0)
    graph.add("Reshape", a, shape)
    weight = graph.add("Constant", outputs=(), value=numpy_helper.from_array(floats(4, 18)))
    graph.nodes[-1].ClearField("input")
    graph.add("Gemm", graph.nodes[-2].output[0], weight, transB=1, alpha=0.5)
    assert kinds(graph.compared(tmp_path)) == ["ReLU", "Flatten", "Linear"]


def test_a_fixed_batch_and_features_with_axes(tmp_path: Path) -> None:
    graph = Builder(1, 2, 3, 3)
    graph.add("ReduceMean", np.array([2, 3]), keepdims=1)
    graph.add("Conv", floats(5, 2, 1, 1), floats(5))
    graph.add("Squeeze", np.array([2, 3]))
    graph.add("Unsqueeze", np.array([2]))
    graph.add("Reshape", np.array([1, 5]))
    graph.add("Dropout", np.float32(0.25))
    layer = graph.compared(tmp_path)
    assert kinds(layer) == ["GlobalAvgPool2d", "Linear", "Dropout"]
    assert layer.layers[2].rate == 0.25  # type: ignore[attr-defined]


def test_other_norms_and_products(tmp_path: Path) -> None:
    graph = Builder("N", 4, 3, 5)
    graph.add("LayerNormalization", floats(4, 3, 5), floats(4, 3, 5), axis=1)
    graph.add("PRelu", floats(4, 1, 1) ** 2)
    graph.add("ConvTranspose", floats(4, 2, 2, 2), floats(2), strides=[2, 2])
    graph.add("GlobalMaxPool")
    graph.add("Flatten")
    graph.add("LayerNormalization", floats(2), floats(2), axis=-1)
    graph.add("PRelu", np.array([0.3], np.float32))
    graph.compared(tmp_path)
    graph = Builder("N", 4, 3, 5)  # statistics and slopes of flattened pixels
    graph.add("Flatten")
    graph.add("BatchNormalization", floats(60), floats(60), floats(60), floats(60) ** 2)
    graph.add("PRelu", floats(60) ** 2)
    graph.add("Mul", floats(60))
    graph.add("LayerNormalization", floats(60), floats(60), axis=1)
    graph.add("Gemm", floats(60, 3))
    graph.compared(tmp_path)


def test_weights_in_a_file_beside_the_model(tmp_path: Path) -> None:
    graph = Builder("N", 6)
    graph.add("Gemm", floats(6, 300), floats(300))
    x = floats(2, 6)
    expected = ReferenceEvaluator(graph.model()).run(None, {"x": x})[0]
    model = graph.model()
    onnx.save_model(model, tmp_path / "a.onnx", save_as_external_data=True, location="a.data",
                    size_threshold=100)  # fmt: skip
    assert (tmp_path / "a.data").stat().st_size > 7000
    np.testing.assert_allclose(from_onnx(tmp_path / "a.onnx")(x), expected, rtol=1e-5, atol=1e-5)
    (tmp_path / "a.data").write_bytes(b"short")
    with pytest.raises(InputError, match=r"tensor 'w0': a.data ends before its 7,200 bytes"):
        from_onnx(tmp_path / "a.onnx")


def test_an_open_image_size_is_asked_for(tmp_path: Path) -> None:
    graph = Builder("N", 3, "h", "w")
    graph.add("GlobalAveragePool")
    path = graph.save(tmp_path)
    with pytest.raises(InputError, match=r"leaves the size of an image open, \(\?, \?, 3\)"):
        from_onnx(path)
    with pytest.raises(InputError, match=r"image_shape: the file takes \(\?, \?, 3\), received"):
        from_onnx(path, image_shape=(4, 4, 1))
    assert from_onnx(path, image_shape=(4, 5, 3))(np.zeros((1, 4, 5, 3), np.float32)).shape == (
        1,
        3,
    )


def test_metadata_of_others_are_no_signature(tmp_path: Path) -> None:
    model = MODELS["mlp"]()
    path = to_onnx(model, tmp_path / "a.onnx").path
    for key, value in (
        ("classes", "[1]"), ("classes", '["a"]'), ("scale", "7"), ("resize", "x"), ("classes", "{"),
        ("classes", "[" * 100_000),
    ):  # fmt: skip
        file = onnx.load(path)
        for entry in file.metadata_props:
            entry.value = value if entry.key == key else entry.value
        (tmp_path / "b.onnx").write_bytes(file.SerializeToString())
        assert from_onnx(tmp_path / "b.onnx").signature is None
    assert from_onnx(path).signature == Signature((8, 8, 1), tuple("0123456789"))


REFUSED: dict[str, tuple[Any, str]] = {
    "LRN": (lambda g: g.add("LRN", size=3), r"node 'node0' \(LRN\): no layer of chainrule"),
    "shuffle": (
        lambda g: g.add("Reshape", np.array([0, 2, 2, 6, 6])),
        r"\(N, 4, 6, 6\) as \(N, 2, 2, 6, 6\) is no flattening",
    ),
    "broadcast": (
        lambda g: g.add("Mul", "x", g.add("GlobalAveragePool", "x")),
        "layers broadcast nothing",
    ),
    "batch axis": (
        lambda g: g.add("Transpose", perm=[1, 0, 2, 3]),
        "perm: expected the batch's axis first",
    ),
    "batch folded": (lambda g: g.add("Reshape", np.array([4, -1])), "does not leave samples whole"),
    "softmax": (
        lambda g: g.add("Relu", g.add("Softmax", g.add("Flatten"))),
        "a softmax is expressed at the end alone",
    ),
    "pad": (
        lambda g: g.add("Relu", g.add("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]))),
        "a border is taken up by convolutions and poolings alone",
    ),
    "pad below 0": (
        lambda g: g.add("MaxPool", g.add("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1])),
                        kernel_shape=[3, 3]),
        "ours never wins",
    ),
    "training": (
        lambda g: g.add("BatchNormalization", *[np.ones(4, np.float32)] * 4, training_mode=1),
        "training_mode: expected a graph for inference",
    ),
    "function": (lambda g: g.add("Add", "x", g.add("Erf", "x")), "no layer of chainrule expresses"),
    "dilated": (
        lambda g: g.add("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]), "a dilated window",
    ),
    "stride": (
        lambda g: g.add("Conv", np.ones((4, 4, 1, 1), np.float32), strides=[0, -1]),
        "strides: expected whole numbers from 1",
    ),
    "groups": (
        lambda g: g.add("Conv", np.ones((4, 3, 1, 1), np.float32), group=2), "does not fit 4",
    ),
    "weights": (lambda g: g.add("Conv", "x", "x"), "W: expected a constant"),
    "nan": (
        lambda g: g.add("Conv", np.full((4, 4, 1, 1), np.nan, np.float32)), "expected finite",
    ),
    "variance": (
        lambda g: g.add("BatchNormalization", *[-np.ones(4, np.float32)] * 4),
        "var: expected variances of 0 or more",
    ),
    "huge": (
        lambda g: g.add("ConstantOfShape", g.weight(np.array([1 << 20, 1 << 20]))),
        "a constant of shape",
    ),
    "huge border": (
        lambda g: g.add("Conv", np.ones((4, 4, 1, 1), np.float32), pads=[4000] * 4),
        "expected at most",
    ),
    "kernel": (
        lambda g: g.add("Conv", np.ones((4, 4, 9, 9), np.float32)), "that a kernel of",
    ),
    "two outputs": (
        lambda g: g.add("Relu", (g.add("MaxPool", kernel_shape=[2, 2], outputs=["i"]), "i")[1]),
        "its output 'i' cannot be expressed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_expressed_is_named(name: str, tmp_path: Path) -> None:
    build_it, message = REFUSED[name]
    graph = Builder("N", 4, 6, 6)
    build_it(graph)
    path = graph.save(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        from_onnx(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_chains_that_would_double_and_double(tmp_path: Path) -> None:
    """40 squares of squares are 40 steps, not 2^40; 1,540 are refused."""
    graph = Builder("N", 4)
    for _ in range(40):
        graph.add("Mul", graph.last, graph.last)
    assert len(kinds(from_onnx(graph.save(tmp_path)))) == 40
    for _ in range(1500):
        graph.add("Mul", graph.last, graph.last)
    with pytest.raises(InputError, match="cannot be read as layers"):
        from_onnx(graph.save(tmp_path))


def test_what_onnx_cannot_run_is_a_warning(tmp_path: Path, monkeypatch) -> None:
    graph = Builder("N", 4)
    graph.add("Relu")
    monkeypatch.setattr(ReferenceEvaluator, "run", lambda *given: 1 / 0)
    with pytest.warns(ChainruleWarning, match="could not be compared with the file"):
        from_onnx(graph.save(tmp_path))


def test_a_difference_is_refused(tmp_path: Path, monkeypatch) -> None:
    graph = Builder("N", 4)
    graph.add("Relu")
    monkeypatch.setattr(ReferenceEvaluator, "run", lambda *given: [np.full((2, 4), 7.0)])
    with pytest.raises(InputError, match="its layers differ from its graph by"):
        from_onnx(graph.save(tmp_path))


def test_without_onnx(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"pip install 'chainrule\[onnx\]'"):
        from_onnx(tmp_path / "a.onnx")


LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


@pytest.mark.skipif(not LIGHT.is_dir(), reason="this onnx comes without its test models")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("squeezenet", ""), ("resnet50", ""),
        ("shufflenet", "is no flattening"), ("bvlc_alexnet", r"\(LRN\): no layer of chainrule"),
    ],
)  # fmt: skip
def test_onnx_own_models(name: str, message: str, monkeypatch) -> None:
    """Their weights are constants, and so is what they say of any image."""
    path = LIGHT / f"light_{name}.onnx"
    monkeypatch.setattr("chainrule.interop.onnx_import.expect_same_file", lambda *given: None)
    if message:
        with pytest.raises(InputError, match=message):
            from_onnx(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = from_onnx(path)
    expected = numpy_helper.to_array(onnx.load_tensor(LIGHT / f"light_{name}_output_0.pb"))
    y = layer(np.random.default_rng(0).random((1, 224, 224, 3), np.float32))
    np.testing.assert_allclose(cr.metrics.softmax(y).ravel(), expected.ravel(), rtol=1e-3)
