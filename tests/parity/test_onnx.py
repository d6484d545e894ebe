"""PyTorch's own ONNX files become layers that compute what PyTorch does."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from chainrule.interop import from_onnx, to_onnx
from chainrule.layers import Graph, Sequential
from chainrule.layers.base import Layer, walk

from .torchvision_models import torchvision

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
nn = torch.nn


def exported(model, shape: tuple[int, ...], path: Path) -> Path:
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter that needs no further package
        torch.onnx.export(
            model, (torch.zeros(2, *shape),), str(path), dynamo=False, opset_version=17,
            input_names=["x"], dynamic_axes={"x": {0: "N"}},
        )  # fmt: skip
    return path


def lively(model):
    torch.manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.normal_(module.weight, 1, 0.2)
    return model


def compared(model, shape: tuple[int, ...], path: Path) -> Layer:
    layer = from_onnx(exported(lively(model), shape, path))
    x = np.random.default_rng(0).standard_normal((3, *shape)).astype(np.float32)
    with torch.no_grad():
        expected = model(torch.from_numpy(x)).numpy()
    ours = layer(np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    return layer


class Block(nn.Module):
    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.SiLU(),
            nn.Conv2d(out, out, 3, 1, 1, groups=2), nn.GroupNorm(2, out),
        )  # fmt: skip
        self.short = nn.Conv2d(channels, out, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.body(x) + self.short(x))


ACTIVATIONS = [
    nn.LeakyReLU(0.2), nn.Tanh(), nn.GELU(), nn.ELU(0.8), nn.SiLU(), nn.SELU(), nn.Mish(),
    nn.GELU("tanh"), nn.Hardswish(), nn.Softplus(), nn.Sigmoid(), nn.PReLU(4), nn.ReLU6(),
]  # fmt: skip


def test_layers_of_pytorch(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), *ACTIVATIONS,
        nn.InstanceNorm2d(4, affine=True), Block(4, 8, 2), nn.Dropout(), Block(8, 8, 1),
        nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(32, 16),
        nn.BatchNorm1d(16), nn.ReLU(), nn.LayerNorm(16), nn.Linear(16, 5),
    )  # fmt: skip
    layer = compared(model, (3, 16, 16), tmp_path / "a.onnx")
    kinds = [type(part).__name__ for part in layer.layers]  # type: ignore[attr-defined]
    assert kinds == [
        "Conv2d", "LeakyReLU", "Tanh", "GELU", "ELU", "SiLU", "SELU", "Mish", "GELU", "HardSwish",
        "Softplus", "Sigmoid", "PReLU", "ReLU6", "InstanceNorm", "Residual", "ReLU", "Residual",
        "ReLU", "MaxPool2d", "AvgPool2d", "Flatten", "Linear", "BatchNorm", "ReLU", "LayerNorm",
        "Linear",
    ]  # fmt: skip
    again = from_onnx(to_onnx(layer, tmp_path / "b.onnx", image_shape=(16, 16, 3)).path)
    assert repr(again) == repr(layer)


@pytest.mark.parametrize(
    ("name", "size"),
    [("resnet18", 32), ("mobilenet_v2", 32), ("squeezenet1_1", 40)],
)
def test_nets_of_torchvision(name: str, size: int, tmp_path: Path, monkeypatch) -> None:
    models = torchvision().models
    monkeypatch.setattr("chainrule.interop.onnx_import.expect_same_file", lambda *given: None)
    layer = compared(getattr(models, name)(num_classes=10), (3, size, size), tmp_path / "a.onnx")
    assert isinstance(layer, Sequential)
    assert not any(isinstance(part, Graph) for part in walk(layer))
