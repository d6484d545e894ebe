"""A fault is planted in a module that is imported already, and its tests have an outcome."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import planting

ROOT = Path(__file__).resolve().parents[1]

SOURCE = """
from contextlib import contextmanager

class Layer:
    limit = 3
    size = 4

    def forward(self, x, y=5, *, z=6):
        return [
            self.size * x + i for i in range(y + z)
        ]

    @property
    def shape(self):
        return (super().__sizeof__() > 0, 7)

    @classmethod
    def build(cls):
        return cls().size + 8

@contextmanager
def nothing(x=9):
    yield x + Layer.limit

def found():
    with nothing() as n:
        layer = Layer()
        return n, layer.forward(1), layer.shape, Layer.build(), layer.size
"""


@pytest.mark.parametrize("number", range(3, 10))
def test_a_module_takes_over_bodies_defaults_and_plain_values(number, tmp_path):
    """And its functions and classes stay the same objects, which others have imported."""
    changed = SOURCE.replace(f"{number}", "1", 1).replace("return [\n", "return [")
    modules = []
    for source in (SOURCE, changed):
        module = ModuleType("planted")
        module.__file__ = str(tmp_path / "planted.py")
        exec(compile(source, module.__file__, "exec"), vars(module))
        modules.append(module)
    live, fresh = modules
    held, layer, before = live.found, live.Layer, live.found()
    assert planting.take_over(live, changed)
    assert held() == fresh.found() != before
    assert live.found is held and live.Layer is layer


def test_a_constant_of_a_module_is_not_taken_over(tmp_path):
    """A test may have it from its collection, and would compare it with the other."""
    module = ModuleType("planted")
    module.__file__ = str(tmp_path / "planted.py")
    exec("LIMIT = 3\n", vars(module))
    assert not planting.take_over(module, "LIMIT = 4\n")
    assert module.LIMIT == 3


BUSY = "from benchmarks.planting import limit_processor; limit_processor(0)\nwhile True: pass"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("raise SystemExit(0)", "survived"),
        ("raise SystemExit(5)", "survived"),  # no test was chosen
        ("raise SystemExit(1)", "failed"),
        ("import os; os.abort()", "failed"),
        (BUSY, "timeout"),
    ],
)
def test_outcomes(code, outcome):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", code], environment)
    assert planting.end(child, limit=0.5 if code == BUSY else 60)[0] == outcome
