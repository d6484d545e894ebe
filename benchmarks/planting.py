"""Tests of many mutants of a module after one collection: each in a fork of that process."""

from __future__ import annotations

import gc
import os
import resource
import signal
import time
from inspect import CO_OPTIMIZED
from types import CodeType, FunctionType

import pytest

WAIT = 30  # times the limit by the clock: one that waits for ever uses no processor time


class Planter:
    """A pytest plugin: instead of one run of the collected tests, one for each of ``sources``.

    Before a run the functions of the module in ``file`` get the code that they have in that source.
    The outcomes are written to the descriptor ``pipe``, a line each: "failed", "survived",
    "timeout" after ``limit`` seconds of processor time, or "unplanted" where a change is not in a
    function's body but in what the module does when it is imported.
    """

    def __init__(self, file: str, original: str, sources: list[str], limit: float, pipe: int):
        self.file, self.original, self.sources = file, original, sources
        self.limit, self.pipe, self.noticed = limit, pipe, -1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """None in the forks: the tests run there, those first that noticed other changes."""
        functions: dict[CodeType, list[FunctionType]] = {}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename == self.file:
                functions.setdefault(thing.__code__, []).append(thing)
        for source in self.sources:
            codes = [compile(text, self.file, "exec") for text in (self.original, source)]
            planned = changed_functions(*codes) or []
            found = bool(planned) and all(old in functions for old, _ in planned)
            if not found and source != self.original:
                os.write(self.pipe, b"unplanted\n")
                continue
            reading, self.noticed = os.pipe()
            child = os.fork()
            if child == 0:
                for old, new in planned:
                    for function in functions[old]:
                        function.__code__ = new
                limit_processor(self.limit)
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


def changed_functions(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """The functions outside of others whose code differs; None if anything else does."""
    if old.co_flags & CO_OPTIMIZED:
        return [] if _own(old, deep=True) == _own(new, deep=True) else [(old, new)]
    if _own(old) != _own(new):
        return None
    pairs = []
    for one, other in zip(_inner(old), _inner(new), strict=True):
        found = changed_functions(one, other)
        if found is None:
            return None
        pairs += found
    return pairs


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _own(code: CodeType, deep: bool = False) -> tuple[object, ...]:
    """What ``code`` does, whatever the lines that it stands in."""
    constants = [repr(c) for c in code.co_consts if not isinstance(c, CodeType)]
    inner = [_own(c, deep) if deep else None for c in _inner(code)]
    return code.co_name, code.co_code, code.co_names, code.co_varnames, constants, inner
