"""Time several programs side by side: A B A B, each in a process of its own.

While one framework works the others sleep on a pipe, so each has all cores to itself, and a
slow minute of the machine hits them all alike. The parent imports no framework: what one sets
for its threads, another would inherit.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from . import memory

T = TypeVar("T")

SETTLE = 0.02  # seconds until the threads of the last framework have fallen asleep
WARMUP = 0.5  # seconds of steps before the first that counts


Program = Callable[[Any], Callable[[], Any]]
"""What a framework's factory returns: ``program(verb)`` is the function to time."""


@dataclass(frozen=True)
class Setup:
    """How to set a framework up in its process: import ``packages``, call ``factory``, and
    run the verb ``first`` until it is warm. ``environment`` is what it sees beside ours."""

    factory: Callable[[], Program]
    packages: Sequence[str] = ()
    first: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def within(self, environment: Mapping[str, str]) -> Setup:
        """The same with these variables, too."""
        return replace(self, environment={**self.environment, **environment})


@dataclass
class Worker:
    """A framework in its process, and what it said when it was ready, or why it failed."""

    process: Any
    pipe: Connection
    ready: dict[str, float] = field(default_factory=dict)
    failure: str | None = None

    def ask(self, verb: Any, *arguments: float) -> Any:
        """What the process answers; None if it failed, now or before."""
        if self.failure is None:
            try:
                self.pipe.send((verb, *arguments))
                kind, answer = self.pipe.recv()
            except (EOFError, OSError):
                kind, answer = "failed", "its process ended"
            if kind == "ok":
                return answer
            self.failure = str(answer)
        return None


@contextlib.contextmanager
def workers(setups: Mapping[str, Setup], threads: int | None = None) -> Iterator[dict[str, Worker]]:
    """Each framework set up and warm, in a process of its own that may use ``threads`` cores.

    One that fails is there, too, with the reason in ``failure``.
    """
    context = multiprocessing.get_context("spawn")
    pool: dict[str, Worker] = {}
    try:
        for name, setup in setups.items():
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, setup), daemon=True)
            with cores(threads), _environment(setup.environment):
                process.start()
            there.close()
            pool[name] = Worker(process, here)
            pool[name].ready = pool[name].ask("start") or {}
        yield pool
    finally:
        for worker in pool.values():
            with contextlib.suppress(OSError):
                worker.pipe.close()
            worker.process.join(1)
            if worker.process.is_alive():
                worker.process.terminate()


def time_in_turns(
    pool: Mapping[str, Worker], verb: Any, seconds: float, steps: int | None = None
) -> dict[str, list[float]]:
    """Seconds of each run of ``verb``, such as "step", by every framework, taken in turns.

    A turn is about a tenth of ``seconds``, and preceded by uncounted steps that warm the caches
    up again. It ends when each has ``steps`` steps, or without ``steps``, ``seconds`` of them
    and 3 at least.
    """
    times: dict[str, list[float]] = {}
    running = [name for name, worker in pool.items() if worker.failure is None]
    while running:
        for name in running:
            done = times.setdefault(name, [])
            block = max(1, round(min(1.0, seconds / 10) / min(done))) if done else 1
            if steps is not None:
                block = max(1, min(block, steps - len(done)))
            done += pool[name].ask(verb, block) or []
            time.sleep(SETTLE)
        running = [
            name
            for name in running
            if pool[name].failure is None and not _enough(times[name], seconds, steps)
        ]
    return {name: done for name, done in times.items() if pool[name].failure is None}


def _enough(times: list[float], seconds: float, steps: int | None) -> bool:
    if steps is not None:
        return len(times) >= steps
    return sum(times) >= seconds and len(times) >= 3


def in_subprocess(function: Callable[[], T], threads: int | None = None) -> T:
    """``function()`` in a process of its own: what it imports and sets up is gone afterwards."""
    from concurrent.futures import ProcessPoolExecutor

    with cores(threads), ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function).result()


@contextlib.contextmanager
def cores(threads: int | None) -> Iterator[None]:
    """Processes started inside may use only so many cores, where the system can say so."""
    if threads is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:threads])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(pipe: Connection, setup: Setup) -> None:
    """Answer each request with ("ok", result) or ("failed", the reason in one line)."""
    program: Program | None = None
    while True:
        try:
            verb, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            if program is None:
                program, answer = _start(setup)
            elif verb == "memory":
                answer = memory.peak()
            else:
                answer = _turn(program(verb), *arguments)
            pipe.send(("ok", answer))
        except Exception as error:
            text = f"{type(error).__name__}: {error}".strip()
            pipe.send(("failed", text.splitlines()[0][:200]))


def _start(setup: Setup) -> tuple[Program, Any]:
    """The program, warm, and how long it took to get there."""
    begin = time.perf_counter()
    with _silent():
        for package in setup.packages:
            importlib.import_module(package)
    imported = time.perf_counter()
    resident = memory.now()
    program = setup.factory()
    said = {
        "import_s": imported - begin,
        "build_s": time.perf_counter() - imported,
        "resident_after_import": resident,
    }
    if setup.first is not None:
        said["first_step_s"] = _warm(program(setup.first))
    return program, said


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """What libraries log while they are imported goes nowhere; errors are raised as ever."""
    before = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _warm(step: Callable[[], Any]) -> float:
    """Seconds of the first step, which may compile. At least one more follows."""
    first, end = elapsed(step), time.perf_counter() + WARMUP
    memory.forget_peak()  # of what the first step alone needs, such as a compiler
    step()
    while time.perf_counter() < end:
        step()
    return first


def _turn(verb: Callable[[], Any], steps: int) -> list[float]:
    for _ in range(2 if elapsed(verb) <= 0.1 else 0):
        verb()
    return [elapsed(verb) for _ in range(steps)]


def elapsed(run: Callable[[], Any]) -> float:
    """How long ``run()`` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
