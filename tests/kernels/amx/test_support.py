"""Whether tiles may be used is asked once a process, and answered without an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import get_ident

import pytest

pytest.importorskip("numba")

from chainrule.kernels import forks
from chainrule.kernels.cpu.amx import model, registers, support
from chainrule.kernels.cpu.amx.tiles import CONFIG

from .machines import HAS_TILES, needs_tiles

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def forgotten():
    support.available.cache_clear()
    yield
    support.available.cache_clear()


@pytest.mark.parametrize("part", ["_has_tiles", "_compiles_tiles", "_allowed"])
@pytest.mark.parametrize("answer", [False, OSError("no such call")])
def test_any_doubt_is_a_no(monkeypatch, part, answer):
    def asked():
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(support, part, asked)
    assert support.available() is False
    assert registers.usable() is False
    with pytest.raises(RuntimeError, match="no AMX tiles"):
        registers.maker()


def test_it_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr(support, "_has_tiles", lambda: asked.append(1) or False)
    assert not support.available() and not support.available()
    assert asked == [1]


def test_a_test_may_ask_for_the_model():
    with registers.modelled():
        assert registers.usable()
        assert registers.maker()().shape == model.registers().shape
    assert registers.usable() == HAS_TILES
    if HAS_TILES:
        assert registers.maker()() is CONFIG


def run(program: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


CONVOLVED = """
import numpy as np
from chainrule import kernels
from chainrule.kernels import precision
from chainrule.kernels.cpu.amx import support
x = np.arange(2 * 6 * 6 * 4, dtype=np.float32).reshape(2, 6, 6, 4)
w = np.ones((3, 3, 4, 4), np.float32)
options = (1, 1), ((1, 1), (1, 1)), (1, 1), 1
def convolved():
    with precision.using("bfloat16"):
        return kernels.of(x).conv2d(x, w, *options)
"""


def test_code_for_another_cpu_has_no_tiles():
    """LLVM would end the process at the first of them."""
    program = "from chainrule.kernels.cpu.amx import support; print(support.available())"
    assert run(program, NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="+sse2") == "False\n"


@needs_tiles
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_a_forked_child_has_tiles_too():
    program = CONVOLVED + (
        "import os\n"
        "y = convolved()\n"
        "if (child := os.fork()) == 0:\n"
        "    os._exit(0 if support.available() and (convolved() == y).all() else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    assert run(program) == "0\n"


def test_nothing_is_compiled_where_numba_compiles_nothing(monkeypatch):
    monkeypatch.setattr(support.config, "DISABLE_JIT", True)
    assert support.available() is False


def test_no_fork_falls_into_the_question(monkeypatch):
    """Numba may import the rest of itself then, as in the first call of a loop."""
    inside = []
    monkeypatch.setattr(
        support, "_has_tiles", lambda: inside.append(get_ident() in forks._inside) or False
    )
    assert support.available() is False
    assert inside == [True]
