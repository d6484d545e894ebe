"""The one way in which commands print: nothing that a name holds reaches the terminal raw."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from ..printable import printable, printable_lines
from ..terminal import is_watched
from ..text import wrapped as text_lines


def say(text: object = "", *, end: str = "\n") -> None:
    """Print ``text``, line by line, on stdout, at once.

    What steers a terminal becomes a visible escape; the lines that ``text`` has stay lines, so
    that a name that might hold a line break goes through `printable` on its own.
    """
    print(printable_lines(text), end=end, flush=True)


def rows(table: Iterable[tuple[str, object]]) -> None:
    """Print (name, text) pairs in two columns, a line each."""
    for name, text in table:
        say(f"{name:<10}{printable(text)}")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters where words allow it. No word is cut, and neither is
    a command in quotes, which is there to be pasted.

    >>> wrapped("go on with 'chainrule resume runs/a', or not", 20)
    ['go on with', "'chainrule resume runs/a',", 'or not']
    """
    whole = re.sub(r"'chainrule [^']*'", lambda match: match[0].replace(" ", "\0"), text)
    return [line.replace("\0", " ") for line in text_lines(whole, max(width, 20))]


def on_terminal() -> bool:
    """Whether somebody is looking at stdout."""
    return is_watched(sys.stdout)
