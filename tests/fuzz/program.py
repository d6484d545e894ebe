"""Read changed files, one after another, in a process that may take little memory and time.

    python -m tests.fuzz.program COUNT SEED [TARGET]

Prints a line for each target and, for each mutant that was misread, its target and seed with the
traceback; SEED alone makes that mutant again: COUNT 1, SEED the one that was printed, and TARGET.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np

from chainrule.errors import CheckFailed, InputError

from .targets import Target, targets

SPARE = 2 << 30  # bytes of address space beyond what the undisturbed files took
PATIENCE = 120  # seconds for one mutant, of which the slowest takes some tenths of a second


def main(count: int, seed: int, only: str = "") -> int:
    misread = 0
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        every = [t for t in targets(Path(home)) if only in ("", t.name)]
        for target in every:
            target.read()  # compiles, and imports what it needs
        warnings.simplefilter("error")
        _limit_memory()
        shares = sum(target.share for target in every)
        for target in every:
            number = max(1, round(count * target.share / shares))
            misread += _attack(target, number, seed)
        os.chdir("/")
    return 1 if misread else 0


def _attack(target: Target, number: int, seed: int) -> int:
    """How many of the mutants were misread, each of which is told."""
    original, misread, refused, start = target.path.read_bytes(), 0, 0, perf_counter()
    for mutant in range(seed, seed + number):
        rng = np.random.default_rng([mutant, *target.name.encode()])
        mutator = target.mutators[int(rng.integers(len(target.mutators)))]
        content = mutator(original, rng)
        target.path.write_bytes(content)
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        print(f"{target.name} {mutant}", file=sys.stderr, flush=True)  # the last one may hang
        try:
            target.read()
        except (InputError, CheckFailed) as error:
            refused += 1
            if not str(error):
                misread += _tell(target, mutant, mutator.__name__)
        except Exception:
            misread += _tell(target, mutant, mutator.__name__)
        finally:
            faulthandler.cancel_dump_traceback_later()
            target.path.with_suffix(".damaged").unlink(missing_ok=True)
            target.path.write_bytes(original)
    seconds = perf_counter() - start
    print(
        f"{target.name:<14} seeds {seed} to {seed + number - 1}, {refused} raised InputError, "
        f"{misread} misread, {seconds:.1f} s"
    )
    return misread


def _tell(target: Target, mutant: int, mutator: str) -> int:
    print(f"MISREAD {target.name} {mutant} {mutator}\n{traceback.format_exc()}")
    return 1


def _limit_memory() -> None:
    """Whoever takes far more than before gets a MemoryError, which nothing may raise."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + SPARE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    count, seed, *only = sys.argv[1:]
    sys.exit(main(int(count), int(seed), *only))
