"""The settings and command references, made while the documentation is built, leave nothing out."""

from __future__ import annotations

import importlib
import sys

import pytest

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
