"""How training scales over MPI ranks: measured for 1 and 2 here, and on paper for 8 hosts.

    python -m benchmarks.scaling [--quick]

Times whole steps of three nets with K ranks of one thread, and with one rank of two threads: by
part, with the bytes that each rank sends, and all-reduces by themselves. Fits
`benchmarks.scaling_model` and writes results/scaling.json, of which
``python tools/scaling_page.py`` makes docs/scaling.md. Needs the extra ``mpi``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import chainrule as cr
from benchmarks.scaling_model import Network, Step, errors, fit
from chainrule.bench import record
from chainrule.bench.nets import NETS
from chainrule.distributed import Group, world
from chainrule.distributed.timeline import Timeline

RESULTS = Path(__file__).resolve().parents[1] / "results"
BATCHES = {"mlp": (128, 512, 2048), "conv": (32, 64, 128), "vgg": (16, 32, 64)}
STEPS = {"mlp": 50, "conv": 20, "vgg": 10}
SIZES = (1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22)
WARM, ROUNDS = 3, 2
HOSTS, CORES = (1, 2, 4, 8), 16
NETWORKS = (Network("10 Gb Ethernet", 30e-6, 1.1e9), Network("100 Gb InfiniBand", 2e-6, 11e9))
"""Latency and bandwidth that MPI reaches on them, to the order of magnitude."""
COMPUTE = ("forward", "backward", "update")
EXPOSED = ("wait for gradients", "sum of losses and statistics")


def worker(net: str, batch: int, steps: int) -> None:
    """What each rank does; rank 0 prints what was measured."""
    group = world()
    x, labels = NETS[net].batch(batch)
    trainer = cr.Trainer(NETS[net].model(), cr.optim.Adam(1e-3), group=group)
    for _ in range(WARM):
        trainer.train_step(x, labels)
    rows = []
    for _ in range(steps):
        timeline = Timeline(group)
        trainer.replica.record(timeline)
        before, start = trainer.replica.gradients.bytes_sent, perf_counter()
        trainer.train_step(x, labels)
        seconds = perf_counter() - start
        parts = timeline.seconds()
        sent = trainer.replica.gradients.bytes_sent - before
        rows.append((seconds, parts, sent, timeline))
    chosen = sorted(rows, key=lambda row: row[0])[len(rows) // 2]
    told = {
        "seconds": statistics.median(row[0] for row in rows),
        "parts": _medians([row[1] for row in rows]),
        "sent": chosen[2],
        "messages": len(trainer.replica.gradients.buckets),
        "events": group.exchange(chosen[3].events),
        "reduces": _reduces(group) if group.size > 1 else [],
    }
    if group.leads:
        json.dump(told, sys.stdout)


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row.get(name, 0.0) for row in rows) for name in rows[0]}


def _reduces(group: Group) -> list[tuple[int, float]]:
    """(bytes, seconds) of all-reduces that nothing else goes on beside."""
    found = []
    for size in SIZES:
        values, times = np.zeros(size // 4, np.float32), []
        for _ in range(10):
            group.any(False)
            start = perf_counter()
            group.start_sum(values).wait()
            times.append(perf_counter() - start)
        found.append((size, statistics.median(times)))
    return found


def started(ranks: int, threads: int, net: str, batch: int, steps: int) -> dict[str, Any]:
    names = ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    command = [sys.executable, "-m", "benchmarks.scaling", "--worker", net, str(batch), str(steps)]
    beside = Path(sys.executable).with_name("mpiexec")
    if ranks > 1:
        launcher = str(beside) if beside.exists() else shutil.which("mpiexec") or "mpiexec"
        command = [launcher, "-n", str(ranks), *command]
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def step_of(ranks: int, threads: int, batch: int, told: dict[str, Any]) -> Step:
    parts = told["parts"]
    reduce = sum(seconds for name, seconds in parts.items() if name.startswith("all-reduce"))
    return Step(
        ranks, threads, batch, told["seconds"], sum(parts.get(name, 0.0) for name in COMPUTE),
        sum(parts.get(name, 0.0) for name in EXPOSED), reduce, told["sent"], told["messages"],
    )  # fmt: skip


def measured(net: str, batches: tuple[int, ...], steps: int, rounds: int) -> dict[str, Any]:
    """One net: rows of steps, its model, and what that predicts."""
    found: list[Step] = []
    reduces: list[tuple[float, float]] = []
    events: Any = None
    for batch in batches:
        for ranks, threads in ((1, 1), (2, 1), (1, 2)):
            told = min(
                (started(ranks, threads, net, batch, steps) for _ in range(rounds)),
                key=lambda each: each["seconds"],
            )
            found.append(step_of(ranks, threads, batch, told))
            if ranks > 1:
                reduces += told["reduces"]
                events = told["events"]
            print(f"{net} batch {batch} ranks {ranks} threads {threads}: {found[-1].seconds:.4f} s")
    model = fit(found, reduces)
    learned = cr.layers.base.named_parameters(NETS[net].model())
    return {
        "title": NETS[net].title,
        "parameters": sum(parameter.value.size for _, parameter in learned),
        "steps": [asdict(step) for step in found],
        "model": asdict(model),
        "errors": errors(model, found),
        "predicted": [
            {
                "network": network.name, "hosts": hosts, "batch": batch,
                "seconds": model.on(network).step(hosts, batch, CORES),
                "efficiency": model.on(network).efficiency(hosts, batch, CORES),
            }
            for network in NETWORKS for batch in (batches[-1], 8 * batches[-1]) for hosts in HOSTS
        ],
        "events": events,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few steps of small batches")
    parser.add_argument("--worker", nargs=3, metavar=("NET", "BATCH", "STEPS"))
    parser.add_argument("--out", type=Path, default=RESULTS / "scaling.json")
    given = parser.parse_args()
    if given.worker:
        net, batch, steps = given.worker
        worker(net, int(batch), int(steps))
        return
    nets = {}
    for net, batches in BATCHES.items():
        if given.quick:
            nets[net] = measured(net, tuple(batch // 8 for batch in batches[:2]), 3, 1)
        else:
            nets[net] = measured(net, batches, STEPS[net], ROUNDS)
    print(f"wrote {record.write(given.out, {'cores': CORES, 'nets': nets})}")


if __name__ == "__main__":
    main()
