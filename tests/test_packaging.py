"""What the package says of itself, and what its source distribution holds."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_the_source_distribution_holds_all_that_the_checkout_does() -> None:
    """A folder or page that somebody adds must be shipped: people read and test the tarball."""
    shipped = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    tracked = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    visible = {name for name in tracked.stdout.split() if not name.startswith(".")}
    assert {f"/{name}" for name in visible} - {"/pyproject.toml"} == {*shipped}


def test_an_older_python_is_told_so_in_one_line() -> None:
    code = "import sys; sys.version_info = (3, 10, 13); sys.argv[0] = {!r}; import chainrule"
    line = "chainrule needs Python 3.11 or newer, this is 3.10.13"
    for how in ("-m", "script.py"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(how)], cwd=ROOT, capture_output=True, text=True
        )
        lines = done.stderr.splitlines()
        assert (lines == [line]) if how == "-m" else (lines[-1] == f"ImportError: {line}")


def test_the_classifiers_begin_with_the_python_that_is_required() -> None:
    least = tuple(
        int(n) for n in PROJECT["project"]["requires-python"].removeprefix(">=").split(".")
    )
    promised = [c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if ":: 3." in c]
    assert min(promised, key=lambda v: int(v[2:])) == ".".join(map(str, least))
    assert [int(v[2:]) for v in promised] == [*range(least[1], least[1] + len(promised))]
