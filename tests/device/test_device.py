"""Names of devices, arrays that go there and back, and GPUs that cannot be used."""

from __future__ import annotations

import builtins
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import kernels
from chainrule.arrays import namespace, native
from chainrule.device import CPU, Device, beside, device, device_of, known, on_host
from chainrule.errors import ChainruleWarning, InputError
from chainrule.layers import BatchNorm, Dropout, Linear, ReLU, Sequential

from . import strict


@pytest.mark.parametrize("name", ["cpu", "gpu", "gpu:0", "gpu:1", "gpu:12"])
def test_names(name):
    assert known(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "GPU", "cuda", "cuda:0", "gpu:", "gpu:-1", "gpu:01", "gpu:x", "gpu: 1", "gpu:1\n", "gpu:¹",
     "cpu:0", "gpu:99999", 0, None, ["gpu"], 1.5, b"gpu"],
)  # fmt: skip
def test_other_names_are_refused(name):
    with pytest.raises(InputError, match='device: expected "cpu", "gpu" or "gpu:1", received'):
        device(name)
    with pytest.raises(InputError, match="device: expected"):
        Linear(2, 2).init().to(name)


def test_there_and_back(gpu):
    x = np.arange(6.0).reshape(2, 3)
    there = device("gpu").put(x)
    assert namespace(there) is sys.modules["cupy"]
    assert (device_of(there), device_of(x), str(device("gpu:1"))) == (Device(0), CPU, "gpu:1")
    np.testing.assert_array_equal(on_host(there), x)
    assert on_host(x) is x and CPU.put(x) is x and beside(there, there) is there
    assert device("gpu").put(there) is there
    other = device("gpu:1").put(there)
    assert (str(device_of(other)), str(device_of(beside(there, x)))) == ("gpu:1", "gpu")
    assert native("x", there) is there


def test_a_model_is_brought_there_and_back(gpu):
    model = Sequential(Linear(3, 2), BatchNorm(2), Dropout(0.5)).init(0)
    before = {name: array.copy() for name, array in model.state().items()}
    assert model.to("gpu:1") is model
    assert str(model.device) == "gpu:1"
    assert type(model.layers[2].key.value) is np.ndarray  # which Python reads
    assert str(model.to("cpu").device) == "cpu"
    for name, array in model.state().items():
        np.testing.assert_array_equal(array, before[name])
    assert str(ReLU().to("gpu").device) == "cpu"  # it has no arrays
    with pytest.raises(InputError, match="no weights yet"):
        Linear(2, 2).to("gpu")


def test_a_state_goes_where_the_model_is(gpu):
    model = Linear(3, 2).init(0).to("gpu")
    other = Linear(3, 2).init(1)
    model.load_state(other.state())
    other.load_state(model.state())
    assert (str(model.device), str(other.device)) == ("gpu", "cpu")
    np.testing.assert_array_equal(model.weight.value.get(), other.weight.value)


@pytest.mark.parametrize("verb", ["predict", "forward", "backward"])
def test_arrays_of_two_devices_do_not_meet(verb, gpu):
    x = np.ones((2, 3), np.float32)
    for model in (Linear(3, 2), Sequential(Linear(3, 2), BatchNorm(2))):
        model.init(0)
        for place, given in (("gpu", x), ("cpu", device("gpu").put(x))):
            model.to(place)
            y, cache = model.forward(device(place).put(x))
            run = {
                "predict": lambda m=model, g=given: m(g),
                "forward": lambda m=model, g=given: m.forward(g),
                "backward": lambda m=model, c=cache, y=y: m.backward(
                    on_host(y) if m.device.is_gpu else device("gpu").put(y), c
                ),
            }[verb]
            what = "dy" if verb == "backward" else "x"
            with pytest.raises(
                InputError, match=rf"{what}: expected an array on {place}"
            ) as caught:
                run()
            assert str(caught.value).endswith(
                f"use model.device.put({what}), or model.to('{'cpu' if place == 'gpu' else 'gpu'}')"
            )


def test_without_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert str(device("cpu")) == "cpu"
    with pytest.raises(InputError, match="cpu where CuPy is not installed, received gpu; pip inst"):
        device("gpu")
    with pytest.raises(InputError, match=r"chainrule\[cuda13\].*chainrule\[cuda12\]"):
        cr.Trainer(Linear(2, 2), device="gpu")


def test_a_cupy_that_cannot_be_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    plain = builtins.__import__

    def broken(name: str, *rest: Any) -> Any:
        if name == "cupy":
            raise ImportError("\n====\nFailed to import CuPy.\nlibcuda.so: no such file\n")
        return plain(name, *rest)

    monkeypatch.setattr("chainrule.device.import_module", broken)
    with pytest.raises(InputError, match=r"CuPy cannot be imported \(ImportError: .*Failed to"):
        device("gpu")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"driver": 0}, "there is no NVIDIA driver, received gpu; install it from https://"),
        ({"driver": 12080}, r"driver for CUDA 12\.8, .* built for CUDA 13\.2; update .*cuda12\]"),
        ({"gpus": 0}, "no GPU is found, received gpu; nvidia-smi"),
        ({"gpus": 1}, None),
    ],
)
def test_gpus_that_cannot_be_used(facts, said, gpu):
    for name, value in facts.items():
        setattr(gpu, name, value)
    if said is None:
        assert device("gpu").is_gpu
        with pytest.raises(InputError, match="device: expected gpu, which is all there is"):
            device("gpu:1")
        return
    with pytest.raises(InputError, match=said) as caught:
        device("gpu")
    assert "\n" not in str(caught.value)


def test_a_number_beyond_the_last_one(gpu):
    with pytest.raises(InputError, match=r"gpu:0 to gpu:1, which is all there is, received gpu:7"):
        device("gpu:7")


def test_an_old_driver_runs_the_reference_and_says_so(gpu):
    gpu.driver = gpu.runtime = 12080
    x = device("gpu").put(np.ones(3, np.float32))
    kernels._fastest_on_gpu.cache_clear()
    try:
        with kernels.use("gpu"), warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            served = [kernels.of(x), kernels.of(x)]
        assert served == [kernels.REFERENCE] * 2
        (warning,) = heard
        assert warning.category is ChainruleWarning
        assert "older than 580: the reference kernels run" in str(warning.message)
        assert kernels.of(device("gpu").put(np.ones(3))) is kernels.REFERENCE
    finally:
        kernels._fastest_on_gpu.cache_clear()


def test_a_strict_array_is_strict(gpu):
    x = device("gpu").put(np.ones((3, 2)))
    for wrong in (
        lambda: np.asarray(x), lambda: np.maximum(x, 0), lambda: np.concatenate([x, x]),
        lambda: x + np.ones((3, 2)), lambda: np.ones((3, 2)) * x, lambda: x[np.arange(2)],
        lambda: x.max(initial=0), lambda: list(device("gpu").put(np.ones(100))),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(strict.OutOfMemoryError):
        gpu.largest = 1
        x + 1


def test_a_predictor_leaves_a_model_on_a_gpu_as_it_is(gpu):
    model = cr.models.mlp((8, 8, 1), (16,), 10).init(0)
    images = np.arange(128, dtype=np.uint8).reshape(2, 8, 8, 1)
    expected = model(images)
    with kernels.use("cpu"):
        predictor = cr.Predictor(model)
    model.to("gpu")
    np.testing.assert_array_equal(on_host(predictor(device("gpu").put(images))), expected)
    assert cr.Predictor(model).reason == "the model is on gpu"
    model.to("cpu")
    with kernels.use("cpu"):
        np.testing.assert_allclose(predictor(images), expected, rtol=1e-5, atol=1e-6)
    assert predictor.reason is None
