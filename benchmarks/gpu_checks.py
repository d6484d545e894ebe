"""What `benchmarks.gpu` asks of a GPU before it times anything: whether the numbers are right."""

from __future__ import annotations

import copy
import inspect
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import kernels
from chainrule.kernels import REFERENCE, precision
from chainrule.layers import SingleValueError, named_parameters

Check = Iterator[tuple[str, Callable[[], Any]]]
"""A name, and what raises an error unless it holds."""

RTOL = 2e-5  # of float32 beside float64, as in tests/contract.py
UPDATES = 3


def host(x: Any) -> Any:
    """As NumPy sees it."""
    return x.get() if hasattr(x, "get") and hasattr(x, "dtype") else x


def put(x: Any) -> Any:
    import cupy

    return cupy.asarray(x) if isinstance(x, np.ndarray) else x


def wide(x: Any) -> Any:
    return x.astype(np.float64) if getattr(x, "dtype", None) == np.float32 else x


def close(got: Any, truth: Any, rtol: float = RTOL, size: float = 0.0) -> None:
    """Equal to ``rtol`` of the largest number, or of ``size``."""
    got, truth = host(got), host(truth)
    if truth is None:
        return
    scale = max(float(np.abs(truth).max(initial=0)), size)
    np.testing.assert_allclose(got, truth, rtol=rtol, atol=rtol * scale)


def contract() -> Check:
    """Every layer, loss and optimizer on the GPU, beside the CPU's definition in float64."""
    from tests.losses.cases import EACH
    from tests.optim.test_contract import OPTIMIZERS
    from tests.test_contract import LAYERS

    for case in LAYERS:
        yield f"layer {case}", lambda case=case: _layer(case)
    for each, shape in EACH:
        yield f"loss {each} {shape}", lambda each=each, shape=shape: _loss(each, shape)
    for name, build in OPTIMIZERS.items():
        yield f"optimizer {name}", lambda build=build: _optimizer(build)


def _layer(case: Any) -> None:
    layer, x = case.layer(), case.input()
    exact = copy.deepcopy(layer).astype(np.float64)
    with kernels.use("reference"):
        predicted = exact(wide(x))
        dy = case.upstream(predicted)
        truth = _passes(exact, wide(x), dy)
    on_gpu = copy.deepcopy(layer).to("gpu")
    close(on_gpu(put(x)), predicted)
    got = _passes(on_gpu, put(x), put(dy.astype(np.float32)))
    size = max((float(np.abs(a).max(initial=0)) for a in truth.values()), default=0.0)
    for path, expected in truth.items():
        close(got[path], expected, size=size)


def _passes(layer: Any, x: Any, dy: Any) -> dict[str, Any]:
    layer.clear_grads()
    try:
        y, cache = layer.forward(x)
    except SingleValueError:
        return {}
    dx = layer.backward(dy, cache)
    grads = {path: parameter.grad for path, parameter in named_parameters(layer)}
    return {"y": y, "dx": dx} | {path: grad for path, grad in grads.items() if grad is not None}


def _loss(case: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal(shape), case.targets(rng, shape)
    loss, gradient = case.loss(logits, targets)
    small = [a.astype(np.float32) if a.dtype == np.float64 else a for a in (logits, targets)]
    got, dlogits = case.loss(*map(put, small))
    close(np.asarray(float(got)), np.asarray(loss))
    close(dlogits, gradient)


def _optimizer(build: Callable[..., Any]) -> None:
    from chainrule.layers import Linear

    models = [Linear(7, 5).init(0), Linear(7, 5).init(0).to("gpu")]
    rules = [build(), build()]
    rng = np.random.default_rng(0)
    for _ in range(UPDATES):
        grads = {path: rng.standard_normal(p.shape, np.float32) for path, p in
                 named_parameters(models[0])}  # fmt: skip
        for model, rule, place in zip(models, rules, (np.asarray, put), strict=True):
            parameters = named_parameters(model)
            for path, parameter in parameters:
                parameter.grad = place(grads[path])
            rule.step(parameters)
    pairs = zip(*map(named_parameters, models), strict=True)
    for (_, one), (_, other) in pairs:
        close(other.value, one.value, rtol=1e-4)


def parity() -> Check:
    """Every kernel for GPUs beside its definition in float64, and convolutions in each format."""
    from chainrule.kernels.gpu import MODULES
    from tests.kernels.cases import CASES

    names = sorted({name for module in MODULES for name in module.__all__})
    for name in names:
        for shape in ((257, 3), (128, 64), (2, 259, 4, 3)):
            yield f"{name} {shape}", lambda name=name, shape=shape: _kernel(CASES, name, shape)
    for title, case in convolutions().items():
        for asked in ("float32", "bfloat16", "bf16x3"):
            yield f"{asked} {title}", lambda case=case, asked=asked: _convolution(*case, asked)


def _kernel(cases: Any, name: str, shape: tuple[int, ...]) -> None:
    from tests.kernels.cases import EXACT

    arguments = cases[name](np.random.default_rng(0), shape)
    with kernels.use("gpu"):
        table = kernels.of(put(np.ones(1, np.float32)))
    exact = tuple(wide(copy.deepcopy(a)) for a in arguments)
    truth = _results(getattr(REFERENCE, name)(*exact), exact)
    given = tuple(put(copy.deepcopy(a)) for a in arguments)
    got = _results(getattr(table, name)(*given), given)
    named = inspect.signature(getattr(REFERENCE, name)).bind(*arguments).arguments
    size = 0.0  # a norm's dx is a difference of numbers of this size
    if {"dy", "gamma", "var"} <= named.keys():
        size = float(np.abs(named["dy"]).max() * np.abs(named["gamma"]).max())
        size /= float(np.sqrt(named["var"].min() + named["eps"]))
    for mine, theirs in zip(got, truth, strict=True):
        if name in EXACT:
            close(mine, theirs, rtol=1e-7)
        else:
            close(mine, theirs, rtol=1e-5, size=size)


def _results(result: Any, arguments: tuple[Any, ...]) -> list[Any]:
    returned = list(result) if isinstance(result, tuple) else [result]
    return returned + [a for a in arguments if hasattr(a, "dtype")]


def convolutions() -> dict[str, Any]:
    """n, size, kernel, stride, padding, channels, outputs of some that tensor cores serve."""
    same, none = ((1, 1), (1, 1)), ((0, 0), (0, 0))
    return {
        "3x3": (32, (32, 32), (3, 3), (1, 1), same, 64, 64),
        "3x3 deep": (64, (8, 8), (3, 3), (1, 1), same, 256, 256),
        "3x3 stride 2": (32, (16, 16), (3, 3), (2, 2), same, 64, 128),
        "3x3 odd": (7, (13, 11), (3, 3), (1, 1), same, 24, 20),
        "2x2 valid": (64, (32, 32), (2, 2), (1, 1), none, 3, 24),
    }


def _convolution(
    n: int, size: Any, kernel: Any, stride: Any, padding: Any, channels: int, outputs: int,
    asked: Any,
) -> None:  # fmt: skip
    from chainrule.kernels.geometry import output_sizes

    rng = np.random.default_rng(0)
    options = stride, padding, (1, 1), 1
    x = rng.standard_normal((n, *size, channels), np.float32)
    w = rng.standard_normal((*kernel, channels, outputs), np.float32)
    oh, ow = output_sizes(size, kernel, stride, padding)
    dy = rng.standard_normal((n, oh, ow, outputs), np.float32)

    def passes(table: Any, x: Any, w: Any, dy: Any) -> list[Any]:
        return [
            table.conv2d(x, w, *options),
            table.conv2d_backward_input(dy, w, size, *options),
            table.conv2d_backward_weight(dy, x, kernel, *options),
        ]

    gx, gw, gdy = map(put, (x, w, dy))
    with precision.using(asked):
        got = passes(kernels.of(gx), gx, gw, gdy)
        rounded = asked == "bfloat16"
        truth = passes(REFERENCE, *((gx, gw, gdy) if rounded else map(wide, (gx, gw, gdy))))
    for mine, theirs in zip(got, truth, strict=True):
        close(mine, theirs, rtol=1e-5)


def gradients() -> Check:
    """Central differences of whole nets, on the GPU."""
    from chainrule.bench.nets import NETS

    for name, size in (("mlp", (64,)), ("conv", (8, 8, 3))):
        yield f"net {name}", lambda name=name, size=size: _gradcheck(NETS[name], size)


def _gradcheck(net: Any, shape: tuple[int, ...]) -> None:
    small = net.with_shape(*shape).comparable("float64")
    x, labels = small.batch(4)
    cr.gradcheck(small.model().to("gpu"), x, labels)


def resume() -> Check:
    """Trainings that go on on the other device."""
    for way in (("gpu", "cpu"), ("cpu", "gpu"), ("gpu", "gpu")):
        yield " to ".join(way), lambda way=way: _resume(*way)


def _resume(one: str, other: str) -> None:
    from chainrule.training import Checkpoint, restore

    train, test = cr.data.digits()

    def trainer(device: str, *callbacks: Any) -> Any:
        model = cr.models.mlp((8, 8, 1), (32,), 10, norm="batch", dropout=0.2)
        options: dict[str, Any] = {"device": device, "seed": 0, "callbacks": callbacks}
        return cr.Trainer(model, cr.optim.Adam(1e-3), **options)

    with tempfile.TemporaryDirectory() as folder:
        whole, first = trainer("cpu"), trainer(one, Checkpoint(folder))
        whole.fit(train, epochs=2, batch_size=64)
        first.fit(train, epochs=1, batch_size=64)
        second = trainer(other, Checkpoint(folder))
        restore(second, folder)
        second.fit(train, epochs=2, batch_size=64)
    losses = [np.asarray(each.evaluate(test).loss) for each in (whole, second)]
    close(losses[1], losses[0], rtol=1e-3)


CHECKS: dict[str, Callable[[], Check]] = {
    "contract": contract,
    "parity": parity,
    "gradients": gradients,
    "resume": resume,
}
"""In the order in which they are made: what is built on a layer is checked after it."""
