"""Where the time of a training step goes: layer by layer, and kernel by kernel."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from .. import kernels
from ..errors import InputError
from ..layers import Layer, Sequential, fusion, named_parameters
from ..types import Array
from .contestants.ours import Ours
from .nets import Net


@dataclass
class Spent:
    """Milliseconds of one step, and of them those outside of all kernels."""

    ms: float
    python: float


def profile(net: Net, batch_size: int, *, steps: int = 10) -> dict[str, Any]:
    """Median milliseconds of one step, for JSON and `tables.profile`.

    ``layers``   forward and backward of each layer, or of each run of layers that one kernel
                 does together
    ``parts``    forward, loss, backward, update
    ``kernels``  by name and shape of the first array, with the number of calls

    Of layers and parts ``python`` is what was spent outside of all kernels. ``unwatched`` is a
    step without these clocks.
    """
    ours = Ours(net, batch_size)
    if not isinstance(ours.model, Sequential):
        raise InputError(f"{net.name}: expected a Sequential to take apart")
    for _ in range(3):
        ours.step()
    clock = _Clock()
    with clock.every_kernel():
        for _ in range(steps):
            _step(ours, ours.model, clock)
    plain = []
    for _ in range(steps):
        start = perf_counter()
        ours.step()
        plain.append(perf_counter() - start)
    head = {"net": net.name, "title": net.title, "batch_size": batch_size, "steps": steps}
    return head | clock.record(steps) | {"unwatched": round(1e3 * statistics.median(plain), 4)}


def _step(ours: Ours, model: Sequential, clock: _Clock) -> None:
    """``Ours.step`` with the loops of ``Sequential`` spelled out."""
    with clock.time("parts", "forward"):
        logits, passed = _forward(model.layers, ours.x, clock)
    with clock.time("parts", "loss"):
        _, dlogits = ours.criterion(logits, ours.labels)
    with clock.time("parts", "backward"):
        _backward(model.layers, dlogits, passed, clock)
    with clock.time("parts", "update"):
        ours.optimizer.step(ours.parameters)


def _forward(
    layers: Sequence[Layer], x: Array, clock: _Clock
) -> tuple[Array, list[tuple[int, Any, Any]]]:
    """The logits; and for each layer or run its place, itself and its cache."""
    passed: list[tuple[int, Any, Any]] = []
    i = 0
    while i < len(layers):
        step: Any = fusion.find(layers, i, x) or layers[i]
        with clock.time("forward", _name(i, step)):
            x, cache = step.forward(x)
        passed.append((i, step, cache))
        i += len(step.kinds) if isinstance(step, fusion.FusedLayers) else 1
    return x, passed


def _backward(
    layers: Sequence[Layer], dy: Array, passed: list[tuple[int, Any, Any]], clock: _Clock
) -> None:
    first = next(i for i, layer in enumerate(layers) if named_parameters(layer))
    while passed:
        i, step, cache = passed.pop()
        with clock.time("backward", _name(i, step)):
            if i > first:
                dy = step.backward(dy, cache)
            elif i == first:
                step.backward_parameters(dy, cache)
        del step, cache  # an activation is freed once it is spent


def _name(i: int, step: Any) -> str:
    if isinstance(step, fusion.FusedLayers):
        return f"{i} {' + '.join(type(layer).__name__ for layer in step.layers)}"
    return f"{i} {' '.join(repr(step).split())[:44]}"


class _Clock:
    """Adds up what is spent in which group under which name, and how much of it in kernels."""

    def __init__(self) -> None:
        self.spent: dict[str, dict[str, list[Spent]]] = defaultdict(lambda: defaultdict(list))
        self.calls: dict[str, list[float]] = defaultdict(list)
        self.inside = 0.0  # seconds in kernels so far

    @contextmanager
    def time(self, group: str, name: str) -> Iterator[None]:
        start, inside = perf_counter(), self.inside
        yield
        seconds = perf_counter() - start
        kernel = self.inside - inside
        self.spent[group][name].append(Spent(1e3 * seconds, 1e3 * (seconds - kernel)))

    @contextmanager
    def every_kernel(self) -> Iterator[None]:
        """While the block runs, every kernel that is called through the table is timed."""
        table = {name: self._timed(name, f) for name, f in vars(kernels.fastest()).items()}
        with kernels.use(cast(kernels.Kernels, SimpleNamespace(**table))):
            yield

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            start = perf_counter()
            result = function(*arguments, **options)
            seconds = perf_counter() - start
            shape = next((a.shape for a in arguments if isinstance(a, np.ndarray)), ())
            self.calls[f"{name} {'x'.join(map(str, shape))}"].append(seconds)
            self.inside += seconds
            return result

        return run

    def record(self, steps: int) -> dict[str, Any]:
        layers = []
        for name, forward in self.spent["forward"].items():
            back = self.spent["backward"][name]
            row = {"layer": name, "forward": _median(forward), "backward": _median(back)}
            layers.append(row | {"python": round(_python(forward) + _python(back), 4)})
        parts = {
            name: {"ms": _median(spent), "python": round(_python(spent), 4)}
            for name, spent in self.spent["parts"].items()
        }
        by_kernel = [
            {
                "kernel": name,
                "ms": round(1e3 * sum(seconds) / steps, 4),
                "calls": round(len(seconds) / steps),
            }
            for name, seconds in self.calls.items()
        ]
        by_kernel.sort(key=lambda row: -cast(float, row["ms"]))
        return {"layers": layers, "parts": parts, "kernels": by_kernel}


def _median(spent: list[Spent]) -> float:
    return round(statistics.median(one.ms for one in spent), 4)


def _python(spent: list[Spent]) -> float:
    return statistics.median(one.python for one in spent)
