"""Tests of many mutants of a module after one collection: each in a fork of that process."""

from __future__ import annotations

import gc
import inspect
import os
import resource
import signal
import sys
import time
from dataclasses import is_dataclass
from types import FunctionType, ModuleType
from typing import Any

import pytest

WAIT = 30  # times the limit by the clock: one that waits for ever uses no processor time
PLAIN = (bool, int, float, str, tuple)


class Planter:
    """A pytest plugin: instead of one run of the collected tests, one for each of ``sources``.

    Before a run the module takes over what it has in that source (`take_over`). The outcomes are
    written to the descriptor ``pipe``, a line each: "failed", "survived", or "timeout" after
    ``limit`` seconds of processor time.
    """

    def __init__(self, module: str, sources: list[str], limit: float, pipe: int) -> None:
        self.module, self.sources, self.limit, self.pipe = module, sources, limit, pipe
        self.noticed = -1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """None in the forks: the tests run there, those first that noticed other changes."""
        gc.freeze()  # a collection in a fork would copy what it shares
        for source in self.sources:
            reading, self.noticed = os.pipe()
            child = os.fork()
            if child == 0:
                limit_processor(self.limit)
                if not take_over(sys.modules[self.module], source):
                    os._exit(0)
                return None
            os.close(self.noticed)
            outcome, _ = end(child, self.limit)
            os.write(self.pipe, f"{outcome}\n".encode())
            with os.fdopen(reading) as lines:
                noticed = lines.read().splitlines()
            session.items.sort(key=lambda item: item.nodeid not in noticed)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self.noticed, f"{report.nodeid}\n".encode())


def take_over(module: ModuleType, source: str) -> bool:
    """Give functions, methods, defaults and values of classes in ``module`` what ``source`` says.

    It is imported already, and other modules hold its classes: they stay, and so does what was
    computed from them then, such as registries. Who finds that nothing is noticed has to import
    the source to be sure. False for another constant of the module, which tests that have been
    collected may hold: only an import plants that.
    """
    fresh = ModuleType(module.__name__)
    for name in ("__file__", "__package__", "__path__", "__spec__"):
        if hasattr(module, name):
            setattr(fresh, name, getattr(module, name))
    exec(compile(source, str(module.__file__), "exec"), vars(fresh))
    old = vars(module)
    if any(isinstance(v, PLAIN) and v != old.get(name) for name, v in vars(fresh).items()):
        return False
    _replace(module, fresh, module)
    return True


def _replace(live: Any, fresh: Any, module: ModuleType) -> None:
    for name, value in vars(fresh).items():
        old = vars(live).get(name)
        one, other = _function(old), _function(value)
        if one and other and other.__code__.co_filename == module.__file__:
            one.__code__, one.__defaults__ = other.__code__, other.__defaults__
            one.__kwdefaults__ = other.__kwdefaults__
        elif isinstance(value, type):
            if value.__module__ == module.__name__ and isinstance(old, type):
                _replace(old, value, module)
        elif (isinstance(value, PLAIN) or is_dataclass(value)) and value != old:
            setattr(live, name, value)


def _function(thing: Any) -> FunctionType | None:
    """The function in a method or getter, under its decorators."""
    thing = thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)
    thing = inspect.unwrap(thing) if callable(thing) else thing
    return thing if isinstance(thing, FunctionType) else None


def limit_processor(seconds: float) -> None:
    """Kill this process when it has used as much processor time from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    whole = int(seconds + used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))


def end(child: int, limit: float) -> tuple[str, float]:
    """The outcome of the tests that run in the process ``child``, and its processor seconds."""
    late = time.monotonic() + WAIT * limit
    while not (ended := os.wait4(child, os.WNOHANG))[0]:
        if time.monotonic() > late:
            os.kill(child, signal.SIGKILL)
            os.wait4(child, 0)
            return "timeout", limit
        time.sleep(0.005)
    code, seconds = os.waitstatus_to_exitcode(ended[1]), ended[2].ru_utime + ended[2].ru_stime
    if code in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        return "survived", seconds
    late_signals = (-signal.SIGXCPU, -signal.SIGKILL)
    return "timeout" if code in late_signals and seconds >= limit else "failed", seconds
