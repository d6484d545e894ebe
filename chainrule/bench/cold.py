"""How long until a framework has learned for the first time, with nothing compiled before."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence

from .frameworks import Framework
from .nets import Net
from .timing import compare, workers

CACHES = ("NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")


def cold(
    net: Net,
    frameworks: Sequence[Framework],
    *,
    batch_size: int,
    threads: int,
    say: Callable[[str], None] = print,
) -> dict[str, dict[str, float]]:
    """For each who can run, one after the other, each with empty caches of compiled code:

    ``start_s``    from importing the framework to the end of the first step
    ``compile_s``  by how much the first step was longer than a later one

    Python's own byte code is there, as after an installation.
    """
    rows = {}
    for framework in frameworks:
        if framework.unfit(net):
            continue
        say(f"{net.name}: {framework.name}, cold")
        entries = {framework.name: framework.entry(net, batch_size, threads)}
        with (
            tempfile.TemporaryDirectory() as folder,
            workers(entries, threads, dict.fromkeys(CACHES, folder)) as taken,
        ):
            times = compare(taken, "step", seconds=0, steps=3)
            ready = taken[framework.name].ready
        if framework.name in times:
            first = ready["first_step_s"]
            start = ready["import_s"] + ready["build_s"] + first
            later = statistics.median(times[framework.name])
            rows[framework.name] = {
                "start_s": round(start, 2),
                "compile_s": round(max(0.0, first - later), 2),
            }
    return rows
