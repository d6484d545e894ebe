"""Settings that are called otherwise now: their old names are still read.

A rename is one row here. ``Settings.current`` applies them before anything is merged, and
``resolve`` says the new names in one line.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import ChainruleWarning, InputError

Path = tuple[str, ...]

SETTINGS: dict[Path, str] = {("pictures",): "images", ("images", "colour"): "color"}
"""Of a table or a setting: its path, of which only the last name is old, and its name now."""

VALUES: dict[Path, dict[str, str]] = {("images", "color"): {"grey": "gray"}}
"""Of a setting: its path, and what each old value is now."""


class Current(NamedTuple):
    """Settings under the names of today.

    values   nested tables
    written  the path at which the user wrote what is at a path now, where they differ
    renamed  "colour is now color" for each rename that was needed
    """

    values: dict[str, Any]
    written: dict[Path, Path]
    renamed: tuple[str, ...]


def current(values: Mapping[str, Any], place: str = "") -> Current:
    """The settings in nested tables, under the names of today.

    Raises InputError, naming the ``place``, for a setting that is there under both of its names.
    """
    found = Current({}, {}, ())
    renamed = list[str]()
    for then, value in _leaves(values, ()):
        now, said = _today(then, value)
        renamed += said
        if now != then:
            found.written.update(
                (now[:end], then[:end]) for end in range(1, len(now) + 1) if now[:end] != then[:end]
            )
        value = VALUES.get(now, {}).get(value, value) if isinstance(value, str) else value
        if not _put(found.values, now, value):
            both = f"{'.'.join(now)} and its old name"
            raise InputError(
                f"{f'{place}: ' if place else ''}expected one of {both}, received both: leave out "
                "the old one"
            )
    return found._replace(renamed=tuple(dict.fromkeys(renamed)))


_told: set[str] = set()


def tell_renamed(sources: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Warn, in one line and of each rename once a process, of old names that a user wrote; a source
    is its place and its ``renamed``."""
    places: dict[str, None] = {}
    said: list[str] = []
    for place, renamed in sources:
        for each in renamed:
            if each not in _told:
                _told.add(each)
                said.append(each)
                places[place or "settings"] = None
    if said:
        warnings.warn(
            f"{' and '.join(places)}: {', '.join(said)}; the old spelling is still read",
            ChainruleWarning,
            stacklevel=3,  # of resolve's caller
        )


def _leaves(table: Mapping[str, Any], path: Path) -> list[tuple[Path, Any]]:
    """(path, value) of each setting, and of each empty table."""
    found: list[tuple[Path, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            found += _leaves(value, (*path, key))
        else:
            found.append(((*path, key), value))
    return found


def _today(then: Path, value: Any) -> tuple[Path, list[str]]:
    """The path of a setting now, and what is said of it."""
    now: Path = ()
    said = []
    for end, name in enumerate(then, 1):
        new = SETTINGS.get((*now, name), name)
        if new != name:
            table = end < len(then) or isinstance(value, Mapping)
            said.append(f"[{name}] is now [{new}]" if table else f"{name} is now {new}")
        now = (*now, new)
    if isinstance(value, str) and value in VALUES.get(now, {}):
        said.append(f"{value!r} is now {VALUES[now][value]!r}")
    return now, said


def _put(tables: dict[str, Any], path: Path, value: Any) -> bool:
    """Whether there was room for a value at a path."""
    *outer, last = path
    for name in outer:
        tables = tables.setdefault(name, {})
        if not isinstance(tables, dict):
            return False
    if last in tables and not (tables[last] == value == {}):
        return isinstance(value, Mapping) and isinstance(tables[last], dict)
    tables[last] = dict(value) if isinstance(value, Mapping) else value
    return True
