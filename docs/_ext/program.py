"""Every command of the program, with its arguments and options; no Sphinx here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from cyclopts import App

from chainrule.cli.app import app


def every(group: App = app, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    """(words after ``chainrule``, command) of each command that does something."""
    names = [name for name in group if not name.startswith("-")]
    for name in sorted(names, key=lambda name: group[name].sort_key):
        command = group[name]
        if command.default_command is None:
            yield from every(command, (*path, name))
        else:
            yield (*path, name), command


def arguments(command: App) -> list[Any]:
    return list(command.assemble_argument_collection(parse_docstring=False))


def is_positional(argument: Any) -> bool:
    return not argument.names[0].startswith("-")


def usage(path: tuple[str, ...], command: App) -> str:
    parts = ["chainrule", *path]
    for each in filter(is_positional, arguments(command)):
        repeats = each.field_info.kind is each.field_info.VAR_POSITIONAL
        name = each.names[0] + "…" * repeats
        parts.append(name if each.required else f"[{name}]")
    if not all(map(is_positional, arguments(command))):
        parts.append("[OPTIONS]")
    return " ".join(parts)


def options(command: App) -> list[tuple[tuple[str, ...], str, str]]:
    """(names, default, meaning) of each argument, then of each option."""
    made = []
    for each in sorted(arguments(command), key=lambda a: not is_positional(a)):
        default = each.field_info.default
        shown = "" if default in (None, False, inspect.Parameter.empty) else str(default)
        made.append((tuple(each.names), shown, each.parameter.help or ""))
    return made
