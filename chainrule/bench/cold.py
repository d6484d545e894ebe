"""How long until a framework has learned for the first time, with nothing compiled before."""

from __future__ import annotations

import statistics
import tempfile

from .nets import Net
from .options import BenchOptions, Say
from .tables import table
from .timing import time_in_turns, workers

CACHES = ("NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")


def cold(net: Net, options: BenchOptions, say: Say) -> dict[str, dict[str, float]]:
    """For each who can run, one after the other, each with empty caches of compiled code:

    ``start_s``    from importing the framework to the end of the first step
    ``compile_s``  by how much the first step was longer than a later one

    Python's own byte code is there, as after an installation.
    """
    rows = {}
    for name, setup in options.setups(net).items():
        say(f"{net.name}: {name}, cold")
        with (
            tempfile.TemporaryDirectory() as folder,
            workers({name: setup.within(dict.fromkeys(CACHES, folder))}, options.threads) as pool,
        ):
            times = time_in_turns(pool, "step", seconds=0, steps=3)
            ready = pool[name].ready
        if name in times:
            first = ready["first_step_s"]
            rows[name] = {
                "start_s": round(ready["import_s"] + ready["build_s"] + first, 2),
                "compile_s": round(max(0.0, first - statistics.median(times[name])), 2),
            }
    columns = {"start s": "{start_s:.1f}", "compiling s": "{compile_s:.1f}"}
    say("\n".join(["", *table("nothing compiled before", columns, rows), ""]))
    return rows
