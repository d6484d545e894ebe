"""Whether the tests notice faults: one is planted at a time, and its package's tests must fail.

    python -m benchmarks.mutation losses schedules
    python -m benchmarks.mutation optim/sgd.py
    python -m benchmarks.mutation --quick layers         only the first of the two steps below
    python -m benchmarks.mutation --survivors layers     only those that survived the last time

A mutant is the package with one place changed (`benchmarks.mutants`). At first each is planted in a
process that has collected the tests (`benchmarks.planting`), and those run that are in the module's
own file or name one of its classes; what they do not notice is imported for all tests of the
package, in a process of its own. The outcome is "failed", where a test does; "timeout", where it
used ten times the processor time that the original takes, which other programs' load does not
change; or "survived". A survivor is a hole in the tests, or equivalent to the original: write the
reason beside it in results/mutation.json (``equivalent``), and later runs keep it. Only the modules
named are run, and written one by one; the figures of others stay. The date and commit are those of
the last run.
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


class Near:
    """A pytest plugin: of the tests collected, those in the file ``own`` or with ``words``."""

    def __init__(self, own: str, words: list[str]) -> None:
        self.pattern = re.compile(rf"^{re.escape(own)}|\b({'|'.join(words or ['^$'])})\b")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self.pattern.search(item.nodeid)]


def tests(module: str) -> tuple[list[str], Near]:
    """Where the tests of ``losses/hinge.py`` are, those of its own file first; which are near."""
    package, _, name = module.partition("/")
    own = f"tests/{package}/test_{name}" if name != "__init__.py" else "tests/test_public.py"
    paths = [own] * (ROOT / own).exists() + [f"tests/{package}", *ALSO.get(package, [])]
    body = ast.parse((ROOT / "chainrule" / module).read_text("utf-8")).body
    return paths, Near(own, [node.name for node in body if isinstance(node, ast.ClassDef)])


def run(
    copy: Path, module: str, sources: list[str], limit: float, near: Near | None = None
) -> list[str]:
    """What becomes of each of ``sources`` in the tests of ``module``, or in those that are near."""
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
        dotted = f"chainrule.{module}".removesuffix(".py").removesuffix("/__init__")
        planter = Planter(dotted.replace("/", "."), sources, limit, writing)
        code = 1
        try:
            code = pytest.main(
                [*OPTIONS, *tests(module)[0]], plugins=[planter, *filter(None, [near])]
            )
        finally:
            os._exit(int(code))
    os.close(writing)
    with os.fdopen(reading) as lines:
        found = lines.read().split()
    os.waitpid(child, 0)
    return found or ["failed"] * len(sources)  # where the module or the tests cannot be imported


def outcomes(
    copy: Path, module: str, every: list[Mutant], limits: dict[str, float] | None
) -> list[str]:
    """What becomes of ``every`` mutant of ``module``: at first they are planted for the tests that
    are near, then those that nothing notices and that are not known to be equivalent are imported
    for all tests, unless ``limits``, where the one of each package is kept, is None."""
    path = copy / "chainrule" / module
    original, (_, near) = path.read_text("utf-8"), tests(module)
    limit = _limit(copy, module, near)
    found = run(copy, module, [mutant.source for mutant in every], limit, near)
    equivalent = {key for key, why in _known(module).items() if why}
    for i, mutant in enumerate(every):
        if limits is None or found[i] != "survived" or _key(_row(module, mutant)) in equivalent:
            continue
        package = module.partition("/")[0]
        if package not in limits:
            limits[package] = _limit(copy, module)
        path.write_text(mutant.source, "utf-8")
        (found[i],) = run(copy, module, [mutant.source], limits[package])
        path.write_text(original, "utf-8")
    for mutant, outcome in zip(every, found, strict=True):
        if outcome != "failed":
            where = f"{module}:{mutant.line} {mutant.function}"
            print(f"  {outcome} {where} {mutant.before!r} -> {mutant.after!r}", flush=True)
    return found


def _limit(copy: Path, module: str, near: Near | None = None) -> float:
    """Ten times what the original takes; its byte code must not stand in for a mutant's."""
    path = copy / "chainrule" / module
    sys.dont_write_bytecode = False
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    if run(copy, module, [path.read_text("utf-8")], 600, near) != ["survived"]:
        raise SystemExit(f"{module}: its tests fail as they are")
    sys.dont_write_bytecode = True
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    return max(LEAST, 10 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start))


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
    again = "--survivors" in sys.argv
    limits: dict[str, float] | None = None if "--quick" in sys.argv else {}
    chosen = modules(names or ["losses", "schedules", "optim", "layers"])
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        leave = shutil.ignore_patterns("__pycache__", ".git", "runs", "results", "*cache")
        shutil.copytree(ROOT, copy, ignore=leave)
        for module in chosen:
            every = list(mutants((copy / "chainrule" / module).read_text("utf-8")))
            start, known = time.monotonic(), _known(module)
            asked = [m for m in every if not again or _key(_row(module, m)) in known]
            found = outcomes(copy, module, asked, limits) if asked else []
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
    figures = {"modules": dict(sorted(table.items())), "not_run": _not_run(table)}
    record.write(RESULTS, figures | {"survivors": rows})
    return {module: table[module]}


def _not_run(table: dict[str, Any]) -> dict[str, int]:
    """The numbers of mutants of the modules beside those in ``table``."""
    beside = modules(sorted({module.partition("/")[0] for module in table}))
    sources = {m: (ROOT / "chainrule" / m).read_text("utf-8") for m in beside if m not in table}
    counts = {module: len(list(mutants(source))) for module, source in sources.items()}
    return {module: count for module, count in counts.items() if count}


def _row(module: str, mutant: Mutant) -> dict[str, Any]:
    place = {"module": module, "function": mutant.function, "line": mutant.line}
    return place | {"before": mutant.before, "after": mutant.after}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["module"], row["function"], row["before"], row["after"]


if __name__ == "__main__":
    main()
