"""Names that messages, docstrings and pages mention are there, for a reader who types them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import chainrule as cr

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "chainrule").rglob("*.py"))
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if "_build" not in page.parts
)

# A path or an address is no name: cr.svg, /cr.data, github.com/…/chainrule.git.
NAME = re.compile(r"(?<![\w./-])((?:chainrule|cr)(?:\.[A-Za-z_]\w*)+)(?![\w/-])")
FILES = {"csv", "git", "html", "json", "md", "png", "safetensors", "svg", "toml", "txt"}

# What each name is found by: `cr.…` by dots alone, after nothing but `import chainrule as cr`;
# `chainrule.…` may also be the module that a page sends people to read.
RESOLVE = """
import json, pkgutil, sys
names = json.load(sys.stdin)
import chainrule as cr
lost = []
for name in names:
    first, *rest = name.split(".")
    try:
        thing = cr
        for part in rest:
            thing = getattr(thing, part)
    except AttributeError as error:
        if first == "cr":
            lost.append(name)
for name in names:
    if name.startswith("chainrule."):
        try:
            pkgutil.resolve_name(name)
        except (AttributeError, ImportError):
            lost.append(name)
print(json.dumps(lost))
"""


# After `from chainrule import models` the first word goes without saying.
MODULES = "|".join(name for name in dir(cr) if isinstance(getattr(cr, name), ModuleType))
CALL = re.compile(rf"(?<![\w./-])((?:{MODULES})\.[A-Za-z_]\w*)(?=\()")


def mentioned(text: str) -> set[str]:
    full = {name for name in NAME.findall(text) if name.rsplit(".", 1)[1] not in FILES}
    return full | {f"cr.{name}" for name in CALL.findall(text)}


def strings(source: str) -> str:
    """Every string in a module: docstrings, messages, and the fixed parts of f-strings."""
    constants = (n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant))
    return "\n".join(value for value in constants if isinstance(value, str))


def lost(names: set[str]) -> list[str]:
    """Those of ``names`` that are not found, asked of a fresh interpreter: here other tests have
    imported modules that a reader has not."""
    found = subprocess.run(
        [sys.executable, "-c", RESOLVE],
        input=json.dumps(sorted(names)),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(found.stdout)


def test_docstrings_and_messages_mention_what_is_there():
    names = {name for path in SOURCES for name in mentioned(strings(path.read_text("utf-8")))}
    assert {"chainrule.architecture.register", "chainrule.training.lsuv"} <= names
    assert lost(names) == []


def test_pages_mention_what_is_there():
    names = {name for page in PAGES for name in mentioned(page.read_text("utf-8"))}
    assert {"cr.models.mlp", "cr.gradcheck"} <= names
    assert lost(names) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("use `chainrule.optim.groups`, or", {"chainrule.optim.groups"}),
        ("as cr.optim.Adam(1e-3).", {"cr.optim.Adam"}),
        ("give it models.mlp((8, 8, 1), (), 10)", {"cr.models.mlp"}),
        ("see {py:obj}`chainrule.metrics.softmax`.", {"chainrule.metrics.softmax"}),
        ("chainrule.svg, out/chainrule.png and https://example.com/chainrule.git", set()),
    ],
)
def test_what_counts_as_a_mention(text, names):
    assert mentioned(text) == names


def test_what_is_not_there_is_found():
    wrong = {"cr.optim.Adamm", "chainrule.no_module", "chainrule.metrics.accuracy"}
    assert set(lost(wrong | {"cr.optim.Adam", "chainrule.cli.train"})) == wrong
