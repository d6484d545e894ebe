"""Where in the text of an expression something stands, and the error that says so."""

from __future__ import annotations

import ast
from io import StringIO
from itertools import accumulate

from ..errors import InputError

Place = tuple[int, int]


class ExpressionError(InputError):
    """An expression that cannot be read or computed, and where: in ``text[start:end]``.

    ``start`` and ``end`` count characters of the text that was given. They are equal where
    something is missing, as at the end of "x +".

    >>> from chainrule.circuit import expression
    >>> text = "2 * log(x - 3)"
    >>> try:
    ...     expression(text, x=1)
    ... except ExpressionError as error:
    ...     print(error)
    ...     print(text[error.start : error.end])
    log(x - 3) with x - 3 = -2: the logarithm needs a positive number
    log(x - 3)
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


class Places:
    """The places of one text, which Python's parser counts in lines and, within them, in bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = list(StringIO(text, newline="")) or [""]
        self._starts = [0, *accumulate(map(len, self._lines))]

    def of(self, node: ast.expr) -> Place:
        """Of a part of the expression."""
        end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._at(node.lineno, node.col_offset), self._at(*end)

    def of_error(self, error: SyntaxError) -> Place:
        """Of what the parser stumbled over; the end of the text where it says nothing."""
        if not error.lineno or not error.offset:
            return len(self.text), len(self.text)
        start = min(self._start(error.lineno) + max(error.offset - 1, 0), len(self.text))
        if error.end_lineno != error.lineno or (error.end_offset or 0) <= error.offset:
            return start, min(start + 1, len(self.text))
        end = self._start(error.lineno) + (error.end_offset or 1) - 1
        return start, min(max(end, start), len(self.text))

    def _start(self, line: int) -> int:
        return self._starts[min(line, len(self._starts)) - 1]

    def _at(self, line: int, column: int) -> int:
        written = self._lines[min(line, len(self._lines)) - 1]
        if written.isascii():
            return self._start(line) + column
        return self._start(line) + len(written.encode()[:column].decode(errors="ignore"))
