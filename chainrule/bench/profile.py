"""Where the time of a training step goes: layer by layer, and kernel by kernel."""

from __future__ import annotations

import functools
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from .. import kernels
from ..kernels.precision import Precision, using
from ..layers import Layer, fusion, named_parameters
from . import tables
from .frameworks.ours import Ours
from .nets import Net
from .options import BenchOptions, Say
from .timing import elapsed, in_subprocess

MS, SHARE, PYTHON = {"ms": "{ms:.3f}"}, {"share": "{share:.1%}"}, {"Python ms": "{python:.3f}"}
BOTH = {"forward ms": "{forward:.3f}", "backward ms": "{backward:.3f}"}

Spent = tuple[float, float]
"""Milliseconds of one step, and of them those outside of all kernels."""


def profile(options: BenchOptions, say: Say) -> Iterator[dict[str, Any]]:
    """The record of each net, measured in a process of its own."""
    for net in options.nets:
        measure = functools.partial(
            measured, net, options.batch_size, options.steps or 10, options.precision
        )
        record = in_subprocess(measure, options.threads)
        say(f"{table(record)}\n")
        yield record


def measured(
    net: Net, batch_size: int, steps: int, precision: Precision = "float32"
) -> dict[str, Any]:
    """Median milliseconds of one step.

    ``layers``   forward and backward of each layer, or of each run of layers that one kernel
                 does together
    ``parts``    forward, loss, backward, update
    ``kernels``  by name and shape of the first array, with the number of calls

    Of layers and parts ``python`` is what was spent outside of all kernels. ``unwatched`` is a
    step without these clocks.
    """
    ours = Ours(net, batch_size, precision=precision)
    for _ in range(3):
        ours.step()
    clock = _Clock()
    with clock.every_kernel(), using(precision):
        for _ in range(steps):
            _step(ours, ours.model.layers, clock)
    plain = statistics.median(elapsed(ours.step) for _ in range(steps))
    head = {"net": net.name, "title": net.title, "batch_size": batch_size, "steps": steps}
    head["precision"] = precision
    return head | clock.record(steps) | {"unwatched": round(1e3 * plain, 4)}


def _step(ours: Ours, layers: Sequence[Layer], clock: _Clock) -> None:
    """``Ours.step`` with the loops of ``Sequential`` spelled out."""
    passed: list[tuple[int, Any, Any]] = []  # each layer or run: its place, itself, its cache
    first = next(i for i, layer in enumerate(layers) if named_parameters(layer))
    x, i = ours.x, 0
    with clock.time("parts", "forward"):
        while i < len(layers):
            step: Any = fusion.find(layers, i, x) or layers[i]
            with clock.time("forward", _name(i, step)):
                x, cache = step.forward(x)
            passed.append((i, step, cache))
            i += len(step.kinds) if isinstance(step, fusion.FusedLayers) else 1
    with clock.time("parts", "loss"):
        _, dy = ours.criterion(x, ours.labels)
    with clock.time("parts", "backward"):
        while passed and passed[-1][0] >= first:
            i, step, cache = passed.pop()
            with clock.time("backward", _name(i, step)):
                if i > first:
                    dy = step.backward(dy, cache)
                else:
                    step.backward_parameters(dy, cache)
            del step, cache  # an activation is freed once it is spent
    with clock.time("parts", "update"):
        ours.optimizer.step(ours.parameters)


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
        ms, kernels_ms = 1e3 * (perf_counter() - start), 1e3 * (self.inside - inside)
        self.spent[group][name].append((ms, ms - kernels_ms))

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
            spent = perf_counter() - start
            shape = next((a.shape for a in arguments if isinstance(a, np.ndarray)), ())
            self.calls[f"{name} {'x'.join(map(str, shape))}"].append(spent)
            self.inside += spent
            return result

        return run

    def record(self, steps: int) -> dict[str, Any]:
        layers, parts = [], {}
        for name, forward in self.spent["forward"].items():
            (ms, python), (back, more) = map(_median, (forward, self.spent["backward"][name]))
            row = {"layer": name, "forward": ms, "backward": back}
            layers.append(row | {"python": round(python + more, 4)})
        for name, spent in self.spent["parts"].items():
            parts[name] = dict(zip(("ms", "python"), _median(spent), strict=True))
        totals = {name: (1e3 * sum(each), len(each)) for name, each in self.calls.items()}
        by_kernel = [
            {"kernel": name, "ms": round(ms / steps, 4), "calls": round(calls / steps)}
            for name, (ms, calls) in sorted(totals.items(), key=lambda total: -total[1][0])
        ]
        return {"layers": layers, "parts": parts, "kernels": by_kernel}


def _median(spent: list[Spent]) -> tuple[float, float]:
    """Milliseconds, and of them those outside of all kernels."""
    ms, python = (round(statistics.median(each), 4) for each in zip(*spent, strict=True))
    return ms, python


def table(record: dict[str, Any]) -> str:
    """Where the time of a step goes: by layer, by part, by kernel."""
    total = sum(part["ms"] for part in record["parts"].values())
    layers = {
        row["layer"][:45]: row | {"share": (row["forward"] + row["backward"]) / total}
        for row in record["layers"]
    }
    parts = {name: part | {"share": part["ms"] / total} for name, part in record["parts"].items()}
    kernels = {row["kernel"]: row | {"share": row["ms"] / total} for row in record["kernels"]}
    kernels = {name: row for name, row in kernels.items() if row["share"] >= 0.001}
    precision = record.get("precision", "float32")
    lines = [
        f"{record['title']}, batch {record['batch_size']}, {precision}: one step, median of "
        f"{record['steps']}; Python is what was spent outside of kernels",
        "",
        *tables.table("layer", BOTH | SHARE | PYTHON, layers),
        "",
        *tables.table("part", MS | SHARE | PYTHON, parts),
        "",
        *tables.table("kernel, first array", MS | {"calls": "{calls}"} | SHARE, kernels),
        "",
        f"a step takes {record['unwatched']:.3f} ms without these clocks, {total:.3f} with them",
    ]
    return "\n".join(lines)
