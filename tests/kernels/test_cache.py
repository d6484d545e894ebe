"""Compiled kernels on disk, and life without a compiler. Each test is a fresh process or two."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

# Prints what the kernel gave, and how often it was found in the cache (-1: no compiled kernel).
SCRIPT = """
import sys
if "no-numba" in sys.argv:
    sys.modules["numba"] = None  # importing it raises, looking for it finds nothing

import numpy as np
from chainrule import kernels

dy, y = np.array([1, -2, 3, -4], np.float32), np.array([1, 0, 0, 2], np.float32)
print(kernels.of(dy).relu_backward(dy, y).tolist())
print(kernels.of(dy).dropout(dy, 0.5, 2**63 + 5).tolist() if "dropout" in sys.argv else "")
loop = sys.modules.get("chainrule.kernels.cpu.activations")
stats = getattr(getattr(loop, "_relu_backward", None), "serial", None)
print(sum(stats.stats.cache_hits.values()) if hasattr(stats, "stats") else -1)
"""
# Any warning is an error, but for NumPy's about names in NPY_DISABLE_CPU_FEATURES.
STRICT = ("-W", "error", "-W", "ignore:During parsing environment variable")
RESULT = [1.0, 0.0, 0.0, -4.0]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def start(*words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *STRICT, "-c", SCRIPT, *words],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finish(process: subprocess.Popen[str]) -> tuple[str, int]:
    """(what dropout gave, hits of the cache), once the process has ended well."""
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    assert err == ""
    relu, dropout, hits = out.splitlines()
    assert relu == str(RESULT)
    return dropout, int(hits)


@pytest.fixture
def numba() -> None:
    pytest.importorskip("numba")


def entries(folder: Path) -> set[str]:
    return {path.suffix for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("numba")
def test_two_processes_may_compile_at_once(start: Start, tmp_path: Path):
    for process in (start(), start()):
        assert finish(process)[1] in (0, 1)
    assert entries(tmp_path / "cache") >= {".nbi", ".nbc"}
    assert finish(start())[1] == 1


@pytest.mark.usefixtures("numba")
@pytest.mark.parametrize(("suffix", "damage"), [(".nbi", b""), (".nbc", b"garbage")])
def test_a_damaged_cache_is_compiled_anew(start: Start, tmp_path: Path, suffix, damage):
    finish(start())
    for path in (tmp_path / "cache").rglob(f"*{suffix}"):
        path.write_bytes(damage)
    assert finish(start())[1] == 0
    assert finish(start())[1] == 1


@pytest.mark.usefixtures("numba")
def test_a_cache_that_cannot_be_written_is_done_without(start: Start, tmp_path: Path):
    (tmp_path / "file").write_text("no folder can be made below a file")
    assert finish(start(NUMBA_CACHE_DIR=str(tmp_path / "file")))[1] == 0


def test_everything_works_without_numba(start: Start):
    without, hits = finish(start("no-numba", "dropout"))
    assert hits == -1
    assert without == finish(start("dropout", NUMBA_DISABLE_JIT="1"))[0]


@pytest.mark.usefixtures("numba")
def test_loops_run_uncompiled(start: Start):
    assert finish(start("dropout", NUMBA_DISABLE_JIT="1"))[1] == -1


def test_without_locks_nothing_is_kept_that_could_be_mixed_up(tmp_path, monkeypatch, numba) -> None:
    """Two processes that save at once can give one name to two functions (numba #4807)."""
    import fcntl

    from numba.core import caching

    from chainrule import locks
    from chainrule.kernels.cpu.cache import SerialCache

    saved: list[object] = []
    monkeypatch.setattr(
        caching.FunctionCache, "save_overload", lambda self, sig, data: saved.append(sig)
    )
    monkeypatch.setattr(locks, "_known", set())
    cache = object.__new__(SerialCache)
    cache._cache_path = str(tmp_path / "kernels")
    cache.save_overload("first", None)

    def refuse(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        cache.save_overload("second", None)
        cache.save_overload("third", None)
    assert saved == ["first"]
    assert len(said) == 1 and "has no locks" in str(said[0].message)
