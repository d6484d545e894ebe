"""A model file gives back the same model, or one clear error."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.architecture import describe, register
from chainrule.layers import Layer, Linear, Sequential, Signature
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
