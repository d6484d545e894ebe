"""Which columns of a CSV file hold paths, classes and parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from .csv_rows import shown
from .listing import is_image

PATHS = (
    *("path", "file", "filename", "file_name", "filepath", "file_path"),
    *("image", "image_path", "image_file", "image_name", "image_id", "img", "img_path", "picture"),
)
LABELS = ("label", "class", "class_name", "category", "target", "species")
SPLITS = ("split", "part", "subset", "set", "partition")
"""What the columns may be called, in capitals too, with spaces or hyphens for "_"; the first
that is there counts."""

INDEX = ("", "unnamed:_0", "index")
"""What pandas calls the column of row numbers."""

FLAGS = {"0": False, "false": False, "1": True, "true": True}


@dataclass(frozen=True)
class Columns:
    """Places in a row.

    path, label, part   None if there is none
    classes             of one-hot columns: the class by its place; empty if there is a label
    """

    header: tuple[str, ...]
    path: int
    label: int | None
    part: int | None
    classes: dict[int, str]

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header once more, perhaps behind a byte order mark."""
        return tuple(cell.strip("\ufeff") for cell in cells) == self.header

    def one_hot(self, cells: Sequence[str]) -> str:
        """The class whose column has the only 1. ValueError says what is there instead."""
        ones = []
        for place, name in self.classes.items():
            cell = cells[place].strip() if place < len(cells) else ""
            said = flag(cell)
            if said is None:
                raise ValueError(f"0 or 1 in the column {shown(name)}, received {shown(cell)}")
            ones += [name] if said else []
        if len(ones) != 1:
            received = " and ".join(shown(name) for name in ones[:3]) or "none"
            raise ValueError(
                f"a 1 in one of {len(self.classes)} class columns, received {received}"
            )
        return ones[0]


def flag(cell: str) -> bool | None:
    """Whether a cell of a one-hot column says yes; None if it is no such cell."""
    plain = cell.strip().lower()
    if (whole := re.fullmatch(r"([01])\.0*", plain)) is not None:
        plain = whole[1]
    return FLAGS.get(plain)


def path_column(header: Sequence[str]) -> int | None:
    """Which column is called like one of paths."""
    names = [_plain(name) for name in header]
    return next((names.index(name) for name in PATHS if name in names), None)


def find_columns(header: Sequence[str]) -> Columns:
    """The columns by what the header calls them. ValueError says what is amiss.

    Without a column of labels, all others are taken for one-hot columns.
    """
    names = [_plain(name) for name in header]
    if len(names) > 1 and any(is_image(name.strip()) for name in header):
        raise ValueError(f"{wanted(header)}; put a line such as path,label above the first row")

    def place(choices: tuple[str, ...]) -> int | None:
        found = next((names.index(name) for name in choices if name in names), None)
        if found is not None and names.count(names[found]) > 1:
            raise ValueError(f"columns of different names, received {header[found]!r} twice")
        return found

    path, label, part = place(PATHS), place(LABELS), place(SPLITS)
    if path is None:
        raise ValueError(wanted(header))
    classes = {}
    if label is None:
        rest = [i for i in range(len(names)) if i not in (path, part) and names[i] not in INDEX]
        classes = {i: header[i].strip() for i in rest}
        if len(set(classes.values())) < max(2, len(classes)):
            raise ValueError(wanted(header))
    return Columns(tuple(header), path, label, part, classes)


def wanted(header: Sequence[str]) -> str:
    """What was expected of a header, and what it is."""
    some = ", ".join(shown(name) for name in header[:8]) if any(header) else "nothing"
    more = f" and {len(header) - 8:,} more" if len(header) > 8 else ""
    return (
        "a header with the columns 'path' and 'label' (or 'path' and one of 0 and 1 for each "
        f"class), received {some}{more}"
    )


def _plain(name: str) -> str:
    """A column's name without what differs by habit: File Name, file-name, FILE_NAME."""
    folded = unicodedata.normalize("NFKC", name).casefold().strip().strip("\ufeff\u200b")
    return re.sub(r"[\s_-]+", "_", folded)
