"""Time several programs side by side: A B A B, each in a process of its own, medians of steps.

While one contestant works the others sleep on a pipe, so each has all cores to itself, and a
slow minute of the machine hits them all alike.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Step = Callable[[], Any]
T = TypeVar("T")


def contest(
    contestants: Mapping[str, Callable[[], Step]], *, steps: int, block: int, warmup: int = 50
) -> dict[str, list[float]]:
    """Seconds of each of ``steps`` steps for each contestant, taken in turns of ``block`` steps.

    The parent imports no contestant: what one sets for its threads, another would inherit.
    A contestant is an importable function that sets up and returns ``step``. The first three
    steps of each turn, which warm the caches up again, are not counted.
    """
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    processes = []
    for name, factory in contestants.items():
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, factory), daemon=True)
        process.start()
        pipes[name] = here
        processes.append(process)
        _ask(here, warmup)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    while min(map(len, times.values())) < steps:
        for name, pipe in pipes.items():
            times[name] += _ask(pipe, block + 3)[3:]
            time.sleep(0.02)  # let the threads of the last one fall asleep
    for pipe in pipes.values():
        pipe.send(0)
    for process in processes:
        process.join()
    return times


def apart(function: Callable[[], T]) -> T:
    """``function()`` in a process of its own: what it imports and sets up is gone afterwards."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function).result()


def _ask(pipe: Connection, steps: int) -> list[float]:
    pipe.send(steps)
    answer = pipe.recv()
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return list(answer)


def _work(pipe: Connection, factory: Callable[[], Step]) -> None:
    step = factory()
    while steps := pipe.recv():
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        pipe.send(times)


def summary(times: list[float], images: int) -> dict[str, float]:
    """Median and quartiles of the step in milliseconds, and images a second at the median."""
    low, middle, high = statistics.quantiles(times, n=4)
    return {
        "steps": len(times),
        "median_ms": round(1e3 * middle, 4),
        "quartile_1_ms": round(1e3 * low, 4),
        "quartile_3_ms": round(1e3 * high, 4),
        "images_per_second": round(images / middle, 1),
    }
