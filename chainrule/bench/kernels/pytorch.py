"""The cases by PyTorch's kernels, called where autograd would call them."""

from __future__ import annotations

from typing import Any

from .cases import Case
from .ours import Run, normal


def run(case: Case, batch_size: int, *, channels_last: bool) -> Run:
    """The function to time, with its arrays ready."""
    import torch

    x = _input(torch, case, batch_size, channels_last)
    return FAMILIES[case.family](torch, case, x)[case.operation]


def _tensor(*shape: int) -> Any:
    import torch

    return torch.from_numpy(normal(*shape))


def _input(torch: Any, case: Case, batch_size: int, channels_last: bool) -> Any:
    """Random images (N, C, H, W) in the layout asked for, or rows; pixels where those are."""
    shape = case.shape(batch_size)
    pixels = case.operation == "normalize uint8"
    x = torch.randint(0, 256, shape, dtype=torch.uint8) if pixels else _tensor(*shape)
    if x.ndim != 4:
        return x
    return x.permute(0, 3, 1, 2) if channels_last else x.permute(0, 3, 1, 2).contiguous()


def _conv(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    w = _tensor(case.outputs, case.channels, case.kernel, case.kernel)
    if not x.is_contiguous():
        w = w.contiguous(memory_format=torch.channels_last)
    conv, back = torch.nn.functional.conv2d, torch.ops.aten.convolution_backward
    stride, padding = [case.stride] * 2, [case.padding] * 2
    dy = torch.randn_like(conv(x, w, None, stride, padding))
    rest = None, stride, padding, [1, 1], False, [0, 0], 1
    return {
        "conv": lambda: conv(x, w, None, stride, padding),
        "conv input gradient": lambda: back(dy, x, w, *rest, [True, False, False]),
        "conv weight gradient": lambda: back(dy, x, w, *rest, [False, True, False]),
    }


def _linear(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    w, dy = _tensor(case.outputs, case.channels), _tensor(len(x), case.outputs)
    return {"linear": lambda: x @ w.T, "linear weight gradient": lambda: dy.T @ x}


def _update(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    w = torch.nn.Parameter(_tensor(case.channels, case.outputs))
    w.grad = torch.randn_like(w)
    return {
        "sgd": torch.optim.SGD([w], 1e-3, momentum=0.9, fused=True).step,
        "adam": torch.optim.Adam([w], 1e-3, fused=True).step,
    }


def _batch_norm(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    gamma, beta = torch.ones(x.shape[1]), torch.zeros(x.shape[1])
    mean, var = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    options = x, gamma, beta, mean, var, True, 0.1, 1e-5
    y, *saved = torch.native_batch_norm(*options)
    dy, back = torch.randn_like(y), torch.ops.aten.native_batch_norm_backward
    rest = mean, var, *saved, True, 1e-5, [True, True, True]
    return {
        "batch norm": lambda: torch.native_batch_norm(*options),
        "batch norm backward": lambda: back(dy, x, gamma, *rest),
    }


def _relu(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    y, dy = torch.relu(x), torch.randn_like(x)
    return {
        "relu": lambda: torch.relu(x),
        "relu backward": lambda: torch.ops.aten.threshold_backward(dy, y, 0),
    }


def _max_pool(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    window = [2, 2], [2, 2], [0, 0], [1, 1], False
    pool = torch.ops.aten.max_pool2d_with_indices
    y, argmax = pool(x, *window)
    dy, back = torch.randn_like(y), torch.ops.aten.max_pool2d_with_indices_backward
    return {
        "max-pool": lambda: pool(x, *window),
        "max-pool backward": lambda: back(dy, x, *window, argmax),
    }


def _mean_pool(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    dy, pixels = x.mean((2, 3)), x.shape[2] * x.shape[3]
    return {
        "mean pool": lambda: x.mean((2, 3)),
        "mean pool backward": lambda: (dy / pixels)[:, :, None, None].expand(x.shape).contiguous(),
    }


def _dropout(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    return {"dropout": lambda: torch.nn.functional.dropout(x, 0.2, training=True)}


def _uint8(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    scale, shift = (torch.full((case.channels, 1, 1), value) for value in (0.02, -1.0))
    return {"normalize uint8": lambda: x.to(torch.float32).mul_(scale).add_(shift)}


def _cross_entropy(torch: Any, case: Case, x: Any) -> dict[str, Run]:
    labels = torch.arange(len(x)) % x.shape[1]
    logits = x.requires_grad_()

    def both() -> Any:
        loss = torch.nn.functional.cross_entropy(logits, labels)
        return torch.autograd.grad(loss, logits)

    return {"cross-entropy": both}


FAMILIES = {
    "conv": _conv, "linear": _linear, "sgd": _update, "adam": _update, "batch": _batch_norm,
    "relu": _relu, "max-pool": _max_pool, "mean": _mean_pool, "dropout": _dropout,
    "normalize": _uint8, "cross-entropy": _cross_entropy,
}  # fmt: skip
