"""Whether this process may use AMX tiles: the CPU has them, and Linux lets it.

The registers are 8 KB a thread, so Linux hands them out only to processes that ask.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

from numba import config

from ... import forks

NEEDED = ("amx-tile", "amx-bf16")
ARCH_PRCTL, REQUEST, TILE_DATA = 158, 0x1023, 18  # arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA)


@cache
def available() -> bool:
    """Asked once a process, also once a forked one; never raises.

    Not so either if Numba is told to compile for less than this CPU (NUMBA_CPU_FEATURES), where
    LLVM would end the process at the first tile instruction, or nothing (NUMBA_DISABLE_JIT).
    """
    try:
        with forks.quiet():  # Numba may import the rest of itself
            return not config.DISABLE_JIT and _has_tiles() and _compiles_tiles() and _allowed()
    except Exception:  # whatever is missing here: the CPU does without
        return False


def _has_tiles() -> bool:
    from llvmlite import binding

    if not sys.platform.startswith("linux") or sys.maxsize < 1 << 32:
        return False
    features = binding.get_host_cpu_features()
    return all(features.get(name, False) for name in NEEDED)


def _compiles_tiles() -> bool:
    from numba.core.registry import cpu_target

    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return all(f"+{name}" in features.split(",") for name in NEEDED)


def _allowed() -> bool:
    return bool(ctypes.CDLL(None, use_errno=True).syscall(ARCH_PRCTL, REQUEST, TILE_DATA) == 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=available.cache_clear)
