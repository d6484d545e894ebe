"""Settings from one place, as a person or a run has written them: TOML, ``--set``, old names.

A rename of a setting is one row in ``RENAMED`` or ``RENAMED_VALUES``.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..annotated import is_deep
from ..declared import checked
from ..errors import ChainruleWarning, InputError
from ..notation import Lines
from ..training.run import Run

if TYPE_CHECKING:
    from .schema import Config

Keys = tuple[str, ...]
"""The path of a setting: the names of its tables, and its own."""

RENAMED: dict[Keys, str] = {("pictures",): "images", ("images", "colour"): "color"}
"""Of a table or a setting: its path, of which only the last name is old, and its name now."""

RENAMED_VALUES: dict[Keys, dict[str, str]] = {("images", "color"): {"grey": "gray"}}
"""Of a setting: its path, and what each old value is now."""

SHORT = {"augment": "preset"}
"""Tables that one word may stand for, and the setting that the word is."""


@dataclass(frozen=True)
class Settings:
    """Some settings from one place.

    values   nested tables, as TOML reads them
    place    what a message calls it: "exp.toml", "--set"
    names    what a message says instead, where a setting has an option of its own
    renamed  "colour is now color" for each old name that was among them
    by_run   whether a run wrote them: then nobody need be told that a name is old

    InputError from ``current`` for a setting that is there under its old name and its new one.

    >>> Settings({"optimizer": {"lr": 0.1}}, place="--set").called(("optimizer", "lr"))
    '--set: optimizer.lr'
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
        values: dict[str, Any] = {}
        names: dict[str, str] = {}
        renamed = [*self.renamed]
        for then, value in _leaves(self.values, ()):
            now, value, said = _today(then, value)
            renamed += said
            names |= {
                _dotted(now[:end]): self.called(then[:end])
                for end in range(1, len(now) + 1)
                if now[:end] != then[:end]
            }
            value = (
                RENAMED_VALUES.get(now, {}).get(value, value) if isinstance(value, str) else value
            )
            if not _put(values, now, value):
                both = f"{'.'.join(now)} and its old name"
                raise InputError(
                    f"{f'{self.place}: ' if self.place else ''}expected one of {both}, received "
                    "both: leave out the old one"
                )
        return replace(
            self, values=values, names=names | {**self.names}, renamed=tuple(dict.fromkeys(renamed))
        )

    def called(self, path: Keys) -> str:
        """What a message calls the setting with this path."""
        dotted = _dotted(path)
        return self.names.get(dotted) or (f"{self.place}: {dotted}" if self.place else dotted)


@checked
def options(names: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings that have an option of their own: --batch-size for ``batch_size``, or what
    ``names`` says. A value of None was not given.

    >>> given = options({"data": "DATA"}, data="digits", batch_size=None, epochs=3)
    >>> given.values, given.called(("data",)), given.called(("epochs",))
    ({'data': 'digits', 'epochs': 3}, 'DATA', '--epochs')
    """
    values = {key: value for key, value in given.items() if value is not None}
    return Settings(
        values, names={key: f"--{key.replace('_', '-')}" for key in values} | {**(names or {})}
    )


@checked
def assignments(texts: Iterable[str]) -> Settings:
    """The settings of ``--set a.b=value``: the path is a key in TOML, a value is TOML too, and
    what is not is a string.

    A later assignment to the same path wins. Raises InputError for a text of another form.

    >>> assignments(["optimizer.lr=0.01", "model.norm=batch"]).values
    {'optimizer': {'lr': 0.01}, 'model': {'norm': 'batch'}}
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


@checked
def read_settings(path: str | os.PathLike[str], *, by_run: bool | None = None) -> Settings:
    """The settings in a TOML file. If a run wrote it, ``by_run``, no warning is of its old names;
    unless given, this is so for the config.toml beside the log of a run. InputError names the
    file, and the line that is not TOML.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "exp.toml")
    ...     _ = file.write_text("epochs = 3")
    ...     read_settings(file).values
    {'epochs': 3}
    """
    if by_run is None:
        run = Run(Path(path).parent)
        by_run = Path(path).name == run.config.name and run.log.is_file()
    try:
        values = _parsed(Path(path).read_bytes().decode("utf-8-sig"))  # Notepad begins with a BOM
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, _NotToml) as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    return Settings(values, place=str(path), by_run=by_run)


@checked
def to_toml(config: Config) -> Lines:
    """Every value of ``config``, so that no default of another version can creep in.

    >>> from chainrule.config import resolve
    >>> print(to_toml(resolve()).splitlines()[0])
    data = "digits"
    """
    return Lines("\n".join(_tables(msgspec.to_builtins(config), ())))


_told: set[str] = set()


def tell_renamed(sources: Iterable[Settings]) -> None:
    """Warn, in one line and of each rename once a process, of old names that a user wrote."""
    places: dict[str, None] = {}
    said: list[str] = []
    for source in sources:
        new = [] if source.by_run else [each for each in source.renamed if each not in _told]
        if new:
            places[source.place or "settings"] = None
        said += new
        _told.update(new)
    if said:
        warnings.warn(
            f"{' and '.join(places)}: {', '.join(said)}; the old spelling is still read",
            ChainruleWarning,
            stacklevel=3,  # of resolve's caller
        )


def toml_key(name: str) -> str:
    """``name`` as a key in TOML: quoted where it must be, as a pattern must."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


class _NotToml(ValueError):
    """A text cannot be read as TOML; the message says why."""


def _parsed(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises _NotToml, also for numbers and nestings beyond what Python
    reads: an integer may have 4,300 digits (``sys.get_int_max_str_digits``)."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _NotToml(str(error)) from None
    except ValueError:  # of int(), which says nothing that a user could act on
        raise _NotToml("a whole number has more digits than can be read") from None
    except RecursionError:
        raise _NotToml("its lists or tables are nested too deeply") from None


def _dotted(path: Keys) -> str:
    return ".".join(map(toml_key, path))


def _nested(path: Keys, value: Any) -> Settings:
    for name in reversed(path):
        value = {name: value}
    return Settings(value, "--set")


def _at(table: Any, depth: int) -> tuple[Keys, Any]:
    """The path to the one value that is so deep in tables of one entry, and the value."""
    path: Keys = ()
    for _ in range(depth):
        ((name, table),) = table.items()
        path = (*path, name)
    return path, table


def _path(dotted: str) -> Keys:
    """The names in a dotted key, of which some may be quoted; ("",) for what is none."""
    try:
        table: Any = _parsed(f"{dotted} = 0") if "\n" not in dotted else {}
    except _NotToml:
        table = {}
    path = []
    while isinstance(table, dict) and table:
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path) or ("",)


def _value(dotted: str, text: str) -> Any:
    try:
        return _parsed(f"value = {text}")["value"] if "\n" not in text else text
    except _NotToml as error:
        if text[:1] in tuple("\"'[{"):
            raise InputError(f"--set: {dotted}: {text} is not TOML: {error}") from None
        return text


def _leaves(table: Mapping[str, Any], path: Keys) -> Iterator[tuple[Keys, Any]]:
    """(path, value) of each setting, and of each empty table."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _today(then: Keys, value: Any) -> tuple[Keys, Any, list[str]]:
    """The path of a setting now, its value now, and what is said of them."""
    now: Keys = ()
    said = []
    for end, name in enumerate(then, 1):
        new = RENAMED.get((*now, name), name)
        if new != name:
            table = end < len(then) or isinstance(value, Mapping)
            said.append(f"[{name}] is now [{new}]" if table else f"{name} is now {new}")
        now = (*now, new)
    if isinstance(value, str) and value in RENAMED_VALUES.get(now, {}):
        new = RENAMED_VALUES[now][value]
        said.append(f"{value!r} is now {new!r}")
        value = new
    return now, value, said


def _put(tables: dict[str, Any], path: Keys, value: Any) -> bool:
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


def _tables(table: dict[str, Any], path: Keys) -> Iterator[str]:
    """The values of a table under its heading, then the tables inside it."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = [
        f"{toml_key(key)} = {_text(value)}\n"
        for key, value in table.items()
        if key not in inner and value is not None
    ]
    heading = f"[{_dotted(path)}]\n" if path else ""
    if lines or not inner:
        yield heading + "".join(lines)
    for key, value in inner.items():
        yield from _tables(value, (*path, key))


def _text(value: Any) -> str:
    """A TOML value. JSON's numbers, booleans and lists are TOML's too, and so are its strings but
    for DEL, which TOML wants escaped as JSON escapes the other control characters."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
