"""Every setting of a configuration, as its declaration has it: for ``chainrule settings`` and the
documentation.

A table is a Struct of ``chainrule.config.schema``. What a setting means is said by a line
``name   meaning`` in the docstring of the table, or of the class that the table feeds.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from ..ranges import UNIONS, rule
from .meanings import MEANINGS
from .schema import Config


@dataclass(frozen=True)
class Setting:
    name: str
    kind: Any
    default: Any


@dataclass(frozen=True)
class Form:
    """One table as it may stand in a file.

    path    of the table, () for the top of the file
    choice  (key, word) that choose this form among several; None where there is one form only
    struct  its declaration
    value   the table as it is if a file does not say anything; None if it is another form then
    """

    path: tuple[str, ...]
    choice: tuple[str, str] | None
    struct: type[msgspec.Struct]
    value: msgspec.Struct | None

    @property
    def settings(self) -> list[Setting]:
        """What is not a table of its own."""
        hints = get_type_hints(self.struct, include_extras=True)
        fields = msgspec.structs.fields(self.struct)
        return [
            Setting(f.encode_name, hints.get(f.name, f.type), default(f, self.value))
            for f in fields
            if not structs(hints.get(f.name, f.type))
        ]

    @property
    def name(self) -> str:
        return f"[{'.'.join(self.path)}]" if self.path else "The top of the file"

    def dotted(self, setting: str) -> str:
        """Its path, as ``--set`` takes it."""
        return ".".join((*self.path, setting))

    def meaning(self, setting: str) -> str:
        """What a setting of this table means; "" where nobody says it."""
        for place in (self.dotted(setting), setting):
            if place in MEANINGS:
                return MEANINGS[place]
        said = (meanings(doc) for doc in docstrings(self.struct))
        return next((known[setting] for known in said if setting in known), "")

    @property
    def part(self) -> Any:
        """The class or function that the table feeds, if its docstring names one."""
        return part_of(self.struct)


def default(field: Any, table: msgspec.Struct | None = None) -> Any:
    if table is not None:
        return getattr(table, field.name)
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def structs(kind: Any) -> list[type[msgspec.Struct]]:
    """The Structs in a type, those among the values of a dict included."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for inner in get_args(kind) for found in structs(inner)]


def tables() -> list[Form]:
    """Every form of every table once, though each optimizer has the same groups."""
    return list({(form.path, form.choice): form for form in reversed([*forms()])}.values())[::-1]


def forms(
    struct: type[msgspec.Struct] = Config,
    path: tuple[str, ...] = (),
    value: Any = None,
) -> Iterator[Form]:
    """Every form of every table, each table before those in it."""
    if not path:
        value = struct()
    tag = struct.__struct_config__
    own = value if type(value) is struct else None
    choice = (str(tag.tag_field), str(tag.tag)) if tag.tag else None
    yield Form(path, choice, struct, own)
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        kind = hints.get(field.name, field.type)
        many = get_origin(kind) is dict
        for inner in structs(kind):
            below = (*path, field.encode_name, *(("PATTERN",) if many else ()))
            yield from forms(inner, below, None if many else default(field, own))


def part_of(struct: type[msgspec.Struct]) -> Any:
    """The class or function that a table feeds, if its docstring names one."""
    said = re.match(r"(?:\[\S+\]:? )?See ``([\w.]+)``", struct.__doc__ or "")
    try:
        part = resolve_name(said[1]) if said else None
    except (ImportError, AttributeError):
        return None
    return part if callable(part) else None


def docstrings(struct: type[msgspec.Struct]) -> Iterator[str]:
    """Those that may say what a setting means, the nearest first."""
    part = part_of(struct)
    for thing in (struct, part, *getattr(part, "__mro__", ())[1:], *struct.__mro__[1:]):
        if thing is not None and getattr(thing, "__module__", "").startswith("chainrule."):
            yield inspect.cleandoc(vars(thing).get("__doc__") or "")


def meanings(doc: str) -> dict[str, str]:
    """What the paragraphs of ``name   meaning`` say, which begin in one column."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", doc):
        first = re.match(r"(\w+)( +)\S", block)
        lines = block.splitlines()
        if first is None or (len(lines) == 1 and len(first[2]) < 2):
            continue
        column, name = first.end() - 1, ""
        for line in lines:
            key = line[:column].strip()
            if key and not (key.isidentifier() and line[column - 1 : column] == " "):
                break
            name = key or name
            found[name] = f"{found.get(name, '')} {line[column:]}".strip()
    return {name: text.rstrip(":;,") for name, text in found.items()}


def toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def in_words(kind: Any) -> str:
    if get_origin(kind) in UNIONS:
        return " or ".join(in_words(p) for p in get_args(kind) if p is not type(None))
    quoted = re.sub(r"'([^']+)'", r'`"\1"`', rule(kind))
    return re.sub(r'(`"\S+"`) or (?=`"\S+"` or)', r"\1, ", quoted)
