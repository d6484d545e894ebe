"""The notation of the field, typed in ASCII where a stream has no other letters.

Importing this registers a handler of encoding errors: ``errors="chainrule"`` writes the nearest
that ASCII has, σ as sigma and × as x, and letters that have none as escapes.
"""

from __future__ import annotations

import codecs
import functools
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import IO, Any, TypeVar

from . import notebook
from .printable import STEERING, printable

ASCII = {
    "…": "...", "·": "*", "×": "x", "÷": "/", "√": "sqrt", "‖": "||", "½": "1/2", "°": " deg",
    "−": "-", "–": "-", "≥": ">=", "≤": "<=", "≠": "!=", "←": "<-", "→": "->", "′": "'", "±": "+/-",
    "∂": "d", "∏": "prod", "∫": "int", "∞": "inf", "⊙": "*", "✓": "v", "✗": "x", "─": "-", "━": "-",
    "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "Σ": "sum", "Π": "prod", "µ": "mu",
    "⁻": "-", "⁺": "+", "₊": "+", "₌": "=",
    "\u0302": "^", "Ŵ": "W^", "ē": "e",
    **dict(zip("▁▂▃▄▅▆▇█", "_.-~=+*#", strict=True)),
}  # fmt: skip
"""How the notation of the field is typed where a stream cannot hold it."""


def _typed(error: UnicodeError) -> tuple[str, int]:
    """The handler of encoding errors called "chainrule": the nearest that ASCII has, else an
    escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(letter: str) -> str:
    if letter in ASCII:
        return ASCII[letter]
    if re.match("GREEK (SMALL|CAPITAL) LETTER [A-Z]+$", name := unicodedata.name(letter, "")):
        word = name.split()[-1].lower()
        return word.capitalize() if "CAPITAL" in name else word
    plain = unicodedata.normalize("NFKD", letter)
    if plain.isascii() and unicodedata.category(letter) in ("Lm", "No", "Sk"):  # ² ᵀ ₙ
        return plain
    return printable(letter) if STEERING.match(letter) else ascii(letter)[1:-1]


codecs.register_error("chainrule", _typed)


def typable(text: str, stream: IO[Any] | None = None) -> str:
    """``text`` in letters that ``stream`` (stdout) can encode: σ becomes sigma, × becomes x."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, "chainrule").decode(encoding)
    except (LookupError, UnicodeError):
        return text


T = TypeVar("T")


def typed(method: Callable[[T], str]) -> Callable[[T], str]:
    """A ``__str__`` or ``__repr__`` that says what stdout can show."""

    @functools.wraps(method)
    def shown(self: T) -> str:
        return typable(method(self))

    return shown


class Lines(str):
    """Text that a prompt and a notebook show line by line, where a ``str`` has quotes and \\n."""

    __slots__ = ()

    def __repr__(self) -> str:
        return typable(str.__str__(self))

    def _repr_html_(self) -> str:
        return notebook.html("", str.__str__(self))


class Text(Lines):
    """Lines to print: ``print`` and ``str`` show what stdout can encode of it."""

    __slots__ = ()

    __str__ = Lines.__repr__
