"""From sources of settings, laid over one another, to one checked `Config`."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from ..annotated import is_deep, too_deep
from ..data.augment import OPERATIONS, PRESETS
from ..declared import checked
from ..errors import InputError, did_you_mean
from ..printable import printable, received
from ..ranges import rule
from .defaults import DEFAULTS, FOLDER, OTHER_MODELS
from .pretraining import from_source
from .schema import PRETRAINED, Config
from .settings import SHORT, Keys, Settings, read_settings, tell_renamed, toml_key

S = TypeVar("S", bound=msgspec.Struct)

CHOOSERS = ("name", "kind", "preset")
"""The keys that say which form a table has, or with what it begins."""

LARGEST_BITS = 128
"""Of a whole number: seeds that NumPy makes have as many, and nothing needs more."""


@checked
def resolve(*sources: Settings) -> Config:
    """The configuration in which each source overrules those before it, and all of them the
    defaults of the data set.

    The path of a folder or a CSV file of images becomes an absolute one.

    Old names of settings are read, and a ChainruleWarning says the new ones, once a process.
    Raises InputError naming the place, path, rule and value of a setting that cannot be, and
    the nearest known name for one that is unknown.

    >>> from chainrule.config import assignments
    >>> config = resolve(assignments(["optimizer.name=sgd"]), assignments(["optimizer.lr=0.5"]))
    >>> config.optimizer.lr
    0.5
    """
    for source in sources:
        if not isinstance(source, Settings):
            raise InputError(f"sources: expected Settings, received {received(source)}")
        if is_deep(source.values):
            raise InputError(f"{source.place or 'settings'}: {too_deep()}")
    sources = tuple(source.current() for source in sources)
    tell_renamed(sources)
    data = merge(sources)[0].get("data", Config().data)
    own = isinstance(data, str) and data not in DEFAULTS and is_path(data)
    every = Settings(msgspec.to_builtins(Config()))
    sources, of_source = from_source(sources) if any(map(begins, sources)) else (sources, ())
    defaults = FOLDER if own else _defaults(data, sources) if isinstance(data, str) else {}
    said = [
        _spelled_out(Settings({"data": data, **defaults})),
        *map(_spelled_out, (*of_source, *sources)),
    ]
    values, origins = merge([every, _operations(said), *said])
    try:
        config = _build(Config, values, ())
        if own:
            place = os.path.abspath(os.path.expanduser(data))
            if not is_text(place):  # it lies in a folder whose name is not
                raise _Unfit(("data",), _not_text(place))
            config = msgspec.structs.replace(config, data=place)
        elif config.data not in DEFAULTS:
            problem = _unknown("data set", data, DEFAULTS)
            if not problem.endswith("?"):
                problem += ", or a folder or .csv file that exists"
            raise _Unfit(("data",), problem)
    except _Unfit as error:
        raise InputError(f"{origins[error.path].called(error.path)}: {error.problem}") from None
    return config


@checked
def load(path: str | os.PathLike[str], *, by_run: bool | None = None) -> Config:
    """The configuration in a file: what `to_toml` wrote is read back as it was.
    InputError as from `read_settings`, which says what ``by_run`` is, and `resolve`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from chainrule.config import to_toml
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "exp.toml")
    ...     _ = file.write_text(to_toml(resolve()))
    ...     load(file) == resolve()
    True
    """
    return resolve(read_settings(path, by_run=by_run))


def merge(sources: Sequence[Settings]) -> tuple[dict[str, Any], dict[Keys, Settings]]:
    """The settings of all sources, later ones winning, and where each of them comes from.

    Where sources give a table different ``name``s (or ``kind``s), the last one counts, and a
    source that has another one has no say in that table: the momentum of one optimizer is
    nothing to the next.
    """
    origins: dict[Keys, Settings] = {}
    return _merge([(source, source.values) for source in sources], (), origins), origins


def _defaults(data: str, sources: Sequence[Settings]) -> dict[str, Any]:
    """Those of a data set by name, for the model that the last source names or begins with."""
    usual = DEFAULTS.get(data, {})
    if data in OTHER_MODELS:
        models = [_spelled_out(source).values.get("model") for source in sources]
        names = [model["name"] for model in models if isinstance(model, dict) and "name" in model]
        if names and names[-1] != usual["model"]["name"]:
            return OTHER_MODELS[data]
    return usual


def begins(source: Settings) -> bool:
    """Whether a source has to do with a trained model to begin with."""
    return PRETRAINED in source.values or PRETRAINED in str(source.values.get("model"))


def _merge(
    tables: list[tuple[Settings, Mapping[str, Any]]], path: Keys, origins: dict[Keys, Settings]
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


def _spelled_out(source: Settings) -> Settings:
    """The settings with each word for a whole table put into the table."""
    values = {
        table: {SHORT[table]: value} if table in SHORT and isinstance(value, str) else value
        for table, value in source.values.items()
    }
    return replace(source, values=values)


def _operations(sources: Sequence[Settings]) -> Settings:
    """The tables of the preset that the sources choose, for them to overrule; none if there is
    no such preset."""
    augment = merge(sources)[0].get("augment")
    name = augment.get("preset") if isinstance(augment, Mapping) else None
    if not isinstance(name, str) or name not in PRESETS:
        return Settings({})
    names = {kind: key for key, kind in OPERATIONS.items()}
    tables: dict[str, Any] = {names[type(each)]: asdict(each) for each in PRESETS[name]}
    return Settings({"augment": {"preset": name, **tables}})


def is_path(data: str) -> bool:
    """Whether this names a folder or a file, rather than a data set."""
    looks = "/" in data or os.sep in data or data.lower().endswith((".csv", ".tsv"))
    return looks or os.path.exists(os.path.expanduser(data))


class _Unfit(Exception):
    def __init__(self, path: Keys, problem: str) -> None:
        self.path, self.problem = path, problem


def _build(
    kind: type[S], values: dict[str, Any], path: Keys, forms: dict[Any, Any] | None = None
) -> S:
    """The Struct with these values, and with its own defaults where there is none. It is one of
    the ``forms`` of its table."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    arguments = {}
    for key, value in values.items():
        inner = (*path, key)
        if key in fields:
            arguments[key] = _convert(fields[key], value, inner)
        elif key != kind.__struct_config__.tag_field:
            raise _Unfit(inner, _unknown_setting(key, kind, forms or {}))
    return kind(**arguments)


def _convert(field: msgspec.structs.FieldInfo, value: Any, path: Keys) -> Any:
    forms = _forms(field.type)
    if forms:
        return _table(forms, field.default, value, path)
    if get_origin(field.type) is dict:
        return _tables(get_args(field.type)[1], value, path)
    if isinstance(value, str) and not is_text(value):
        raise _Unfit(path, _not_text(value))
    if not fits(field.type, value):
        if get_origin(field.type) is Literal:
            raise _Unfit(path, _unknown(path[-1], value, get_args(field.type)))
        raise _Unfit(path, f"expected {rule(field.type)}, received {received(value)}")
    return msgspec.convert(value, field.type)


def _table(forms: dict[Any, Any], default: Any, value: Any, path: Keys) -> Any:
    """A table of one form, or of the one that its chooser says."""
    if None in forms:
        _expect_table(value, path)
        return _build(forms[None], value, path)
    chooser = default.__struct_config__.tag_field
    _expect_table(value, path, chooser if isinstance(value, str) and value in forms else "")
    name = value.get(chooser, default.__struct_config__.tag)
    if not isinstance(name, str) or name not in forms:
        raise _Unfit((*path, chooser), _unknown(path[-1], name, forms))
    return _build(forms[name], value, path, forms)


def _tables(kind: type[S], value: Any, path: Keys) -> dict[str, S]:
    """Tables under keys that the user chooses."""
    _expect_table(value, path)
    for key, inner in value.items():
        if not fits(str, key):
            raise _Unfit((*path, key), f"expected {rule(str)} as a key, received {key!r}")
        _expect_table(inner, (*path, key))
    return {key: _build(kind, inner, (*path, key)) for key, inner in value.items()}


def _expect_table(value: Any, path: Keys, chooser: str = "") -> None:
    """A ``chooser`` is the key that the value would be right for."""
    if not isinstance(value, dict):
        dotted = ".".join(map(toml_key, path))
        meant = f"; the setting is {dotted}.{chooser}" if chooser else ""
        raise _Unfit(path, f"expected a table [{dotted}], received {received(value)}{meant}")


def _forms(kind: Any) -> dict[Any, Any]:
    """The Structs that a type may be, by what chooses them; none for other types."""
    kinds = (kind,) if hasattr(kind, "__struct_config__") else getattr(kind, "__args__", ())
    if get_origin(kind) is dict:
        return {}
    return {k.__struct_config__.tag: k for k in kinds if hasattr(k, "__struct_config__")}


def _not_text(value: str) -> str:
    return (
        f"expected {rule(str)}, as config.toml must keep it, received '{printable(value)}'; a file "
        "or a folder can be renamed"
    )


def _unknown(what: str, word: Any, choices: Any) -> str:
    near = did_you_mean(word if isinstance(word, str) else "", choices)
    return f"unknown {what} {received(word)}{near}"


def _unknown_setting(key: str, kind: Any, forms: dict[Any, Any]) -> str:
    """Another form may have it: one who sets a momentum wants an optimizer that has one."""
    form, chooser = kind.__struct_config__.tag, kind.__struct_config__.tag_field
    fitting = [repr(name) for name, other in forms.items() if key in other.__struct_fields__]
    if fitting:
        return f"{form!r} has no setting {key!r}; it needs {chooser} = {' or '.join(fitting)}"
    if key in CHOOSERS and chooser in CHOOSERS:
        return f"unknown setting {key!r}; {chooser!r} chooses one of {', '.join(map(str, forms))}"
    return _unknown(f"{form} setting" if form else "setting", key, kind.__struct_fields__)


def fits(kind: Any, value: Any) -> bool:
    """Whether ``value``, as TOML reads it, is one of ``kind``. No number may be infinite."""
    if isinstance(value, list) and not all(fits(Any, item) for item in value):
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, int) and abs(value) >> LARGEST_BITS:
        return False
    if isinstance(value, str) and not is_text(value):
        return False
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        return False
    return True


def is_text(value: str) -> bool:
    """Whether a string can be kept in a TOML file: any letters of any script, but no null
    character, and none that stand for bytes of a name that is not UTF-8."""
    return not re.search("[\0\ud800-\udfff]", value)
