"""Whether the tests notice faults: one is planted at a time, and its package's tests must fail.

    python -m benchmarks.mutation losses schedules
    python -m benchmarks.mutation optim/sgd.py
    python -m benchmarks.mutation --survivors losses     only those that survived the last time

Each mutant is a copy of the package in which one place is changed (`benchmarks.mutants`), tested
in a process of its own with ``pytest -x -q``. One that no test notices is a hole in the tests, or
equivalent to the original: write the reason beside it in results/mutation.json (``equivalent``),
and later runs keep it. Only the packages named are run; the figures of others stay. The date and
commit are those of the last run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401  loaded once, before the processes are forked
import numba  # noqa: F401
import numpy as np  # noqa: F401
import pytest

from benchmarks.mutants import Mutant, mutants
from chainrule.bench import record

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results" / "mutation.json"
LEAST = 20.0  # seconds that a mutant has at least; otherwise ten times what the original takes

# What else tests a package than the folder of its name.
ALSO = {"layers": ["tests/test_contract.py"]}


def tests(module: str) -> list[str]:
    """Where the tests of ``losses/hinge.py`` are: those of its own file first."""
    package, _, name = module.partition("/")
    own = f"tests/{package}/test_{name}"
    return [own] * (ROOT / own).exists() + [f"tests/{package}", *ALSO.get(package, [])]


def passed(copy: Path, paths: list[str], limit: float) -> bool:
    """Whether the tests of ``copy`` pass within ``limit`` seconds."""
    child = os.fork()
    if child == 0:
        os.setsid()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.chdir(copy)
        for name in [name for name in sys.modules if name.partition(".")[0] == "chainrule"]:
            del sys.modules[name]
        sys.path[:] = [str(copy), *(p for p in sys.path if Path(p).resolve() != ROOT and p)]
        sys.dont_write_bytecode = True
        early = "ignore::pytest.PytestAssertRewriteWarning"  # hypothesis is loaded already
        options = [
            "-W",
            early,
            "-x",
            "-q",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "--no-header",
        ]
        code = 1
        try:
            code = pytest.main([*options, *paths])
        finally:
            os._exit(int(code))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def survivors(copy: Path, module: str, every: list[Mutant]) -> tuple[list[Mutant], float]:
    """Those of ``every`` mutant of ``module`` that no test notices, and the seconds it took."""
    path, start = copy / "chainrule" / module, time.monotonic()
    original = path.read_text("utf-8")
    if not passed(copy, tests(module), 600):
        raise SystemExit(f"{module}: its tests fail as they are")
    limit, alive = max(LEAST, 10 * (time.monotonic() - start)), []
    for mutant in every:
        path.write_text(mutant.source, "utf-8")
        if passed(copy, tests(module), limit):
            alive.append(mutant)
            print(f"  {module}:{mutant.line} {mutant.before!r} -> {mutant.after!r}", flush=True)
    path.write_text(original, "utf-8")
    return alive, round(time.monotonic() - start, 1)


def modules(names: list[str]) -> list[str]:
    """``losses`` is each of its modules; ``losses/hinge.py`` is itself."""
    found: list[str] = []
    for name in names:
        path = ROOT / "chainrule" / name
        if not path.exists():
            raise SystemExit(f"expected a package or file in chainrule/, received {name!r}")
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [file.relative_to(ROOT / "chainrule").as_posix() for file in files]
    return found


def main() -> None:
    names = [name for name in sys.argv[1:] if name != "--survivors"]
    again = len(names) < len(sys.argv) - 1
    chosen = modules(names or ["schedules", "losses"])
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    table = dict(before.get("modules", {}))
    rows = [row for row in before.get("survivors", []) if row["module"] not in chosen]
    known = {_key(row): row.get("equivalent") for row in before.get("survivors", [])}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        leave = shutil.ignore_patterns("__pycache__", ".git", "runs", "results", "*cache")
        shutil.copytree(ROOT, copy, ignore=leave)
        for module in chosen:
            every = list(mutants((copy / "chainrule" / module).read_text("utf-8")))
            if not every:
                continue
            asked = [m for m in every if not again or _key(_row(module, m)) in known]
            alive, seconds = survivors(copy, module, asked) if asked else ([], 0.0)
            found = [_row(module, mutant) for mutant in alive]
            for row in found:
                row["equivalent"] = known.get(_key(row))
            rows += found
            table[module] = {
                "mutants": len(every),
                "killed": len(every) - len(alive),
                "survived": len(alive),
                "equivalent": sum(row["equivalent"] is not None for row in found),
                "seconds": table[module]["seconds"] if again else seconds,
            }
            print(f"{module}: {table[module]}", flush=True)
    rows.sort(key=lambda row: (row["module"], row["line"]))
    print(record.write(RESULTS, {"modules": dict(sorted(table.items())), "survivors": rows}))


def _row(module: str, mutant: Mutant) -> dict[str, Any]:
    place = {"module": module, "function": mutant.function, "line": mutant.line}
    return place | {"before": mutant.before, "after": mutant.after}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["module"], row["function"], row["before"], row["after"]


if __name__ == "__main__":
    main()
