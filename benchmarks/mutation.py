"""Whether the tests notice faults: one is planted at a time, and its package's tests must fail.

    python -m benchmarks.mutation losses schedules
    python -m benchmarks.mutation optim/sgd.py
    python -m benchmarks.mutation --near layers          only by the tests that name the module
    python -m benchmarks.mutation --survivors layers     only those that survived the last time

Each mutant is a copy of the package in which one place is changed (`benchmarks.mutants`), tested
in a process of its own with ``pytest -x -q``: first the tests that name the module or its classes,
then the others of its package. Its outcome is "failed", where a test does; "timeout", where it used
ten times the processor time that the original takes, which other programs' load does not change;
or "survived". One that survives is a hole in the tests, or equivalent to the original: write the
reason beside it in results/mutation.json (``equivalent``), and later runs keep it. Only the
modules named are run, and written one by one; the figures of others stay. The date and commit are
those of the last run.
"""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401  loaded once, before the processes are forked
import numba  # noqa: F401
import numpy as np  # noqa: F401
import pytest

from benchmarks.mutants import Mutant, mutants
from benchmarks.planting import Planter
from chainrule.bench import record

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results" / "mutation.json"
LEAST = 20.0  # seconds of processor time that a mutant has at least
OPTIONS = (
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is loaded already
    *("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--no-header"),
)

# What else tests a package than the folder of its name.
ALSO = {"layers": ["tests/test_contract.py"]}


class Chosen:
    """A pytest plugin: of the tests collected, those (not) in ``file`` or with ``words``."""

    def __init__(self, file: str, words: list[str], chosen: bool) -> None:
        self.file, self.chosen = file, chosen
        self.pattern = re.compile(rf"\b({'|'.join(words)})\b") if words else None

    def __call__(self, nodeid: str) -> bool:
        named = self.pattern is not None and self.pattern.search(nodeid) is not None
        return (nodeid.startswith(self.file) or named) == self.chosen

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self(item.nodeid)]


def stages(module: str, source: str) -> list[tuple[list[str], Chosen]]:
    """The tests of ``losses/hinge.py``, nearest first: (where they are, which of those)."""
    package, _, name = module.partition("/")
    own = f"tests/{package}/test_{name}" if name != "__init__.py" else "tests/test_public.py"
    paths = [own] * (ROOT / own).exists() + [f"tests/{package}", *ALSO.get(package, [])]
    classes = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return [(paths, Chosen(own, classes, near)) for near in (True, False)]


def run(
    copy: Path, module: str, sources: list[str], stage: tuple[list[str], Chosen], limit: float
) -> list[str]:
    """What becomes of each of ``sources`` as code of ``module`` in a stage of tests."""
    path, (paths, chosen) = copy / "chainrule" / module, stage
    original = path.read_text("utf-8")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.chdir(copy)
        for name in [name for name in sys.modules if name.partition(".")[0] == "chainrule"]:
            del sys.modules[name]
        sys.path[:] = [str(copy), *(p for p in sys.path if Path(p).resolve() != ROOT and p)]
        planter = Planter(str(path), original, sources, limit, writing)
        code = 1
        try:
            code = pytest.main([*OPTIONS, *paths], plugins=[chosen, planter])
        finally:
            os._exit(int(code))
    os.close(writing)
    with os.fdopen(reading) as lines:
        found = lines.read().split()
    os.waitpid(child, 0)
    return found or ["failed"]  # where the module or the tests cannot be imported


def outcomes(copy: Path, module: str, every: list[Mutant], near: bool) -> list[str]:
    """What becomes of ``every`` mutant of ``module``."""
    path = copy / "chainrule" / module
    original = path.read_text("utf-8")
    found = ["survived"] * len(every)
    for stage in stages(module, original)[: 1 if near else 2]:
        alive = [i for i, outcome in enumerate(found) if outcome == "survived"]
        if not alive:
            break
        sys.dont_write_bytecode = False
        start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        if run(copy, module, [original], stage, 600) != ["survived"]:
            raise SystemExit(f"{module}: its tests fail as they are")
        limit = max(LEAST, 10 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start))
        sys.dont_write_bytecode = True  # nor any left that could stand in for a mutant's
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()
        results = run(copy, module, [every[i].source for i in alive], stage, limit)
        for i, outcome in zip(alive, results, strict=True):
            if outcome == "unplanted":
                path.write_text(every[i].source, "utf-8")
                (outcome,) = run(copy, module, [every[i].source], stage, limit)
                path.write_text(original, "utf-8")
            found[i] = outcome
    for mutant, outcome in zip(every, found, strict=True):
        if outcome != "failed":
            where = f"{module}:{mutant.line} {mutant.function}"
            print(f"  {outcome} {where} {mutant.before!r} -> {mutant.after!r}", flush=True)
    return found


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
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    again, near = "--survivors" in sys.argv, "--near" in sys.argv
    chosen = modules(names or ["losses", "schedules", "optim", "layers"])
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        leave = shutil.ignore_patterns("__pycache__", ".git", "runs", "results", "*cache")
        shutil.copytree(ROOT, copy, ignore=leave)
        for module in chosen:
            every = list(mutants((copy / "chainrule" / module).read_text("utf-8")))
            start, known = time.monotonic(), _known(module)
            asked = [m for m in every if not again or _key(_row(module, m)) in known]
            found = outcomes(copy, module, asked, near) if asked else []
            seconds = None if again else round(time.monotonic() - start, 1)
            if every:
                row = _write(module, len(every), list(zip(asked, found, strict=True)), seconds)
                print(row, flush=True)


def _known(module: str) -> dict[tuple[Any, ...], str | None]:
    """The survivors of ``module`` the last time, each with why it is equivalent."""
    rows = json.loads(RESULTS.read_text("utf-8"))["survivors"] if RESULTS.exists() else []
    return {_key(row): row["equivalent"] for row in rows if row["module"] == module}


def _write(
    module: str, count: int, found: list[tuple[Mutant, str]], seconds: float | None
) -> dict[str, Any]:
    """Put one module's figures into the results, which are read anew: another run may write too."""
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    known, table = _known(module), dict(before.get("modules", {}))
    rows = [row for row in before.get("survivors", []) if row["module"] != module]
    mine = [_row(module, mutant) for mutant, outcome in found if outcome == "survived"]
    for row in mine:
        row["equivalent"] = known.get(_key(row))
    counts = Counter(outcome for _, outcome in found)
    late = counts["timeout"] if seconds is not None else table[module]["timeout"]
    table[module] = {
        "mutants": count,
        "failed": count - counts["survived"] - late,
        "timeout": late,
        "survived": counts["survived"],
        "equivalent": sum(row["equivalent"] is not None for row in mine),
        "seconds": table[module]["seconds"] if seconds is None else seconds,
    }
    rows = sorted(rows + mine, key=lambda row: (row["module"], row["line"]))
    record.write(RESULTS, {"modules": dict(sorted(table.items())), "survivors": rows})
    return {module: table[module]}


def _row(module: str, mutant: Mutant) -> dict[str, Any]:
    place = {"module": module, "function": mutant.function, "line": mutant.line}
    return place | {"before": mutant.before, "after": mutant.after}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["module"], row["function"], row["before"], row["after"]


if __name__ == "__main__":
    main()
