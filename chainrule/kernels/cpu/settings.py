"""Numba's settings in the environment: read before Numba, which would raise from inside or die."""

from __future__ import annotations

import os
import re

from ...errors import InputError

COUNT = "NUMBA_NUM_THREADS"

MOST = 1024
"""Threads that are believed. Where the system has no room for so many, OpenMP ends the process."""


def check_count() -> None:
    """InputError if NUMBA_NUM_THREADS is no number of threads. An empty one is as none."""
    given = os.environ.get(COUNT)
    if given is None:
        return
    if not given.strip():
        del os.environ[COUNT]  # Numba would warn of it, with a traceback
        return
    if not re.fullmatch(r"\s*\+?\d{1,9}\s*", given) or not 1 <= int(given) <= MOST:
        shown = given if len(given) <= 40 else f"{given[:40]}…"
        raise InputError(
            f"the environment variable {COUNT}: expected a whole number from 1 to {MOST}, "
            f"received {shown!r}; unset it for one thread a core"
        )


check_count()
