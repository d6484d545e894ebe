"""A page: a title, formulas, and sections of labeled numbers in two aligned columns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

from ..text import aligned
from ..types import Array
from .arrays import lines

FORMULA_LINES = 9
PAGE_LINES = 100
ARRAY_LINES = (24, 16, 12, 10, 6, 4, 3, 1)
"""Lines of an array, tried in turn until the page is short enough. The page of any single layer is
whole: its numbers are what it is about. Only the arrays of a deep model are cut."""

Row = tuple[str, str, Callable[[int], Sequence[str]]]


class Page:
    """Collects rows; ``str`` of it is the text, with large arrays cut to keep it short."""

    def __init__(self, title: str, formula: str) -> None:
        self._head = [title, "", *(f"  {line}".rstrip() for line in formula.splitlines())]
        self._rows: list[Row | str] = []

    def section(self, name: str) -> None:
        self._rows.append(name)

    def array(self, label: str, array: Array, *, weight: bool = False) -> None:
        array = array.copy()
        content = partial(lines, array, weight)
        self._rows.append((label, str(array.shape), content))

    def text(self, label: str, text: str) -> None:
        self._rows.append((label, "", lambda limit: [text]))

    def __str__(self) -> str:
        for limit in ARRAY_LINES:
            text = self._lines(limit)
            if len(text) <= PAGE_LINES:
                break
        return "\n".join(text)

    def _lines(self, limit: int) -> list[str]:
        contents = [[] if isinstance(row, str) else row[2](limit) for row in self._rows]
        cells = [
            (*(row[:2] if i == 0 else ("", "")), line)
            for row, content in zip(self._rows, contents, strict=True)
            for i, line in enumerate(content)
        ]
        lines = iter(aligned(cells))
        text = list(self._head)
        for row, content in zip(self._rows, contents, strict=True):
            text += ["", row] if isinstance(row, str) else []
            text += [f"  {line}".rstrip() for line in islice(lines, len(content))]
        return text


def formula(kind: type) -> str:
    """The equations with which the docstring of a class begins.

    >>> class Half:
    ...     '''y = x / 2
    ...
    ...     dL/dx = dy / 2
    ...
    ...     A half is enough.
    ...     '''
    >>> print(formula(Half))
    y = x / 2
    <BLANKLINE>
    dL/dx = dy / 2
    """
    first, *others = (inspect.getdoc(kind) or "").split("\n\n")
    paragraphs = [first]
    for paragraph in others:
        if not any(sign in paragraph for sign in ("=", "←", "->")):
            break
        paragraphs.append(paragraph)
    shown = "\n\n".join(paragraphs).splitlines()[:FORMULA_LINES]
    return "\n".join(shown).rstrip()
