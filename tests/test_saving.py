"""A model file gives back the same model, or one clear error."""

from __future__ import annotations

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.architecture import describe, register
from chainrule.layers import Layer, Linear, ReLU, Sequential, Signature
from chainrule.tensorfile import read_tensors, write_tensors


@pytest.fixture
def model() -> Sequential:
    model = cr.models.mlp((4, 4, 1), (6,), 3, norm="batch", dropout=0.5).init(3)
    model.signature = Signature((4, 4, 1), ("a", "b", "ü"))
    return model


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 4, 4, 1), np.uint8)


def test_a_loaded_model_predicts_the_same(model, images, tmp_path):
    model.forward(images)  # moves running statistics and dropout's counter
    cr.save(model, tmp_path / "m.safetensors")
    loaded = cr.load(tmp_path / "m.safetensors")
    assert loaded.signature == model.signature
    assert repr(loaded) == repr(model)
    np.testing.assert_array_equal(loaded(images), model(images))
    np.testing.assert_array_equal(loaded.forward(images)[0], model.forward(images)[0])


def test_equal_models_make_equal_files(model, tmp_path):
    for name in ("a", "b"):
        cr.save(model, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_dtypes_of_buffers_survive(model, tmp_path):
    cr.save(model, tmp_path / "m")
    for path, array in cr.load(tmp_path / "m").state().items():
        assert array.dtype == model.state()[path].dtype, path


@pytest.mark.parametrize("keep", [0, 7, 8, 100, -1])
def test_a_truncated_file_is_named(model, tmp_path, keep):
    path = tmp_path / "m.safetensors"
    cr.save(model, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(cr.InputError, match=r"m\.safetensors is damaged"):
        cr.load(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(cr.InputError, match="no such file"):
            cr.load(path)


def test_a_file_of_somebody_else_is_refused(tmp_path):
    write_tensors(tmp_path / "m", {"w": np.ones(3)}, {"other": "thing"})
    with pytest.raises(cr.InputError, match="holds no chainrule model"):
        cr.load(tmp_path / "m")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"architecture": {"layer": "Liner", "arguments": {}}}, "did you mean 'Linear'"),
        ({"architecture": {"layer": "Linear", "arguments": {"in_features": 2}}}, "out_features"),
        ({"architecture": {"layer": "Linear", "arguments": {"size": 2}}}, "size"),
        ({"architecture": [1, 2]}, "not a layer"),
        ({"architecture": {"layer": "ReLU", "arguments": {}}}, "the model has no array"),
        ({"model": "99"}, "format 99"),
        ({"signature": {"image_shape": [4, 4], "classes": []}}, "does not describe"),
        ({"architecture": {"initializer": "os"}}, "initializer"),
    ],
)
def test_a_file_of_another_architecture_is_refused(model, tmp_path, change, problem):
    path = tmp_path / "m"
    cr.save(model, path)
    arrays, metadata = read_tensors(path)
    write_tensors(path, arrays, metadata | change)
    with pytest.raises(cr.InputError, match=problem):
        cr.load(path)


def test_huge_sizes_in_a_file_allocate_nothing(tmp_path):
    huge = {"layer": "Linear", "arguments": {"in_features": 10**9, "out_features": 10**9}}
    write_tensors(tmp_path / "m", {}, {"model": "1", "architecture": huge})
    with pytest.raises(cr.InputError, match="lacks the array"):
        cr.load(tmp_path / "m")


class Doubling(Layer):
    def forward(self, x):
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy


def test_a_layer_of_your_own_must_be_registered(tmp_path):
    model = Sequential(Linear(2, 2), Doubling()).init(0)
    with pytest.raises(cr.InputError, match="Doubling is not registered"):
        cr.save(model, tmp_path / "m")
    assert not list(tmp_path.iterdir())
    register(Doubling)
    cr.save(model, tmp_path / "m")
    assert describe(cr.load(tmp_path / "m")) == describe(model)


def test_a_full_disk_leaves_the_old_file(model, tmp_path):
    path = tmp_path / "m"
    path.write_text("old")
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(cr.InputError, match="cannot write"):
        cr.save(model, tmp_path / "blocked" / "m")
    assert path.read_text() == "old"


SHAPES = [
    None, 7, "4x4x1", {}, [], [4, 4], [4, 4, 1, 1], [4, -4, 1], [0, 4, 1], [4, 4, 0], [4.0, 4, 1],
    [True, 4, 1], ["4", 4, 1], [[4], 4, 1], [4, float("inf"), 1], [4, float("nan"), 1],
    [10**9, 4, 1], [32768, 32768, 3], [1, 1, 10**9], [10**400, 1, 1], [8, 8, 1], [4, 4, 3],
]  # fmt: skip
CLASSES = [
    None, 3, "abc", {}, {"a": 0, "b": 1, "c": 2}, [], ["a"], ["a", "b"], ["a", "b", "c", "d"],
    ["a", "b", "a"], ["a", "b", 3], ["a", "b", None], [["a"], "b", "c"], ["a", "b", "c" * 10**6],
    [str(i) for i in range(100_000)],
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("image_shape", shape) for shape in SHAPES),
        *(("classes", classes) for classes in CLASSES),
        *(("resize", resize) for resize in (None, 3, "shrink", ["crop"])),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_signature_that_is_none_is_refused_on_loading(model, tmp_path, field, value):
    path = tmp_path / "m"
    cr.save(model, path)
    arrays, metadata = read_tensors(path)
    metadata["signature"][field] = value
    write_tensors(path, arrays, metadata)
    with pytest.raises(cr.InputError, match=field) as caught:
        cr.load(path)
    assert "expected" in str(caught.value) and len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("signature", [7, "x", [], [1, 2], {}, {"classes": ["a", "b", "c"]}])
def test_a_signature_of_another_form_is_refused(model, tmp_path, signature):
    cr.save(model, tmp_path / "m")
    arrays, metadata = read_tensors(tmp_path / "m")
    write_tensors(tmp_path / "m", arrays, metadata | {"signature": signature})
    with pytest.raises(cr.InputError, match="expected"):
        cr.load(tmp_path / "m")


def test_a_model_is_not_saved_that_could_not_be_loaded(model, tmp_path):
    model.signature = Signature((4, 4, 1), ("a", "b"))
    with pytest.raises(cr.InputError, match="2 names, and the model has 3 outputs"):
        cr.save(model, tmp_path / "m")
    model.signature = Signature((5, 4, 1), ("a", "b", "c"))
    with pytest.raises(cr.InputError, match=r"image_shape \(5, 4, 1\): layers\.2: expected"):
        cr.save(model, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_an_activation_larger_than_any_memory_is_refused(tmp_path):
    model = Sequential(
        cr.layers.Conv2d(1, 2, 1, padding=100_000), cr.layers.GlobalAvgPool2d()
    ).init(0)
    model.signature = Signature((4, 4, 1), ("a", "b"))
    with pytest.raises(cr.InputError, match=r"layers\.0: one sample would be 200004x200004x1"):
        cr.save(model, tmp_path / "m")


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("layers.0.std", lambda a: 0 * a, "std: expected numbers above 0"),
        ("layers.0.std", lambda a: -a, "std: expected numbers above 0"),
        ("layers.0.mean", lambda a: a * np.float32(np.nan), "expected finite numbers"),
        ("layers.2.weight", lambda a: a + np.float32(np.inf), "96 of 96 that are NaN or infinite"),
        ("layers.2.weight", lambda a: a.astype(np.int8), "expected float32, received int8"),
        ("layers.2.weight", lambda a: a > 0, "expected float32, received bool"),
        ("layers.2.weight", lambda a: a[:-1], "the model has shape"),
        ("layers.2.weight", lambda a: a[None], "the model has shape"),
        ("layers.2.weight", lambda a: np.full_like(a, 1e300, np.float64), "NaN or infinite"),
        ("layers.3.running_var", lambda a: a - 2, "running_var: expected variances of 0 or more"),
    ],
)
def test_arrays_that_cannot_be_of_a_model_are_refused(model, tmp_path, name, change, problem):
    cr.save(model, tmp_path / "m")
    arrays, metadata = read_tensors(tmp_path / "m")
    write_tensors(tmp_path / "m", arrays | {name: change(arrays[name])}, metadata)
    with pytest.raises(cr.InputError, match=problem):
        cr.load(tmp_path / "m")


def test_a_deep_architecture_ends_in_one_line(tmp_path):
    deep = {"layer": "ReLU", "arguments": {}}
    for _ in range(120):
        deep = {"layer": "Sequential", "arguments": {"layers": [deep]}}
    for architecture in (deep, [[]] * 3, json.loads("[" * 450 + "]" * 450)):
        write_tensors(tmp_path / "m", {}, {"model": "1", "architecture": architecture})
        with pytest.raises(cr.InputError, match=r"deep|levels|not a layer"):
            cr.load(tmp_path / "m")
    model = ReLU()
    for _ in range(70):
        model = Sequential(model)
    with pytest.raises(cr.InputError, match="more than 64 deep"):
        cr.save(model, tmp_path / "n")
    model = ReLU()
    for _ in range(60):
        model = Sequential(model)
    cr.save(model, tmp_path / "n")
    assert cr.load(tmp_path / "n")(np.ones((1, 2), np.float32)).shape == (1, 2)


def header(content: bytes) -> tuple[int, bytes]:
    length = int.from_bytes(content[:8], "little")
    return length, content[8 : 8 + length]


@pytest.mark.parametrize(
    "change",
    [
        lambda n, h, data: (10**18).to_bytes(8, "little") + h + data,
        lambda n, h, data: (2**64 - 1).to_bytes(8, "little") + h + data,
        lambda n, h, data: bytes(8) + h + data,
        lambda n, h, data: framed(h.replace(b'"data_offsets":[0,', b'"data_offsets":[4,'), data),
        lambda n, h, data: framed(h.replace(b'"F32"', b'"F999"'), data),
        lambda n, h, data: framed(h.replace(b'"shape":[6]', b'"shape":[6000000000000]'), data),
        lambda n, h, data: framed(h.replace(b'"shape":[6]', b'"shape":[-6]'), data),
        lambda n, h, data: framed(h[:-1] + b',"' + h[2:], data),
        lambda n, h, data: framed(b"[" * 100_000 + b"]" * 100_000, data),
        lambda n, h, data: framed(b'{"__metadata__":{"chainrule":"' + b"[" * 90_000 + b'"}}', b""),
        lambda n, h, data: framed(h, data + b"more"),
        lambda n, h, data: framed(h, data[:-4]),
    ],
)
def test_a_header_that_lies_is_refused(model, tmp_path, change):
    path = tmp_path / "m"
    cr.save(model, path)
    content = path.read_bytes()
    length, head = header(content)
    path.write_bytes(change(length, head, content[8 + length :]))
    with pytest.raises(cr.InputError) as caught:
        cr.load(path)
    assert len(str(caught.value)) < 600 and "\n" not in str(caught.value)


def framed(head: bytes, data: bytes) -> bytes:
    return len(head).to_bytes(8, "little") + head + data
