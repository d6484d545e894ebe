"""The words that arguments take: for ``--help``, and for the completion of a shell.

``--help`` must not take NumPy, so there the registries are read from their sources, not imported.
What a shell asks when somebody presses Tab may take a moment, and is asked of the registries.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext as Context

    Completer = Callable[[Context], Iterable[str]]

PACKAGE = Path(__file__).parents[1]
TABLES = (".csv", ".tsv")
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


@cache
def models() -> tuple[str, ...]:
    """The kinds of models: all that ``chainrule.models`` imports from its own modules."""
    found = (
        alias.name
        for node in _source("models/__init__.py").body
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
        if alias.name == alias.asname
    )
    return tuple(sorted(found))


@cache
def data_sets() -> tuple[str, ...]:
    """The data sets with a name that can be trained on."""
    return _keys("config/defaults.py", "DEFAULTS")


@cache
def presets() -> tuple[str, ...]:
    """The sets of augmentations with a name."""
    return _keys("data/augment/presets.py", "PRESETS")


@cache
def pretrained() -> tuple[str, ...]:
    """The names of ImageNet weights: the first argument of each row of the catalog."""
    return tuple(
        str(node.args[0].value)
        for node in ast.walk(_source("weights/catalog.py"))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Pretrained"
        if isinstance(node.args[0], ast.Constant)
    )


def _source(file: str) -> ast.Module:
    return ast.parse((PACKAGE / file).read_text("utf-8"))


def _keys(file: str, name: str) -> tuple[str, ...]:
    """The keys of the table of this name."""
    return tuple(
        str(key.value)
        for node in _source(file).body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name
        if isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    )


def words(*choices: Callable[[], Iterable[str]], files: Iterable[str] | None = None) -> Completer:
    """Completes the words of all ``choices``, and with ``files`` also folders and the paths that
    end in one of these."""

    def complete(context: Context) -> Iterator[str]:
        for names in choices:
            yield from names()
        if files is not None:
            yield from _paths(context.incomplete, tuple(files))

    return complete


DATA = words(data_sets, files=TABLES)
MODELS = words(models)
IMAGE_FILES = words(files=IMAGES)


def runs(*choices: Callable[[], Iterable[str]], files: Iterable[str] | None = None) -> Completer:
    """The same, and the names of the runs in ``--runs``."""
    others = words(*choices, files=files)

    def complete(context: Context) -> Iterator[str]:
        folder = context.get("--runs")
        place = Path((folder and folder.raw) or "runs")
        if place.is_dir():
            yield from sorted(path.parent.name for path in place.glob("*/config.toml"))
        yield from others(context)

    return complete


def _pretrained() -> Iterable[str]:
    """The pre-trained models that have a name."""
    from ..transfer.sources import names

    return names()


SOURCES = runs(_pretrained, files=(".safetensors",))


def _paths(incomplete: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Folders, with a slash at the end, and files, where the word may go on."""
    folder, _, start = incomplete.rpartition("/")
    place = os.path.expanduser(f"{folder}/" if "/" in incomplete else ".")
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        name = incomplete[: len(incomplete) - len(start)] + entry.name
        if entry.name.startswith(".") and not start.startswith("."):
            continue
        if entry.is_dir():
            yield f"{name}/"
        elif endings and entry.name.lower().endswith(endings):
            yield name


def settings(context: Context) -> Iterator[str]:
    """``table.setting=`` of each setting, and after it each value that is a word."""
    from ..config.reference import tables
    from ..ranges import choices

    path, equals, _ = context.incomplete.partition("=")
    values = {"augment": dict.fromkeys(presets())}  # a word for the whole table
    for form in tables():
        if form.choice:
            values.setdefault(form.dotted(form.choice[0]), {})[form.choice[1]] = None
        for setting in form.settings:
            known = ("true", "false") if setting.kind is bool else choices(setting.kind)
            values.setdefault(form.dotted(setting.name), {}).update(dict.fromkeys(known))
    if equals:
        yield from (f"{path}={value}" for value in values.get(path, ()))
    else:
        yield from (f"{name}=" for name in values if "PATTERN" not in name)


def beginnings(context: Context) -> Iterator[str]:
    """Tables, forms and settings, for ``chainrule settings``."""
    from ..config.reference import tables

    found: dict[str, None] = {}
    for form in tables():
        names = [
            ".".join(form.path),
            *((".".join((*form.path, form.choice[1])),) if form.choice else ()),
        ]
        found |= dict.fromkeys([*names, *(form.dotted(setting.name) for setting in form.settings)])
    yield from filter(None, found)


def registered(module: str, name: str) -> Callable[[], Iterable[str]]:
    """The keys of a registry, which is imported when they are asked for."""

    def keys() -> Iterable[str]:
        from importlib import import_module

        table: Any = getattr(import_module(f"chainrule.{module}"), name)
        return list(table)

    return keys


def returned(module: str, name: str) -> Callable[[], Iterable[str]]:
    """The keys of what a function gives, which is called when they are asked for."""

    def keys() -> Iterable[str]:
        from importlib import import_module

        return list(getattr(import_module(f"chainrule.{module}"), name)())

    return keys
