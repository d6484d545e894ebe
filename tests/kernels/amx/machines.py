"""The two machines that kernels on tiles run on: the software model, and a CPU that has tiles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("numba")

from chainrule.kernels.cpu.amx import registers, support

HAS_TILES = support.available()
needs_tiles = pytest.mark.skipif(not HAS_TILES, reason="this CPU or its system has no AMX tiles")
each_machine = pytest.mark.parametrize("machine", ["model", pytest.param("cpu", marks=needs_tiles)])


@contextmanager
def running_on(machine: str) -> Iterator[None]:
    if machine == "cpu":
        yield
    else:
        with registers.modelled():
            yield
