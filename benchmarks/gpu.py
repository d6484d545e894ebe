"""All that is to be seen on a machine with a GPU, in a quarter of an hour.

    python -m benchmarks.gpu --build cubins        # before, anywhere: machine code for the GPU
    python -m benchmarks.gpu --cubins cubins       # on the GPU

First the contract of every layer, loss and optimizer on the GPU, then each kernel beside its
definition, then gradient checks and trainings that are resumed on the other device, and then, for
as long as time is left, what the card can do (a copy, a product) and whole training steps beside
PyTorch and its cuDNN: in bfloat16 and in float32. Each part runs in a process of its own, since an
error on a GPU spoils the process that made it. What is known by then is written to results/gpu.json
after each part; --quick takes few of everything.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule.bench import record
from chainrule.bench.nets import NETS
from chainrule.errors import InputError

from . import gpu_checks

RESULT = Path(__file__).resolve().parents[1] / "results" / "gpu.json"
ROOT = Path(__file__).resolve().parents[1]
TIMED = ("conv", "vgg", "resnet18", "mlp")
MINUTES, LEAST = 14.0, 40.0  # for all, and seconds that a part is not begun without
BATCH = 128


# --- parts, each in its process ---------------------------------------------------------------


def checks(part: str, *, few: bool) -> dict[str, Any]:
    """How many hold, and what the others say."""
    failed, passed, skipped = {}, 0, 0
    for i, (name, check) in enumerate(gpu_checks.CHECKS[part]()):
        if few and i % 10:
            skipped += 1
            continue
        try:
            check()
            passed += 1
        except Exception as error:  # of any kind: the next check is to be made all the same
            text = [line for line in str(error).splitlines() if line.strip()]
            failed[name] = " | ".join([type(error).__name__, *text[:4]])[:400]
    return {"passed": passed, "failed": failed, **({"skipped": skipped} if few else {})}


def card() -> dict[str, Any]:
    """The card and its ceilings: bytes a second of a copy, operations a second of a product."""
    import cupy
    from cupyx.profiler import benchmark

    from chainrule.kernels.gpu import blas
    from chainrule.kernels.gpu.operands import split

    def seconds(work: Any) -> float:
        return statistics.median(benchmark(work, n_repeat=20, n_warmup=3).gpu_times[0].tolist())

    runtime = cupy.cuda.runtime
    name = runtime.getDeviceProperties(runtime.getDevice())["name"]
    x = cupy.random.standard_normal(1 << 28, dtype=cupy.float32)
    y = cupy.empty_like(x)
    size = 8192
    a, b = (x[: size * size].reshape(size, size), x[-size * size :].reshape(size, size))
    rounded = [blas.Matrix(split(each, 1).high, False) for each in (a, b)]
    out = cupy.empty((size, size), cupy.float32)
    return {
        "card": name.decode() if isinstance(name, bytes) else str(name),
        "driver": runtime.driverGetVersion(), "cupy": cupy.__version__,
        "copy_bytes_per_second": 2 * x.nbytes / seconds(lambda: cupy.copyto(y, x)),
        "bfloat16_per_second": 2 * size**3 / seconds(lambda: blas.multiply(*rounded, out)),
        "float32_per_second": 2 * size**3 / seconds(lambda: blas.product(a, b)),
    }  # fmt: skip


def part(name: str, *, few: bool) -> dict[str, Any]:
    return card() if name == "card" else checks(name, few=few)


# --- cubins beforehand ------------------------------------------------------------------------


def build(folder: Path, arch: str) -> None:
    """Machine code for every convolution that the parts make, as far as it is not there yet."""
    from chainrule.kernels.gpu import convolution, cubins

    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        variant
        for g in _geometries()
        for planes in (1, 2)
        for variant in convolution.variants(g, planes).values()
    }
    if not cubins.can_compile():
        raise InputError("--build: expected cuTile, pip install 'cuda-tile[tileiras]'")
    for i, variant in enumerate(sorted(wanted), 1):
        path = folder / variant.file(arch)
        if not path.exists():
            path.write_bytes(cubins.compiled(variant, arch))
        print(f"{i}/{len(wanted)} {path.name}", flush=True)


def _geometries() -> Iterator[Any]:
    """Of the checks, and of the nets: their convolutions are noted, not made."""
    import numpy as np

    from chainrule import kernels
    from chainrule.kernels.geometry import output_sizes
    from chainrule.kernels.gpu.convolution import Geometry

    for n, size, kernel, stride, padding, channels, outputs in gpu_checks.convolutions().values():
        yield Geometry((n, *size, channels), (*kernel, channels, outputs), stride, padding, (1, 1))
    seen = set()

    def note(x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
        if groups == 1 and w.shape[:2] != (1, 1):
            seen.add(Geometry((BATCH, *x.shape[1:]), w.shape, stride, padding, dilation))
        size = output_sizes(x.shape[1:3], w.shape[:2], stride, padding, dilation)
        return np.zeros((len(x), *size, w.shape[3]), np.float32)

    table = kernels.overlay(*kernels.REFERENCE_MODULES)
    table.__dict__["conv2d"] = note
    for name in TIMED:
        with kernels.use(table):
            NETS[name].model()(NETS[name].batch(1)[0])
    yield from sorted(seen)


# --- the whole --------------------------------------------------------------------------------


def run(command: list[str], seconds: float) -> str | None:
    """What it prints last; None with its words on the screen where it fails or takes too long."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, timeout=seconds, text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f"{command[0]}: stopped after {seconds:.0f} s", flush=True)
        return None
    lines = done.stdout.strip().splitlines()
    return lines[-1] if done.returncode == 0 and lines else None


def measure(out: Path, minutes: float, *, few: bool) -> dict[str, Any]:
    """Every part in turn, written down as soon as it is known."""
    end, figures = time.monotonic() + 60 * minutes, {}
    quick = ["--quick"] if few else []
    for name in ["card", *gpu_checks.CHECKS]:
        left = end - time.monotonic()
        if left < LEAST:
            figures[name] = {"failed": "no time was left"}
            continue
        said = run(["benchmarks.gpu", "--part", name, *quick], left)
        figures[name] = json.loads(said) if said else {"failed": "it did not end well"}
        print(name, json.dumps(figures[name])[:2000], flush=True)
        record.write(out, figures)
    steps: list[dict[str, Any]] = []
    for net in TIMED:
        for precision in ("bfloat16", "float32"):
            if (left := end - time.monotonic()) < LEAST:
                break
            path = out.with_name(f"{out.stem}-{net}-{precision}.json")
            command = [
                "chainrule", "bench", net, "--device", "gpu", "--precision", precision,
                "--against", "pytorch", "--batch-size", str(BATCH), "--seconds",
                "0.5" if few else "2", "--out", str(path),
            ]  # fmt: skip
            run(command, left)
            if path.exists():
                steps += json.loads(path.read_text())["nets"]
                path.unlink()
                print(net, precision, json.dumps(steps[-1]["ratios"]), flush=True)
            record.write(out, {**figures, "nets": steps})
    return {**figures, "nets": steps}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, help="only compile into this folder, without a GPU")
    parser.add_argument("--arch", default="sm_90", help="what --build compiles for")
    parser.add_argument("--cubins", type=Path, help="the folder that --build has filled")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--quick", action="store_true", help="few checks, short timings")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cubins:
        os.environ["CHAINRULE_CUBINS"] = str(given.cubins.resolve())
    try:
        if given.build:
            build(given.build, given.arch)
        elif given.part:
            print(json.dumps(part(given.part, few=given.quick)))
        else:
            figures = measure(given.out, given.minutes, few=given.quick)
            return int(any(each.get("failed") for each in figures.values() if type(each) is dict))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
