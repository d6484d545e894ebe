"""Fifty trainings killed with SIGKILL: does each of them end as if nothing had happened?

    python -m benchmarks.kills [N]

One training is left in peace, and N others (50) are killed: half of them at a random time between
their start and the end that the first one took, half at a random one of their file operations,
where a kill inside a write leaves half of the file. Each is then resumed, a part of them killed a
second time, until it has finished; all that it leaves but for times must equal the unbroken run's,
byte for byte. As many go on at a time as there are cores, on one thread each.

The training has all that carries state: augmentation, dropout, batch norm, warm-up and cosine,
clipping, accumulated gradients, an EMA, plateau, early stopping, snapshots and logs.
Writes results/kills.json.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chainrule.bench import record
from chainrule.training import Run
from tests.cli.test_interruptions import written

ROOT = Path(__file__).resolve().parents[1]
FAULTS, RESULT = ROOT / "tests" / "cli" / "faults.py", ROOT / "results" / "kills.json"
SETTINGS = (
    *("epochs=8", "batch_size=48", "accumulate=2", "model.hidden=[96,64]"),
    *("augment.preset=handwriting", "schedule.name=cosine", "schedule.warmup_epochs=1"),
    *("clip.kind=global-norm", "clip.limit=1", "average.kind=ema", "average.decay=0.98"),
    *("plateau.patience=2", "early_stopping.patience=30", "snapshots.cycles=3"),
    *("log.gradients=true", "log.every_steps=20"),
    *("checkpoint.every_seconds=0.3", "checkpoint.every_steps=25", "checkpoint.keep=3"),
)
TRAIN = ("train", "digits", "--name", "run", *(w for s in SETTINGS for w in ("--set", s)))
RESUME = ("resume", "run")
SEED, AGAIN = 20, 0.3
CORES = os.cpu_count() or 1
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def run(folder: Path, *arguments: str, moment: tuple[str, int] = ("*", 0), **env: str) -> Any:
    """The program in ``folder``, killed at that of its file operations."""
    what, number = moment
    command = [sys.executable, str(FAULTS), "SIGKILL", what, str(number), *arguments]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | ONE_THREAD | env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(folder: Path, chance: random.Random, seconds: float, moments: int, by: str) -> bool:
    """Begin or go on with the run in ``folder``, and kill it; whether that was in time."""
    begun = (folder / "runs" / "run" / "config.toml").exists()
    arguments = RESUME if begun else TRAIN
    if by == "operation":
        process = run(folder, *arguments, moment=("*", chance.randrange(1, moments + 1)))
        process.communicate()
    else:
        process = run(folder, *arguments)
        time.sleep(chance.uniform(0, seconds))
        process.kill()
        process.communicate()
    return bool(process.returncode == -signal.SIGKILL)


def finish(folder: Path) -> str:
    """Bring the run in ``folder`` to its end; what it said if it failed."""
    begun = (folder / "runs" / "run" / "config.toml").exists()
    process = run(folder, *(RESUME if begun else TRAIN))
    _, err = process.communicate()
    return "" if process.returncode == 0 else err


def trial(
    number: int, place: Path, seconds: float, moments: int, peace: dict[str, Any]
) -> dict[str, Any]:
    """Kill one training, perhaps twice, and compare what comes of it with ``peace``."""
    chance = random.Random(f"{SEED} {number}")
    by = "operation" if number % 2 else "time"
    folder = place / f"{number}"
    folder.mkdir()
    kills = int(killed(folder, chance, seconds, moments, by))
    found = Run(folder / "runs" / "run")
    after = found.checkpoint.name if found.checkpoint else None
    unfinished = len(list(found.folder.rglob(".*.tmp")))
    if chance.random() < AGAIN and not found.finished:
        kills += killed(folder, chance, seconds, moments, by)
    err = "" if found.finished else finish(folder)
    row = {"by": by, "kills": kills, "newest": after, "unfinished_files": unfinished}
    left = {} if err else written(found.folder)
    different = sorted(key for key in peace if left.get(key) != peace[key])
    row |= {"equal": not err and not different, "different": different, "error": err}
    print(f"{number:3}", " ".join(f"{key} {value}" for key, value in row.items() if value))
    shutil.rmtree(folder)
    return row


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    place = Path(tempfile.mkdtemp())
    try:
        (place / "peace").mkdir()
        listed = place / "moments.txt"
        run(place / "peace", *TRAIN).communicate()  # compiles
        shutil.rmtree(place / "peace" / "runs")
        start = time.perf_counter()
        run(place / "peace", *TRAIN, MOMENTS=str(listed)).communicate()
        seconds = time.perf_counter() - start
        moments = len(listed.read_text().splitlines())
        peace = written(place / "peace" / "runs" / "run")
        print(f"in peace: {seconds:.1f} s, {moments} file operations")
        rows: list[dict[str, Any]] = []
        with ThreadPoolExecutor(CORES) as pool:
            while late := trials - sum(row["kills"] > 0 for row in rows):  # too late to be a kill
                numbers = range(len(rows), len(rows) + late)
                rows += pool.map(lambda n: trial(n, place, seconds, moments, peace), numbers)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    hit = [row for row in rows if row["kills"]]
    summary = {
        "runs_killed": len(hit),
        "kills": sum(row["kills"] for row in hit),
        "by_time": sum(row["by"] == "time" for row in hit),
        "by_operation": sum(row["by"] == "operation" for row in hit),
        "inside_a_write": sum(row["unfinished_files"] > 0 for row in hit),
        "before_a_checkpoint": sum(row["newest"] is None for row in hit),
        "resumed_and_equal": sum(row["equal"] for row in hit),
    }
    for name, value in summary.items():
        print(f"{name:22}{value}")
    figures = {"settings": SETTINGS, "seconds_in_peace": round(seconds, 2)}
    record.write(RESULT, {**figures, **summary, "rows": rows})
    sys.exit(summary["resumed_and_equal"] != summary["runs_killed"])


if __name__ == "__main__":
    main()
