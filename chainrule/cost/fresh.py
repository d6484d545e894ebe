"""Arrays from the allocator alone, so that what is measured is what a step takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import compat, kernels


@contextmanager
def fresh_arrays() -> Iterator[None]:
    """Inside, no array lies in a block that an earlier step left to be used again."""
    if not compat.has_numba():
        yield
        return
    kernels.fastest()  # imports ``cpu`` under its lock
    from ..kernels.cpu import workspace

    before = workspace.shared.on
    workspace.reuse(False)
    try:
        yield
    finally:
        workspace.reuse(before)
