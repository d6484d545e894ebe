"""The settings and command references, made while the documentation is built, leave nothing out."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

import chainrule as cr
from chainrule.cli.app import COMMANDS

from .pages import DOCS


@pytest.fixture
def extension(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))

    def load(name):
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


def test_every_command_is_described(extension):
    cli = extension("program")
    described = [path for path, _ in cli.every()]
    assert sorted(path[-1] for path in described) == sorted(name for _, name, _, _ in COMMANDS)
    assert len(described) == len(set(described))


def test_every_option_of_a_command_is_listed(extension):
    cli = extension("program")
    train = dict(cli.every())[("train",)]
    names = [name for names, _, _ in cli.options(train) for name in names]
    assert {"DATA", "--epochs", "--set", "--time-budget", "--config"} <= set(names)
    assert cli.usage(("train",), train) == "chainrule train [DATA] [OPTIONS]"


def test_every_public_module_has_a_page():
    modules = {name for name in dir(cr) if isinstance(getattr(cr, name), ModuleType)}
    pages = {page.stem: page.read_text("utf-8") for page in (DOCS / "api").glob("*.md")}
    assert pages.keys() == modules | {"index"}
    assert {name for name in modules if f"{{public}} chainrule.{name}\n" in pages[name]} == modules
    listed = pages["index"].split(":maxdepth: 1")[1].split()
    assert set(listed[:-1]) == modules and len(listed[:-1]) == len(modules)
