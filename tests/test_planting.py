"""A fault that stands in a function's body is planted in the functions that are there already."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

planting = pytest.importorskip("benchmarks.planting")
ROOT = Path(__file__).resolve().parents[1]

SOURCE = """
LIMIT = 3

class Layer:
    size = 4

    def forward(self, x, y=5):
        return [
            x + i for i in range(y)
        ]

    @property
    def shape(self):
        return (self.size, 6)

def double(x):
    def inner():
        return x * 2
    return inner()
"""


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("x + i for i in range(y)\n        ]", "x - i for i in range(y)]", ["Layer.forward"]),
        ("6", "7", ["Layer.shape"]),
        ("x * 2", "x / 2", ["double"]),
        ("# a comment", "", []),
        ("LIMIT = 3", "LIMIT = 4", None),
        ("size = 4", "size = 5", None),
        ("y=5", "y=6", None),
    ],
)
def test_which_functions_a_change_is_in(before, after, names):
    codes = (compile(text, "m", "exec") for text in (SOURCE, SOURCE.replace(before, after)))
    found = planting.changed_functions(*codes)
    assert (None if found is None else [old.co_qualname for old, _ in found]) == names


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
