"""The settings and command references, made while the documentation is built, leave nothing out."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

import chainrule as cr
from chainrule.cli.app import COMMANDS
from chainrule.config import schema

from .pages import DOCS


@pytest.fixture
def extension(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))

    def load(name):
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


def test_every_form_is_described(extension):
    settings = extension("declared_tables")
    described = {(form.path, form.choice[1] if form.choice else None) for form in settings.forms()}
    for table, choices in (
        ("optimizer", schema.OPTIMIZERS),
        ("schedule", schema.SCHEDULES),
        ("loss", schema.LOSSES),
        ("model", schema.MODELS),
        ("clip", schema.CLIP_FORMS),
        ("average", schema.AVERAGE_FORMS),
    ):
        assert {((table,), name) for name in choices} <= described
    assert {(("augment", name), None) for name in schema.AUGMENTATIONS} <= described


def test_every_setting_is_listed(extension):
    """Top-level names are either settings of the top or tables; none is lost between the two."""
    settings = extension("declared_tables")
    every = list(settings.forms())
    tables = {form.path[0] for form in every if form.path}
    top = {setting.name for setting in every[0].settings}
    assert top | tables == set(schema.Config.__struct_fields__)
    for form in every:
        for setting in form.settings:
            assert settings.in_words(setting.kind), (form.name, setting.name)


def test_what_a_setting_means_is_taken_from_aligned_lines(extension):
    meanings = extension("declared_tables").meanings
    doc = "A thing.\n\nlr       the rate,\n         of a step\npatience epochs\n\nNot this line."
    assert meanings(doc) == {"lr": "the rate, of a step", "patience": "epochs"}


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
