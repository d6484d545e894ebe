"""What a class is called, after the folder or the cell that names it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

JOINERS = "\u200c\u200d"
"""Invisible, but part of the spelling: of Persian words, and of emoji."""

ESCAPE = re.compile(r"\\u[0-9a-f]{4}|\\U[0-9a-f]{8}")


def class_name(text: str) -> str:
    """The name in NFC, the same on every system, without spaces around it.

    Letters that cannot be seen or that steer a terminal (controls, marks of direction, a
    zero-width space) are written out, as in ``a\\u200bb``: no two names become one by them.
    """
    readable = os.fsencode(text).decode("utf-8", "backslashreplace")
    name = unicodedata.normalize("NFC", readable).strip()
    return "".join(letter if _is_plain(letter) else _escape(letter) for letter in name) or "?"


def _is_plain(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return letter.isprintable() or kind == "Zs" or kind == "Co" or letter in JOINERS


def _escape(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def same_to_the_eye(names: Iterable[str]) -> list[list[str]]:
    """Groups of names of which the differences cannot be seen."""
    return _groups(names, _seen)


def alike(names: Iterable[str]) -> list[list[str]]:
    """Groups of names that differ in capitals, in how words are joined, in the form of a letter,
    or in how a number is written: ``Cat`` and ``cat``, ``1`` and ``1.0``."""
    return _groups(names, _said)


def _groups(names: Iterable[str], key: object) -> list[list[str]]:
    together: dict[str, list[str]] = {}
    for name in names:
        together.setdefault(key(name), []).append(name)  # type: ignore[operator]
    return [group for group in together.values() if len(group) > 1]


def _seen(name: str) -> str:
    """The name without what is invisible: escapes, joiners, variation selectors; every space a
    plain one."""
    bare = ESCAPE.sub("", name)
    kept = (c for c in bare if c not in JOINERS and not "\ufe00" <= c <= "\ufe0f")
    return " ".join("".join(kept).split())


def _said(name: str) -> str:
    plain = unicodedata.normalize("NFKC", _seen(name)).casefold()
    if re.fullmatch(r"[+-]?\d+(\.\d*)?", plain) and len(plain) < 300:
        return repr(float(plain))
    return re.sub(r"[\s_-]+", "", plain) or plain


def escaped(names: Sequence[str]) -> str:
    """Names side by side, with every letter that could be taken for another written out."""
    return " and ".join(ascii(name).replace(r"\\", "\\") for name in names)
