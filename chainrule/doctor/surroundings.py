"""What a training runs on: cores, threads, kernels and versions."""

from __future__ import annotations

import os

from .. import compat, machine
from ..cost.available import available_memory
from ..cost.words import size


def surroundings() -> list[tuple[str, str]]:
    """(name, text) rows for a person."""
    facts, versions = machine.machine(), machine.versions()
    free = available_memory()
    rows = [
        ("machine", f"{facts['cpu'] or 'unknown'}, {facts['cores']} cores usable, {facts['os']}"),
        ("memory", f"{size(free)} available" if free is not None else "unknown"),
        ("blas", _blas()),
        ("kernels", _kernels()),
    ]
    known = ("chainrule", "numpy", "numba", "blas")
    said = [f"{name} {versions[name]}" for name in known if name in versions]
    return [*rows, ("versions", ", ".join([facts["python"], *said]))]


def _blas() -> str:
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool.get("user_api") == "blas"]
    told = [
        f"{pool['internal_api']}, {pool['num_threads']} threads ({pool.get('architecture', '?')})"
        for pool in pools
    ]
    return "; ".join(told) or "unknown"


def _kernels() -> str:
    if not compat.has_numba():
        return "reference (without Numba, which makes them faster: pip install numba)"
    from ..kernels import fastest

    fastest()  # it chooses the pool of threads
    import numba

    chosen = "set by NUMBA_NUM_THREADS" if "NUMBA_NUM_THREADS" in os.environ else "one a core"
    return f"cpu, compiled by Numba; {numba.get_num_threads()} threads ({chosen})"
