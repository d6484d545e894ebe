"""More than 2,000 changed files of a run, each read or refused in one line.

    CHAINRULE_FUZZ_MUTANTS=20000 CHAINRULE_FUZZ_SEED=7 pytest -s tests/fuzz

for a longer look by hand, and one mutant again by ``python -m tests.fuzz.program 1 SEED TARGET``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MUTANTS = int(os.environ.get("CHAINRULE_FUZZ_MUTANTS", "2200"))
SEED = int(os.environ.get("CHAINRULE_FUZZ_SEED", "0"))
ROOT = Path(__file__).parents[2]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_changed_files_are_read_or_refused() -> None:
    here = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.program", str(MUTANTS), str(SEED)],
        env=os.environ | ONE_THREAD | {"PYTHONPATH": here},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    print(ended.stdout)  # with the seeds
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-4000:]
    read = sum(int(line.split()[4].strip(",")) - int(line.split()[2]) + 1
               for line in ended.stdout.splitlines() if " seeds " in line)  # fmt: skip
    assert read >= 0.98 * MUTANTS
