"""A CSV file of paths and labels.

path,label,split
photos/1.jpg,cat,train
photos/2.jpg,dog,test
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from ...text import plural
from .listing import PART_NAMES, Entry, Listing, Skipped, class_name

SUFFIXES = (".csv", ".tsv")

PATHS = ("path", "file", "filename", "file_name", "filepath", "image", "image_path", "picture")
LABELS = ("label", "class", "class_name", "category", "target", "species")
SPLITS = ("split", "part", "subset", "set", "partition")
"""What the columns may be called, in capitals too; the first that is there counts."""


def read_table(file: Path, root: str | os.PathLike[str] | None = None) -> Listing:
    """The pictures that the rows of ``file`` name, below ``root`` or the folder it lies in.

    It needs a column of paths and one of labels; one that says train, test or val is optional.
    Columns lie between commas, semicolons or tabs. A row without a path or label, or whose path
    leads out of ``root``, is skipped, and so are all rows of a picture that are not of one mind.

    Raises InputError if the file cannot be read, or has no such columns.
    """
    folder = os.path.abspath(root or file.parent)
    if not os.path.isdir(folder):
        raise InputError(f"the pictures of {file} should lie in {folder}, which is not a folder")
    skipped: list[Skipped] = []
    notes: list[str] = []
    rows = list(_whole(_rows(file), folder, file, skipped))
    entries = [_entry(row, folder) for row in _agreeing(rows, skipped, notes)]
    if skipped and not entries:
        raise InputError(f"{file}: no row can be used; the first: {skipped[0].reason}")
    if not entries:
        raise InputError(f"{file} names no pictures: it has no row after the first")
    return Listing.make(file, Path(folder), entries, skipped, notes)


class _Row(NamedTuple):
    line: int
    name: str
    label: str
    part: str


def _rows(file: Path) -> Iterator[_Row]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            head = opened.readline()
            delimiter = max(",;\t", key=head.count)
            columns = next(csv.reader([head], delimiter=delimiter), [])
            path, label, part = _places(file, columns)
            reader = csv.reader(opened, delimiter=delimiter)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield _row(file, reader.line_num + 1, cells, path, label, part)
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not text in UTF-8: save it as CSV UTF-8 ({error})") from error
    except csv.Error as error:
        raise InputError(f"{file} is not a CSV file: {error}") from error


def _places(file: Path, columns: Sequence[str]) -> tuple[int, int, int | None]:
    """Which columns hold paths, labels and parts."""
    names = [name.strip().lower() for name in columns]

    def place(choices: tuple[str, ...]) -> int | None:
        return next((names.index(name) for name in choices if name in names), None)

    path, label = place(PATHS), place(LABELS)
    if path is None or label is None:
        shown = ", ".join(repr(name) for name in columns[:8]) or "nothing"
        raise InputError(
            f"{file}: its first line must name the columns 'path' and 'label', and it has {shown}"
        )
    return path, label, place(SPLITS)


def _row(
    file: Path, line: int, cells: Sequence[str], path: int, label: int, part: int | None
) -> _Row:
    def cell(place: int) -> str:
        return cells[place].strip() if place < len(cells) else ""

    said = "train" if part is None else cell(part).lower()
    if said not in PART_NAMES:
        raise InputError(f"{file}, line {line}: expected train, test or val, received {said!r}")
    return _Row(line, cell(path), cell(label), PART_NAMES[said])


def _whole(rows: Iterable[_Row], folder: str, file: Path, skipped: list[Skipped]) -> Iterator[_Row]:
    """The rows that name a picture in the folder, by its path below it, and a label."""
    for row in rows:
        if not row.name or not row.label or "\0" in row.name:
            missing = "path" if not row.name or "\0" in row.name else "label"
            reason = f"line {row.line} has no {missing}"
            skipped.append(Skipped(row.name.replace("\0", "�") or f"line {row.line}", reason))
            continue
        typed = row.name if os.sep == "\\" else row.name.replace("\\", "/")
        path = os.path.normpath(os.path.join(folder, typed))
        if not path.startswith(os.path.join(folder, "")):
            reason = (
                f"line {row.line}: it lies outside {folder}; "
                "train --set pictures.root=DIR, or data audit --root DIR, allows another folder"
            )
            skipped.append(Skipped(row.name, reason))
            continue
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        yield row._replace(name=name, label=class_name(row.label))


def _agreeing(rows: Sequence[_Row], skipped: list[Skipped], notes: list[str]) -> Iterator[_Row]:
    """One row a picture; none of a picture whose rows differ in label or part."""
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
