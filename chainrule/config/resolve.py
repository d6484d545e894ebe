"""From sources of settings to one checked `Config`."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ..errors import InputError, did_you_mean
from .defaults import DEFAULTS
from .overlay import Path, Settings, merge
from .rules import fits, rule
from .schema import Config

S = TypeVar("S", bound=msgspec.Struct)


def resolve(*sources: Settings) -> Config:
    """The configuration in which each source overrules those before it, and all of them the
    defaults of the data set.

    Raises InputError naming the place, path, rule and value of a setting that cannot be, and
    the nearest known name for one that is unknown.
    """
    data = merge(sources)[0].get("data", Config().data)
    defaults = DEFAULTS.get(data, {}) if isinstance(data, str) else {}
    every = Settings(msgspec.to_builtins(Config()))
    values, origins = merge([every, Settings({"data": data, **defaults}), *sources])
    try:
        config = _build(Config, values, ())
        if config.data not in DEFAULTS:
            raise _Unfit(("data",), _unknown("data set", data, DEFAULTS))
    except _Unfit as error:
        raise InputError(f"{origins[error.path].called(error.path)}: {error.problem}") from None
    return config


class _Unfit(Exception):
    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem


def _build(kind: type[S], values: dict[str, Any], path: Path) -> S:
    """The Struct with these values, and with its own defaults where there is none."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    tag = kind.__struct_config__.tag_field
    arguments = {}
    for key, value in values.items():
        inner = (*path, key)
        if key in fields:
            arguments[key] = _convert(fields[key], value, inner)
        elif key != tag:
            form = kind.__struct_config__.tag
            raise _Unfit(inner, _unknown(f"{form} setting" if form else "setting", key, fields))
    return kind(**arguments)


def _convert(field: msgspec.structs.FieldInfo, value: Any, path: Path) -> Any:
    forms = _forms(field.type)
    if not forms:
        if not fits(field.type, value):
            raise _Unfit(path, f"expected {rule(field.type)}, received {value!r}")
        return msgspec.convert(value, field.type)
    if not isinstance(value, dict):
        raise _Unfit(path, f"expected a table [{path[-1]}], received {value!r}")
    if None in forms:
        return _build(forms[None], value, path)
    name = value.get("name", field.default.__struct_config__.tag)
    if not isinstance(name, str) or name not in forms:
        raise _Unfit((*path, "name"), _unknown(path[-1], name, forms))
    return _build(forms[name], value, path)


def _forms(kind: Any) -> dict[Any, Any]:
    """The Structs that a type may be, by the name that chooses them; none for other types."""
    kinds = getattr(kind, "__args__", (kind,))
    return {k.__struct_config__.tag: k for k in kinds if hasattr(k, "__struct_config__")}


def _unknown(what: str, word: Any, choices: Any) -> str:
    return f"unknown {what} {word!r}{did_you_mean(str(word), choices)}"
