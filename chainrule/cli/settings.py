"""chainrule settings"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError, did_you_mean
from .output import AsJson, say_json, table
from .say import on_terminal, say

if TYPE_CHECKING:
    from ..config.reference import Form, Setting

Chosen = list[tuple["Form", list["Setting"]]]


def settings(
    prefix: Annotated[
        str,
        Parameter(name="PREFIX", help="How the name begins: optimizer, model.mlp, loss.smoothing."),
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
        say(template(chosen), end="")
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
    paths = {name for form, found in every for setting in found for name in _paths(form, setting)}
    begins = any(name.startswith(word) for name in paths)
    chosen = [
        (
            form,
            [
                setting
                for setting in found
                if (any(name.startswith(word) for name in _paths(form, setting)))
                or (not begins and setting.name == word)
            ],
        )
        for form, found in every
    ]
    chosen = [(form, found) for form, found in chosen if found or (not word and form.choice)]
    if not chosen:
        names = {setting.name for _, found in every for setting in found}
        near = did_you_mean(word, paths | names | {".".join(form.path) for form, _ in every})
        if not near.endswith("?"):
            near = did_you_mean("", {form.path[0] for form, _ in every if form.path})
        raise InputError(f"PREFIX: no setting begins with {prefix!r}{near}")
    return chosen


def _paths(form: Form, setting: Setting) -> list[str]:
    """What a setting may be called: with the name of its form, or without."""
    choice = (form.choice[1],) if form.choice else ()
    return [form.dotted(setting.name), ".".join((*form.path, *choice, setting.name))]


def _as_object(form: Form, setting: Setting) -> dict[str, object]:
    from ..config.template import plain

    return {
        "setting": form.dotted(setting.name),
        "form": form.choice[1] if form.choice else None,
        "default": _value(setting),
        "rule": plain(setting),
        "meaning": form.meaning(setting.name).replace("`", ""),
    }


def _value(setting: Setting) -> object:
    from msgspec import NODEFAULT

    return None if setting.default is NODEFAULT else setting.default


def _print(chosen: Chosen) -> None:
    """A table for each form on a terminal; elsewhere one, in which a line says all."""
    header = ["setting", "default", "meaning (rule)"]
    lines = []
    for form, found in chosen:
        rows = [_row(form, setting) for setting in found]
        if on_terminal():
            say(f"{_title(form)}")
            table(header, [row[1:] for row in rows], prose=True)
            say()
        lines += rows
    if not on_terminal():
        table(["form", *header], lines)


def _row(form: Form, setting: Setting) -> list[str]:
    from ..config.reference import toml

    said = _as_object(form, setting)
    default = "not set" if _value(setting) is None else toml(_value(setting))
    form_name = str(said["form"] or "")
    return [form_name, str(said["setting"]), default, f"{said['meaning']} ({said['rule']})"]


def _title(form: Form) -> str:
    if not form.choice:
        return form.name
    key, word = form.choice
    return f"{form.name} {key} = {word!r}{', the default' if form.value is not None else ''}"
