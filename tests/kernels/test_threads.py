"""Settings of Numba that cannot be served: one line, before the first loop."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

SCRIPT = """
import warnings
import numpy as np
from chainrule import kernels
from chainrule.errors import InputError
x = np.ones(1 << 18, np.float32)
try:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        print(kernels.of(x).add(x, x)[0])
    print(*(warning.message for warning in told), sep="\\n")
except InputError as error:
    print(error)
"""


def run(**variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("count", ["0", "-3", "abc", "1e3", "2.0", "99999999999", "100000"])
def test_a_number_of_threads_that_is_none(count):
    (line,) = run(NUMBA_NUM_THREADS=count)
    assert line.startswith("the environment variable NUMBA_NUM_THREADS: expected a whole number")
    assert repr(count) in line


@pytest.mark.parametrize("count", ["", " 1 "])
def test_a_number_of_threads_that_is_one(count):
    assert run(NUMBA_NUM_THREADS=count) == ["2.0", ""]


@pytest.mark.parametrize(
    ("name", "value"),
    [("THREADING_LAYER", "nonsense"), ("THREADING_LAYER_PRIORITY", "omp")],
)
def test_a_threading_layer_that_is_not_there_is_replaced(name, value):
    first, told = run(**{f"NUMBA_{name}": value})
    assert first == "2.0"
    assert told.startswith(f"Numba has no threading layer as asked for (NUMBA_{name}={value})")
