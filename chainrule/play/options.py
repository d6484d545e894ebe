"""The arguments of a layer's constructor as controls of a page, and what is typed into these.

A page has text, and true or false; which of them an argument may be its type says, as it does for
the constructor itself, whose own check has the last word.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, get_args

from ..declared import argument_types
from ..errors import InputError, did_you_mean
from ..layers import Layer
from ..printable import received
from ..ranges import choices, fits, rule

MOST = 32  # of a whole number, which may be a size
WHOLE = re.compile(r"[+-]?\d{1,6}")
LONGEST = 60


class FieldError(InputError):
    """An InputError about what is typed into the control ``field`` of the page."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def controls(kind: type[Layer], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A control for each argument that is a number, a word, or several: its name, the kind of
    control ("check", "choice" or "text"), its value of ``given`` or by default, and the rule."""
    types = argument_types(kind)
    found = []
    for name, parameter in inspect.signature(kind).parameters.items():
        if name not in types or not _is_plain(types[name]):
            continue
        value = given.get(name, parameter.default)
        if value is parameter.empty:
            continue
        words = choices(types[name])
        control = "check" if types[name] is bool else "text"
        if words and fits(types[name], words[0]) and not fits(types[name], 1):
            control = "choice"
        found.append(
            {
                "name": name, "control": control, "choices": words, "rule": rule(types[name]),
                "value": bool(value) if control == "check" else shown(value),
            }
        )  # fmt: skip
    return found


def _is_plain(kind: Any) -> bool:
    """Whether a page can hold a value of this type: no layer, no function, no mapping."""
    return any(fits(kind, value) for value in (1, 0.5, True, "zeros", (1, 1))) and not (
        kind is Any or fits(kind, object())
    )


def shown(value: Any) -> str:
    """A value as it is typed: 3, or 3, 2, or none."""
    if value is None:
        return "none"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def arguments(
    kind: type[Layer], typed: Any, defaults: Mapping[str, Any], known: Sequence[str]
) -> dict[str, Any]:
    """The keyword arguments that were ``typed`` into the controls ``known`` of ``kind``, the others
    being ``defaults``. FieldError, about the control, for what an argument may not be."""
    if typed is None:
        typed = {}
    if not isinstance(typed, Mapping):
        raise InputError(f"options: expected a value by name, received {received(typed)}")
    types = argument_types(kind)
    made = dict(defaults)
    for name, text in typed.items():
        if name not in known:
            raise InputError(f"{kind.__name__} has no option {name!r}{did_you_mean(name, known)}")
        made[name] = _value(name, text, types[name])
    return made


def _value(name: str, text: Any, kind: Any) -> Any:
    field = f"options.{name}"
    value = _read(text, kind) if isinstance(text, str) and len(text) <= LONGEST else text
    if not fits(kind, value):
        raise FieldError(f"{name}: expected {rule(kind)}, received {received(text)}", field)
    for number in value if isinstance(value, tuple) else (value,):
        if type(number) is int and abs(number) > MOST:
            raise FieldError(f"{name}: expected at most {MOST} here, received {number}", field)
    return value


def _read(text: str, kind: Any) -> Any:
    """The number, numbers or word that a text is; none where the type has it."""
    plain = text.strip().replace("−", "-")
    if NoneType in get_args(kind) and plain.lower() in ("", "none"):
        return None
    if kind is bool:
        return {"true": True, "false": False}.get(plain.lower(), plain)
    if plain in choices(kind):
        return plain
    parts = [_number(part) for part in plain.strip("()[]").split(",")]
    if all(isinstance(part, (int, float)) for part in parts):
        return parts[0] if len(parts) == 1 else tuple(parts)
    return plain


def _number(text: str) -> int | float | str:
    text = text.strip()
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text
