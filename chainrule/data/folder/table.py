"""A CSV file of paths and labels.

path,label,split
photos/1.jpg,cat,train
photos/2.jpg,dog,test
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from ...text import plural
from .csv_columns import Columns, find_columns, flag, path_column, wanted
from .csv_rows import Row, read_rows, shown
from .disk_names import DiskNames
from .listing import PART_NAMES, Entry, Listing, Skipped, class_name

SUFFIXES = (".csv", ".tsv")

LONGEST_LABEL = 255
"""Characters of a class name: as many as a class folder's name can have."""

LONGEST_PATH = 4096
"""Characters of a path: Linux opens no longer one, and no other system does."""

ELSEWHERE = re.compile(r"[A-Za-z]:[\\/]|\\\\|https?://", re.IGNORECASE)
"""How a path begins that names a file of a Windows machine, or of the Web."""


def read_table(file: Path, root: str | os.PathLike[str] | None = None) -> Listing:
    """The images that the rows of ``file`` name, below ``root`` or the folder it lies in.

    It needs a column of paths, and one of labels or one of 0 and 1 for each class; one that says
    train, test or val is optional. Columns lie between commas, semicolons, tabs or "|"; a line
    ``sep=;`` at the top and a byte order mark are understood. A path is found too if the file's
    name is composed of other code points (NFC, NFD). A row without a path or label, or whose path
    leads out of ``root``, is skipped, and so are all rows of an image whose labels conflict.

    Raises InputError, naming the line, if the file cannot be read, has no such columns or more
    cells than columns, or has a stray quote mark: see `read_rows`.
    """
    folder = os.path.abspath(root or file.parent)
    if not os.path.isdir(folder):
        raise InputError(f"the images of {file} should lie in {folder}, which is not a folder")
    skipped: list[Skipped] = []
    notes: list[str] = []
    rows = list(_whole(_Table(file).rows(skipped), folder, skipped))
    entries = [_entry(row, folder) for row in _agreeing(rows, skipped, notes)]
    if skipped and not entries:
        raise InputError(f"{file}: no row can be used; the first: {skipped[0].reason}")
    if not entries:
        raise InputError(f"{file} names no images: it has no row after the first")
    return Listing.make(file, Path(folder), entries, skipped, notes)


class _Row(NamedTuple):
    line: int
    name: str
    label: str
    part: str


class _Table:
    def __init__(self, file: Path) -> None:
        self.file = file

    def rows(self, skipped: list[Skipped]) -> Iterator[_Row]:
        """What each row says. InputError for a row that would be misread."""
        columns: Columns | None = None
        header, rows = 0, 0
        for row in read_rows(self.file, path_column):
            if columns is None:
                columns, header = self._columns(row), row.line
            elif columns.is_header(row.cells):  # files that were put one behind the other
                skipped.append(Skipped(f"line {row.line}", f"line {row.line} repeats the header"))
            else:
                rows += 1
                if rows == 1 and columns.classes:
                    self._expect_flags(header, row, columns)
                yield self._row(row, columns)

    def _columns(self, header: Row) -> Columns:
        try:
            return find_columns(header.cells)
        except ValueError as error:
            raise self._refuse(header.line, str(error)) from None

    def _expect_flags(self, header: int, row: Row, columns: Columns) -> None:
        """A first row without 0 and 1: the header lacks a label, and its columns are no classes."""
        cells = [row.cells[place] for place in columns.classes if place < len(row.cells)]
        if not any(flag(cell) is not None for cell in cells):
            raise self._refuse(header, wanted(columns.header))

    def _row(self, row: Row, columns: Columns) -> _Row:
        if extra := [cell for cell in row.cells[len(columns.header) :] if cell.strip()]:
            raise self._refuse(
                row.line,
                f"{len(columns.header)} columns, as in the header, received {len(row.cells)}, the "
                f"last {shown(extra[-1])}; a value with a delimiter in it needs quotes",
            )
        path = self._cell(row, columns.path)
        if columns.label is not None:
            label = self._cell(row, columns.label)
        else:
            try:
                label = columns.one_hot(row.cells)
            except ValueError as error:
                raise self._refuse(row.line, str(error)) from None
        if len(label) > LONGEST_LABEL:
            raise self._refuse(
                row.line,
                f"a label of at most {LONGEST_LABEL} characters, received {len(label):,}, which "
                f"begin with {shown(label)}",
            )
        said = "train" if columns.part is None else self._cell(row, columns.part).lower()
        if said not in PART_NAMES:
            raise self._refuse(row.line, f"train, test or val, received {shown(said)}")
        return _Row(row.line, path, label, PART_NAMES[said])

    def _cell(self, row: Row, place: int) -> str:
        if place in row.faults:
            raise self._refuse(
                row.line,
                f"quotes around whole values, received {row.faults[place]}; remove the stray "
                'quote, or write a quote mark as "" in a quoted value',
            )
        return row.cells[place].strip() if place < len(row.cells) else ""

    def _refuse(self, line: int, expected: str) -> InputError:
        return InputError(f"{self.file}, line {line:,}: expected {expected}")


def _whole(rows: Iterable[_Row], folder: str, skipped: list[Skipped]) -> Iterator[_Row]:
    """The rows that name an image in the folder, by its path below it, and a label."""
    names, inside = DiskNames(folder), os.path.join(folder, "")
    for row in rows:
        if not row.name or not row.label:
            missing = "path" if not row.name else "label"
            reason = f"line {row.line} has no {missing}"
            skipped.append(Skipped(row.name or f"line {row.line}", reason))
            continue
        if len(row.name) > LONGEST_PATH:
            reason = f"line {row.line}: its path has {len(row.name):,} characters"
            skipped.append(Skipped(f"{row.name[:40]}…", reason))
            continue
        path = os.path.normpath(os.path.join(folder, _typed(row.name, folder)))
        if os.sep != "\\" and ELSEWHERE.match(row.name) and not os.path.lexists(path):
            reason = (
                f"line {row.line}: expected a path below {folder}, received one of another machine"
            )
            skipped.append(Skipped(row.name, reason))
            continue
        if not path.startswith(inside):
            reason = (
                f"line {row.line}: it lies outside {folder}; "
                "train --set images.root=DIR, or data audit --root DIR, allows another folder"
            )
            skipped.append(Skipped(row.name, reason))
            continue
        name = names.spelled(path[len(inside) :].replace(os.sep, "/"))
        yield row._replace(name=name, label=class_name(row.label))


def _typed(name: str, folder: str) -> str:
    """A path with this system's separators. Elsewhere than on Windows a name may hold "\\"."""
    if os.sep == "\\" or "\\" not in name or os.path.lexists(os.path.join(folder, name)):
        return name
    return name.replace("\\", "/")


def _agreeing(rows: Sequence[_Row], skipped: list[Skipped], notes: list[str]) -> Iterator[_Row]:
    """One row an image; none of an image whose rows differ in label or part."""
    by_name: dict[str, list[_Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    repeated = 0
    for name, same in by_name.items():
        first, *others = same
        other = next((r for r in others if (r.label, r.part) != (first.label, first.part)), None)
        if other is not None:
            reason = (
                f"line {first.line} says {first.label} for {first.part}, "
                f"line {other.line} says {other.label} for {other.part}"
            )
            skipped.append(Skipped(name, reason))
            continue
        repeated += len(others)
        yield first
    if repeated:
        notes.append(f"{plural(repeated, 'row')} repeated another row")


def _entry(row: _Row, folder: str) -> Entry:
    try:
        stat = os.stat(os.path.join(folder, row.name))
    except (OSError, ValueError):  # said when it is opened
        return Entry(row.name, row.label, row.part, 0, 0, 0)
    return Entry(row.name, row.label, row.part, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
