"""The rows of a CSV file, split so that no quote mark can swallow a line.

A quoted field is closed where it ends, before a delimiter or the end of the line (RFC 4180), and
a quote mark inside it is doubled. It may go on for several lines, unless one of these could be a
row of the table: then its quote mark is a stray one, and the line where it opens is named.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from ..formats.file_kinds import HEAD, file_kind
from ..regular_file import open_regular
from .listing import is_image

DELIMITERS = ",;\t|"

LARGEST = 1 << 30
"""Bytes of the largest file that is read: about ten million rows."""

LONGEST = 1 << 17
"""Characters of the longest line and of the longest field: what Python's csv allows a field."""

MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks that are not UTF-8's. Excel's "Unicode text" is UTF-16 with tabs."""

SEP = re.compile(r'\s*"?sep=(.?)"?[\s,;|]*', re.IGNORECASE)
"""Excel's line that says what the delimiter is."""


class Row(NamedTuple):
    """One row.

    line    where it starts, from 1
    cells   as text, without their quotes
    faults  what is odd about a cell, by column, for those who need that column
    """

    line: int
    cells: list[str]
    faults: dict[int, str]


def read_rows(file: Path, path_column: Callable[[Sequence[str]], int | None]) -> Iterator[Row]:
    """The header and then the rows of a CSV file; blank lines are left out.

    The delimiter is what a line ``sep=;`` at the top says, or else the one of DELIMITERS with
    which ``path_column`` finds a column in the header, or else the most frequent.

    Raises InputError, with the line, for what is no CSV file.
    """
    try:
        with open_regular(file, LARGEST) as opened:
            lines = _lines(file, opened)
            line, text = next(((n, t) for n, t in lines if t.strip()), (1, ""))
            said = ""
            if match := SEP.fullmatch(text):
                said = match[1]
                if said not in DELIMITERS or not said:
                    raise InputError(
                        f"{file}, line {line}: expected sep= with a comma, semicolon, tab or |, "
                        f"received {text.strip()!r}"
                    )
                line, text = next(((n, t) for n, t in lines if t.strip()), (line + 1, ""))
            yield from _Splitter(file, lines, path_column).rows(line, text, said)
    except UnicodeDecodeError as error:
        if error.encoding != "utf-8":  # UTF-16 or UTF-32 that breaks off
            raise InputError(f"{file} is not text: {error}; save it as CSV UTF-8") from None
        raise InputError(
            f"{file}, line {_undecodable_line(file)}: expected text in UTF-8, received the byte "
            f"0x{error.object[error.start]:02x}: save it as CSV UTF-8"
        ) from None
    except UnicodeError as error:  # a byte order mark in the middle of UTF-16
        raise InputError(f"{file} is not text: {error}; save it as CSV UTF-8") from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error


class _Splitter:
    def __init__(
        self,
        file: Path,
        lines: Iterator[tuple[int, str]],
        path_column: Callable[[Sequence[str]], int | None],
    ) -> None:
        self.file, self.lines, self.path_column = file, lines, path_column
        self.delimiter, self.width, self.path = ",", 0, 0

    def rows(self, line: int, text: str, delimiter: str) -> Iterator[Row]:
        """The header, which is ``text``, and every row after it."""
        header = self._header(line, text, delimiter)
        self.width, self.path = len(header.cells), self.path_column(header.cells) or 0
        yield header
        for line, text in self.lines:
            row = self._split(line, text)
            if any(cell.strip() for cell in row.cells):
                yield row

    def _header(self, line: int, text: str, said: str) -> Row:
        """The first row, split at the delimiter that is said, or that suits it best."""
        self.lines, lines = iter(()), self.lines  # a header has one line
        best: Row | None = None
        first: InputError | None = None
        likely = said or "".join(sorted(DELIMITERS, key=text.count, reverse=True))
        for self.delimiter in likely:
            try:
                row = self._split(line, text)
                if row.faults:
                    raise self._fault(line, next(iter(row.faults.values())))
            except InputError as error:
                first = first or (error if self.delimiter == likely[0] else None)
                continue
            best = best or row
            if self.path_column(row.cells) is not None:
                best = row
                break
        else:
            if first is not None or best is None:
                raise first or InputError(f"{self.file}, line {line}: it cannot be split")
            self.delimiter = likely[0]
        self.lines = lines
        return best

    def _split(self, line: int, text: str) -> Row:
        text = text.rstrip("\r\n")
        if '"' not in text:  # nearly every line
            return Row(line, text.split(self.delimiter), {})
        row, at, here = Row(line, [], {}), 0, line
        while True:
            start = at
            while text[start : start + 1] == " ":
                start += 1
            if text[start : start + 1] == '"':
                opened = here
                value, here, text, at = self._quoted(here, text, start + 1)
                if here != opened:
                    row.faults[len(row.cells)] = (
                        f"a quote that opens here and closes on line {here:,}"
                    )
            else:
                end = text.find(self.delimiter, at)
                end = len(text) if end < 0 else end
                value, at = text[at:end], end
                if '"' in value:
                    row.faults[len(row.cells)] = f"{shown(value)}, with a stray quote mark"
            row.cells.append(value)
            if at >= len(text):
                return row
            at += 1

    def _quoted(self, line: int, text: str, at: int) -> tuple[str, int, str, int]:
        """(value, line, text, place behind it) of a quoted field that starts at ``at``."""
        opened, parts, size = line, [], 0
        while True:
            end = text.find('"', at)
            if end < 0:
                parts += [text[at:], "\n"]
                size += len(text) - at + 1
                line, text = next(self.lines, (line, ""))
                if not text or size > LONGEST:
                    raise self._fault(opened, "a quote that opens here and never closes")
                text, at = text.rstrip("\r\n"), 0
                if self._like_a_row(text):
                    raise self._fault(
                        opened, f"a quote that opens here and runs into the row of line {line:,}"
                    )
            elif text[end + 1 : end + 2] == '"':
                parts.append(text[at : end + 1])
                at = end + 2
            else:
                parts.append(text[at:end])
                break
        at = end + 1
        while text[at : at + 1] == " ":
            at += 1
        if text[at : at + 1] not in ("", self.delimiter):
            rest = shown(text[at:])
            where = "closes" if line == opened else f"closes on line {line:,}"
            raise self._fault(opened, f"a quote that opens here and {where} before {rest}")
        return "".join(parts), line, text, at

    def _like_a_row(self, text: str) -> bool:
        """Whether a line within a quoted field could be a row that the quote has swallowed."""
        cells = text.split(self.delimiter)
        if len(cells) == self.width > 1:
            return True
        return len(cells) > self.path and is_image(cells[self.path].strip(' "'))

    def _fault(self, line: int, received: str) -> InputError:
        return InputError(
            f"{self.file}, line {line:,}: expected quotes around whole fields, received "
            f'{received}; remove the stray quote, or write a quote mark as "" in a quoted field'
        )


def _lines(file: Path, opened: io.BufferedReader) -> Iterator[tuple[int, str]]:
    """(number, text) of each line, with its end. They end in LF, CR LF, or CR."""
    head = opened.read(HEAD)
    opened.seek(0)
    encoding = next((name for mark, name in MARKS if head.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and (kind := file_kind(head)):
        raise InputError(f"{file}: expected a CSV file, received {kind}; save it as CSV UTF-8")
    number = 0
    with io.TextIOWrapper(opened, encoding, newline="") as text:
        while line := text.readline(LONGEST + 2):
            number += 1
            if "\0" in line:
                raise InputError(
                    f"{file}, line {number:,}: expected text, received a null character; save it "
                    "as CSV UTF-8"
                )
            if len(line.rstrip("\r\n")) > LONGEST:
                raise InputError(
                    f"{file}, line {number:,}: expected a line of at most {LONGEST:,} "
                    f"characters, received a longer one that begins with {shown(line)}"
                )
            yield number, line


def _undecodable_line(file: Path) -> int:
    """The number of the first line that is not UTF-8."""
    number = 1
    with open_regular(file, LARGEST) as opened:
        while line := opened.readline(LONGEST):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                if error.end < len(line) or len(line) < LONGEST:  # not cut within a letter
                    break
            number += line.endswith(b"\n")
    return number


def shown(text: str, most: int = 40) -> str:
    """A value as an error shows it: quoted, on one line, not too long."""
    text = text.strip()
    return repr(text if len(text) <= most else f"{text[:most]}…")
