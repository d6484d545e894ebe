"""The cases by PyTorch's kernels, called where autograd would call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .cases import Case
from .ours import Run, normal


def run(case: Case, batch_size: int, *, channels_last: bool) -> Run:
    """The function to time, with its arrays ready."""
    shape = case.shape(batch_size)
    operation, _, _ = case.operation.partition(" ")
    if operation == "conv":
        return _conv(case, shape, channels_last)
    if operation == "linear":
        return _linear(case, shape)
    if case.operation in ("sgd", "adam"):
        return _update(case)
    if case.operation == "normalise uint8":
        return _uint8(shape, channels_last)
    return _SIMPLE[case.operation](_images(shape, channels_last))


def _tensor(*shape: int) -> Any:
    import torch

    return torch.from_numpy(normal(*shape))


def _images(shape: tuple[int, ...], channels_last: bool) -> Any:
    """Random images (N, C, H, W) in the layout asked for, or rows."""
    x = _tensor(*shape)
    if x.ndim != 4:
        return x
    return x.permute(0, 3, 1, 2) if channels_last else x.permute(0, 3, 1, 2).contiguous()


def _like(y: Any) -> Any:
    import torch

    return torch.randn_like(y)


def _conv(case: Case, shape: tuple[int, ...], channels_last: bool) -> Run:
    import torch

    x = _images(shape, channels_last)
    w = _tensor(case.outputs, case.channels, case.kernel, case.kernel)
    if channels_last:
        w = w.contiguous(memory_format=torch.channels_last)
    step, rim = [case.stride] * 2, [case.padding] * 2
    if case.operation == "conv":
        return lambda: torch.nn.functional.conv2d(x, w, None, step, rim)
    dy = _like(torch.nn.functional.conv2d(x, w, None, step, rim))
    mask = [case.operation == "conv input gradient", case.operation != "conv input gradient", False]
    back = torch.ops.aten.convolution_backward
    return lambda: back(dy, x, w, None, step, rim, [1, 1], False, [0, 0], 1, mask)


def _linear(case: Case, shape: tuple[int, ...]) -> Run:
    x, w = _tensor(*shape), _tensor(case.outputs, case.channels)
    dy = _tensor(shape[0], case.outputs)
    if case.operation == "linear":
        return lambda: x @ w.T
    return lambda: dy.T @ x


def _update(case: Case) -> Run:
    import torch

    w = torch.nn.Parameter(_tensor(case.channels, case.outputs))
    w.grad = _like(w)
    if case.operation == "sgd":
        rule = torch.optim.SGD([w], 1e-3, momentum=0.9, fused=True)
    else:
        rule = torch.optim.Adam([w], 1e-3, fused=True)
    return lambda: rule.step()


def _norm(x: Any, *, back: bool) -> Run:
    import torch

    gamma, beta = torch.ones(x.shape[1]), torch.zeros(x.shape[1])
    mean, var = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    y, saved, inverse = torch.native_batch_norm(x, gamma, beta, mean, var, True, 0.1, 1e-5)
    if not back:
        return lambda: torch.native_batch_norm(x, gamma, beta, mean, var, True, 0.1, 1e-5)
    dy, run = _like(y), torch.ops.aten.native_batch_norm_backward
    statistics = (mean, var, saved, inverse)
    return lambda: run(dy, x, gamma, *statistics, True, 1e-5, [True, True, True])


def _relu(x: Any, *, back: bool) -> Run:
    import torch

    y, dy = torch.relu(x), _like(x)
    if not back:
        return lambda: torch.relu(x)
    return lambda: torch.ops.aten.threshold_backward(dy, y, 0)


def _max_pool(x: Any, *, back: bool) -> Run:
    import torch

    window = [2, 2], [2, 2], [0, 0], [1, 1], False
    run = torch.ops.aten.max_pool2d_with_indices
    y, winners = run(x, *window)
    if not back:
        return lambda: run(x, *window)
    dy, run = _like(y), torch.ops.aten.max_pool2d_with_indices_backward
    return lambda: run(dy, x, *window, winners)


def _mean_pool(x: Any, *, back: bool) -> Run:
    pixels = x.shape[2] * x.shape[3]
    if not back:
        return lambda: x.mean((2, 3))
    dy = x.mean((2, 3))
    return lambda: (dy / pixels)[:, :, None, None].expand(x.shape).contiguous()


def _dropout(x: Any) -> Run:
    import torch

    return lambda: torch.nn.functional.dropout(x, 0.2, training=True)


def _uint8(shape: tuple[int, ...], channels_last: bool) -> Run:
    import torch

    x = torch.randint(0, 256, shape, dtype=torch.uint8).permute(0, 3, 1, 2)
    x = x if channels_last else x.contiguous()
    scale, shift = torch.full((shape[-1], 1, 1), 0.02), torch.full((shape[-1], 1, 1), -1.0)
    return lambda: x.to(torch.float32).mul_(scale).add_(shift)


def _cross_entropy(logits: Any) -> Run:
    import torch

    labels = torch.arange(len(logits)) % logits.shape[1]
    logits = logits.requires_grad_()

    def both() -> Any:
        loss = torch.nn.functional.cross_entropy(logits, labels)
        return torch.autograd.grad(loss, logits)

    return both


_SIMPLE: dict[str, Callable[[Any], Run]] = {
    "batch norm": lambda x: _norm(x, back=False),
    "batch norm backward": lambda x: _norm(x, back=True),
    "relu": lambda x: _relu(x, back=False),
    "relu backward": lambda x: _relu(x, back=True),
    "max-pool": lambda x: _max_pool(x, back=False),
    "max-pool backward": lambda x: _max_pool(x, back=True),
    "mean pool": lambda x: _mean_pool(x, back=False),
    "mean pool backward": lambda x: _mean_pool(x, back=True),
    "dropout": _dropout,
    "cross-entropy": _cross_entropy,
}
