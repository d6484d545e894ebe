"""Settings from several places, laid over one another; a word may stand for a whole table."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..annotated import is_deep
from ..data.augment import OPERATIONS, PRESETS
from ..declared import checked
from ..errors import InputError
from .renames import Path as Path
from .renames import current

CHOOSERS = ("name", "kind", "preset")
"""The keys that say which form a table has, or with what it begins."""

SHORT = {"augment": "preset"}
"""Tables that one word may stand for, and the setting that the word is."""


@dataclass(frozen=True)
class Settings:
    """Some settings from one place.

    values   nested tables, as TOML reads them
    place    what a message calls it: "exp.toml", "--set"
    names    what a message says instead, where a setting has an option of its own
    renamed  what to say of old names among them, see ``config.renames``
    by_run   whether a run wrote them: then nobody need be told that a name is old
    """

    values: Mapping[str, Any]
    place: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    renamed: tuple[str, ...] = ()
    by_run: bool = False

    def current(self) -> Settings:
        """The same under the names of today; messages call them as they were written.

        Raises InputError for a setting that is there under its old name and its new one.
        """
        values, written, renamed = current(self.values, self.place)
        names = {_dotted(now): self.called(then) for now, then in written.items()}
        return replace(
            self, values=values, names=names | {**self.names}, renamed=self.renamed + renamed
        )

    def called(self, path: Path) -> str:
        dotted = _dotted(path)
        return self.names.get(dotted) or (f"{self.place}: {dotted}" if self.place else dotted)


class NotToml(ValueError):
    """A text cannot be read as TOML; the message says why."""


def parse(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises NotToml, also for numbers and nestings beyond what Python
    reads: an integer may have 4,300 digits (``sys.get_int_max_str_digits``)."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotToml(str(error)) from None
    except ValueError:  # of int(), which says nothing that a user could act on
        raise NotToml("a whole number has more digits than can be read") from None
    except RecursionError:
        raise NotToml("its lists or tables are nested too deeply") from None


def toml_key(name: str) -> str:
    """``name`` as a key in TOML: quoted where it must be, as a pattern must."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return name
    return json.dumps(name, ensure_ascii=False).replace("\x7f", r"\u007f")


def _dotted(path: Path) -> str:
    return ".".join(map(toml_key, path))


@checked
def assignments(texts: Iterable[str]) -> Settings:
    """The settings of ``--set a.b=value``: the path is a key in TOML, a value is TOML too, and
    what is not is a string.

    A later assignment to the same path wins. Raises InputError for a text of another form.
    """
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    renamed: tuple[str, ...] = ()
    for text in texts:
        dotted, equals, value = text.partition("=")
        path = _path(dotted)
        if not equals or not path[-1]:
            quotes = "; a pattern needs quotes: --set 'optimizer.groups.\"*.bias\".lr_scale=0'"
            raise InputError(
                "--set: expected a path and a value as in optimizer.lr=0.01, "
                f"received {text!r}{quotes if '*' in dotted else ''}"
            )
        given = _value(dotted, value.strip())
        if len(path) == 1 and path[0] in SHORT and isinstance(given, str):
            path = (path[0], SHORT[path[0]])
        if not is_deep(given):
            one = _nested(path, given).current()
            path, given = _at(one.values, len(path))
            names, renamed = {**names, **one.names}, renamed + one.renamed
        *tables, key = path
        place = values
        for name in tables:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[key] = given
    return Settings(values, "--set", names, renamed)


def _nested(path: Path, value: Any) -> Settings:
    for name in reversed(path):
        value = {name: value}
    return Settings(value, "--set")


def _at(table: Any, depth: int) -> tuple[Path, Any]:
    """The path to the one value that is so deep in tables of one entry, and the value."""
    path: Path = ()
    for _ in range(depth):
        ((name, table),) = table.items()
        path = (*path, name)
    return path, table


def _path(dotted: str) -> Path:
    """The names in a dotted key, of which some may be quoted; ("",) for what is none."""
    try:
        table: Any = parse(f"{dotted} = 0") if "\n" not in dotted else {}
    except NotToml:
        table = {}
    path = []
    while isinstance(table, dict) and table:
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path) or ("",)


def _value(dotted: str, text: str) -> Any:
    try:
        return parse(f"value = {text}")["value"] if "\n" not in text else text
    except NotToml as error:
        if text[:1] in tuple("\"'[{"):
            raise InputError(f"--set: {dotted}: {text} is not TOML: {error}") from None
        return text


def merge(sources: Sequence[Settings]) -> tuple[dict[str, Any], dict[Path, Settings]]:
    """The settings of all sources, later ones winning, and where each of them comes from.

    Where sources give a table different ``name``s (or ``kind``s), the last one counts, and a
    source that has another one has no say in that table: the momentum of one optimizer is
    nothing to the next.
    """
    origins: dict[Path, Settings] = {}
    return _merge([(source, source.values) for source in sources], (), origins), origins


def _merge(
    tables: list[tuple[Settings, Mapping[str, Any]]], path: Path, origins: dict[Path, Settings]
) -> dict[str, Any]:
    for key in CHOOSERS:
        chosen = [table[key] for _, table in tables if key in table][-1:]
        tables = [pair for pair in tables if [pair[1].get(key, *chosen)] == chosen or not chosen]
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(key for _, table in tables for key in table):
        inner = (*path, key)
        said = [(source, table[key]) for source, table in tables if key in table]
        kinds = [isinstance(value, Mapping) for _, value in said]
        if all(kinds):
            merged[key] = _merge(said, inner, origins)
            origins[inner] = said[-1][0]
        elif any(kinds):  # a table for a value, or a value for a table: shown, not overlaid
            origins[inner], merged[key] = said[kinds.index(not kinds[0])]
        else:
            origins[inner], merged[key] = said[-1]
    return merged


def spelled_out(source: Settings) -> Settings:
    """The settings with each word for a whole table put into the table."""
    values = {
        table: {SHORT[table]: value} if table in SHORT and isinstance(value, str) else value
        for table, value in source.values.items()
    }
    return replace(source, values=values)


def operations(sources: Sequence[Settings]) -> Settings:
    """The tables of the preset that the sources choose, for them to overrule; none if there is
    no such preset."""
    augment = merge(sources)[0].get("augment")
    name = augment.get("preset") if isinstance(augment, Mapping) else None
    if not isinstance(name, str) or name not in PRESETS:
        return Settings({})
    names = {kind: key for key, kind in OPERATIONS.items()}
    tables: dict[str, Any] = {names[type(each)]: asdict(each) for each in PRESETS[name]}
    return Settings({"augment": {"preset": name, **tables}})
