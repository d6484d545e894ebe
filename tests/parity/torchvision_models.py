"""torchvision and timm, also where PyTorch is built without torchvision's compiled operators."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from chainrule.types import Array

pytest.importorskip("torch")

import torch

_library: Any = None  # its definitions last as long as it does


def _operators() -> None:
    """Define what torchvision registers shapes for while it is imported: none is ever called."""
    global _library
    if _library is None and not hasattr(torch.ops.torchvision, "nms"):
        _library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def torchvision() -> ModuleType:
    """torchvision, or the test is skipped."""
    _operators()
    return pytest.importorskip("torchvision", exc_type=ImportError)


def timm() -> ModuleType:
    """timm, or the test is skipped."""
    _operators()
    return pytest.importorskip("timm", exc_type=ImportError)


def drawn(net: Any, seed: int = 0) -> Any:
    """``net``, predicting, with statistics and weights as a training might leave them: gains such
    that logits of each net are of some size."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                shape = module.weight.shape
                module.weight.copy_(0.6 + 0.4 * torch.rand(shape, generator=generator))
                module.bias.copy_(0.2 * torch.randn(shape, generator=generator))
                module.running_mean.copy_(0.1 * torch.randn(shape, generator=generator))
                module.running_var.copy_(0.5 + torch.rand(shape, generator=generator))
            elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
                fan = module.weight[0].numel()
                draw = torch.randn(module.weight.shape, generator=generator)
                module.weight.copy_(draw * (2 / fan) ** 0.5)
                if module.bias is not None:
                    draw = torch.randn(module.bias.shape, generator=generator)
                    module.bias.copy_(0.1 * draw)
    return net.eval()


def arrays(net: Any) -> dict[str, Array]:
    """The state of ``net`` as `chainrule.weights.read` would return it."""
    return {name: tensor.numpy() for name, tensor in net.state_dict().items()}


def logits(net: Any, images: Array) -> Array:
    """What ``net`` says of float images (N, H, W, C)."""
    with torch.no_grad():
        y: Array = net(torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))).numpy()
    return y
