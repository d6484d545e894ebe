"""Folders for timm and torchvision, without either; loaded by them in ``tests/parity``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open

from chainrule import models, weights
from chainrule.errors import InputError
from chainrule.layers import Signature
from chainrule.weights.torch_folder import architecture

IMAGENET = {"stem": "imagenet"}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (lambda: models.resnet18((64, 64, 3), 7, stem="imagenet"), "resnet18"),
        (lambda: models.resnet34((64, 64, 1), 7, stem="imagenet"), "resnet34"),
        (lambda: models.resnet50((64, 64, 3), 7, stem="imagenet"), "resnet50"),
        (lambda: models.resnet18((64, 64, 3), 7), None),
        (lambda: models.mobilenet_v2((64, 64, 3), 7, dropout=0.0), "mobilenetv2_100"),
        (lambda: models.mobilenet_v2((64, 64, 3), 7, width_mult=0.5), None),
        (lambda: models.efficientnet_lite0((64, 64, 3), 7), "tf_efficientnet_lite0"),
        (
            lambda: models.efficientnet_lite0((64, 64, 3), 7, padding="symmetric", eps=1e-5),
            "efficientnet_lite0",
        ),
        (lambda: models.efficientnet_lite0((64, 64, 3), 7, padding="symmetric"), None),
        (lambda: models.squeezenet1_1((64, 64, 3), 7), None),
        (lambda: models.mlp((8, 8, 3), (4,), 7), None),
    ],
)
def test_timm_s_name_of_a_net(model, name):
    assert architecture(model()) == name


def small(channels: int = 3, **options: object):
    model = models.resnet((8, 8, channels), 3, blocks=(1,), widths=(4,), **options).init(0)
    model.layers[0].fit(np.arange(64 * channels, dtype=np.uint8).reshape(1, 8, 8, channels))
    model.signature = Signature((8, 8, channels), ("cat", "dog", "ñandú"), "pad")
    return model


def test_what_is_written(tmp_path):
    model = small(1)
    place = weights.save_torch(model, tmp_path / "a" / "b")
    assert sorted(path.name for path in place.iterdir()) == ["config.json", "model.safetensors"]
    with safe_open(place / "model.safetensors", "numpy") as file:
        assert file.metadata() == {"format": "pt"}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for name, array in weights.to_torch(model).items():
        np.testing.assert_array_equal(tensors[name], array)
    config = json.loads((place / "config.json").read_text("utf-8"))
    mean, std = (getattr(model.layers[0], name).value.tolist() for name in ("mean", "std"))
    assert config == {
        "architecture": None,
        "library": "torchvision",
        "num_classes": 3,
        "num_features": 4,
        "global_pool": "avg",
        "model_args": {"in_chans": 1},
        "label_names": ["cat", "dog", "ñandú"],
        "pretrained_cfg": {
            "input_size": [1, 8, 8], "fixed_input_size": False, "interpolation": "bilinear",
            "crop_pct": 1.0, "crop_mode": "border", "mean": mean, "std": std, "num_classes": 3,
            "first_conv": "conv1", "classifier": "fc",
        },
    }  # fmt: skip


def test_it_is_read_back(tmp_path):
    model = small(block="bottleneck")
    place = weights.save_torch(model, tmp_path, library="torch.nn.Sequential")
    other = small(block="bottleneck").init(5)
    assert weights.from_torch(other, weights.read(place / "model.safetensors")).ok
    x = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    other.layers[0].load_state(model.layers[0].state())
    np.testing.assert_array_equal(other(x), model(x))


def test_without_a_signature(tmp_path):
    place = weights.save_torch(models.mlp((4, 4, 3), (6,), 2).init(0), tmp_path)
    config = json.loads((place / "config.json").read_text())
    assert "label_names" not in config
    assert "input_size" not in config["pretrained_cfg"]
    assert config["pretrained_cfg"]["mean"] == [0.0] * 3
    assert config["pretrained_cfg"]["classifier"] == "3"


def test_what_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="the model has no weights yet"):
        weights.save_torch(models.mlp(4, (), 2), tmp_path / "x")
    with pytest.raises(InputError, match="library: expected one that has names"):
        weights.save_torch(small(), tmp_path / "x", library="jax")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot write"):
        weights.save_torch(small(), tmp_path / "file")
    assert not (tmp_path / "x").exists()
