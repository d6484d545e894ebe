"""As many threads as this rank has cores: ranks of one host would else take every core each."""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Sequence

from .. import machine
from .group import Group

Cores = tuple[str, Sequence[int], int]
"""A host, the cores that a rank may use, and how many of them at a time."""


def share_cores(group: Group) -> int:
    """Give this process its share of the cores, and return how many threads that makes.

    Ranks that the launcher bound to cores of their own have these; ranks that see the same cores
    share them. What the environment says of threads (OMP_NUM_THREADS, NUMBA_NUM_THREADS, …) stands.
    """
    mine = (platform.node(), _affinity(), machine.usable_cores())
    ranks = group.exchange(mine)
    count = share_of(group.rank, ranks)
    group.crowded = crowded(ranks)
    machine.limit_cores(count)
    if not any(os.environ.get(name) for name in machine.THREAD_SETTINGS["products"]):
        import threadpoolctl

        threadpoolctl.threadpool_limits(count, "blas")
    if not any(os.environ.get(name) for name in machine.THREAD_SETTINGS["loops"]):
        os.environ["NUMBA_NUM_THREADS"] = str(count)
        if "numba" in sys.modules:
            import numba

            numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))
    return count


def share_of(rank: int, ranks: Sequence[Cores]) -> int:
    """Cores of ``rank``: each that it may use, over how many ranks of its host may use it; and its
    share of what the host allows at a time.

    >>> share_of(0, [("a", [0, 1, 2, 3], 4), ("a", [0, 1, 2, 3], 4), ("b", [0], 1)])
    2
    >>> share_of(0, [("a", [0, 1], 2), ("a", [2, 3], 2)])
    2
    """
    host, own, limit = ranks[rank]
    neighbors = [set(cores) for name, cores, _ in ranks if name == host]
    share = sum(1 / sum(core in each for each in neighbors) for core in own)
    bound = limit if limit >= len(own) else limit / len(neighbors)
    return max(1, math.floor(min(share, bound) + 1e-9))


def crowded(ranks: Sequence[Cores]) -> str:
    """What to say of a host with more ranks than cores; "" if there is none.

    >>> crowded([("a", [0], 1), ("a", [1], 1)]), crowded([("a", [0], 1)] * 3)
    ('', '3 ranks share a core of a: start no more ranks than cores')
    """
    for host in dict.fromkeys(name for name, *_ in ranks):
        here = [(set(cores), limit) for name, cores, limit in ranks if name == host]
        quotas = [limit for cores, limit in here if limit < len(cores)]
        cores = min(len(set().union(*(own for own, _ in here))), *quotas, len(ranks))
        if len(here) > cores:
            shared = "a core" if cores == 1 else f"{cores} cores"
            return f"{len(here)} ranks share {shared} of {host}: start no more ranks than cores"
    return ""


def _affinity() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
