"""chainrule settings"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError, did_you_mean
from . import choices
from .arguments import AsJson
from .show import on_terminal, remark, say, say_json, table

if TYPE_CHECKING:
    from ..config.reference import Form, Setting

Chosen = list[tuple["Form", list["Setting"]]]


def settings(
    prefix: Annotated[
        str,
        Parameter(
            name="PREFIX",
            help="How the name begins: optimizer, model.mlp, loss.smoothing.",
            completer=choices.beginnings,
        ),
    ] = "",
    /,
    *,
    toml: Annotated[
        bool, Parameter(negative="", help="Print a TOML file to fill in, for train --config.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List the settings that begin with PREFIX, or all: default, rule and meaning of each.

    Every setting goes into a TOML file for --config, or after --set: optimizer.lr=0.01. The
    defaults are those of an empty file; a data set may have its own.
    """
    from ..config.template import template

    if toml and json:
        raise InputError("--toml: expected one of --toml and --json, received both")
    chosen = select(prefix)
    if toml:
        # Whatever the encoding of the stream or file that it goes to, it is read as UTF-8.
        say(template(chosen).encode("ascii", "chainrule").decode(), end="")
    elif json:
        say_json([_as_object(form, setting) for form, found in chosen for setting in found])
    else:
        _print(chosen)


def select(prefix: str) -> Chosen:
    """The settings whose path begins with ``prefix``, in which the name of a form may stand
    (``optimizer.adam.lr``); else those that are called so, in whatever table.

    Raises InputError, with the nearest name, where there is none.
    """
    from ..config.reference import tables

    word = prefix.strip().strip("[]")
    every = [(form, form.settings) for form in tables()]
    begins = any(_begins(form, setting.name, word) for form, found in every for setting in found)
    chosen = []
    for form, settings in every:
        found = [
            setting
            for setting in settings
            if _begins(form, setting.name, word) or (not begins and setting.name == word)
        ]
        if found or (form.choice and _begins(form, form.choice[0], word)):
            chosen.append((form, found))
    if not chosen:
        raise InputError(f"PREFIX: no setting begins with {prefix!r}{_nearest(word, every)}")
    return chosen


def _begins(form: Form, name: str, word: str) -> bool:
    return any(path.startswith(word) for path in _paths(form, name))


def _paths(form: Form, name: str) -> list[str]:
    """What a setting may be called: with the name of its form, or without."""
    choice = (form.choice[1],) if form.choice else ()
    return [form.dotted(name), ".".join((*form.path, *choice, name))]


def _nearest(word: str, every: Chosen) -> str:
    """The end of a message: the nearest of all names and beginnings, else the tables."""
    names = {path for form, found in every for each in found for path in _paths(form, each.name)}
    names |= {path.rpartition(".")[0] for path in names} | {path.split(".")[-1] for path in names}
    near = did_you_mean(word, names - {""})
    return near if near.endswith("?") else did_you_mean("", {f.path[0] for f, _ in every if f.path})


def _as_object(form: Form, setting: Setting) -> dict[str, Any]:
    from msgspec import NODEFAULT

    from ..config.template import plain

    return {
        "setting": form.dotted(setting.name),
        "form": form.choice[1] if form.choice else None,
        "default": None if setting.default is NODEFAULT else setting.default,
        "rule": plain(setting.kind),
        "meaning": plain(form.meaning(setting.name)),
    }


def _print(chosen: Chosen) -> None:
    """A table for each form on a terminal; elsewhere one, in which each line says all."""
    header = ["setting", "default", "meaning (rule)"]
    lines: list[list[str]] = []
    for form, found in chosen:
        rows = [_row(form, setting) for setting in found]
        name = form.choice[1] if form.choice else ""
        if not on_terminal():
            lines += [[name, *row] for row in ([_choice(form), *rows] if name else rows)]
            continue
        remark(_title(form))
        if rows:
            table(header, rows, prose=True)
        say()
    if lines:
        table(["form", *header], lines)


def _row(form: Form, setting: Setting) -> list[str]:
    from ..config.reference import toml

    said = _as_object(form, setting)
    default = "not set" if said["default"] is None else toml(said["default"])
    return [said["setting"], default, f"{said['meaning']} ({said['rule']})"]


def _choice(form: Form) -> list[str]:
    key, word = form.choice or ("", "")
    said = "the default" if form.value is not None else "chooses this form"
    return [form.dotted(key), f'"{word}"', said]


def _title(form: Form) -> str:
    if not form.choice:
        return form.name
    key, word = form.choice
    return f'{form.name} {key} = "{word}"{", the default" if form.value is not None else ""}'
