"""Rows in plain files, one a table: CSV or JSON lines."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ... import require
from ...cells import cell
from ...errors import InputError
from ...files import atomic_write
from .log import Row


class RowFiles:
    """``folder/steps.csv``, ``folder/gradients.csv`` …, or ``.jsonl``; rows are appended.

    ``open(step)`` drops the rows after ``step`` and a last one that a kill left unfinished. In CSV
    an unknown value is an empty cell, in JSON it is null. Raises InputError if it cannot write.
    """

    def __init__(self, folder: str | os.PathLike[str], form: str = "csv") -> None:
        require.one_of("csv", "jsonl", form=form)
        self.folder, self.form = Path(folder), form

    def open(self, step: int) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob(f"*.{self.form}"):
                self._rewind(path, step)
        except OSError as error:
            raise InputError(f"cannot write {self.folder}: {error.strerror or error}") from None

    def write(self, table: str, rows: Iterable[Row]) -> None:
        every = list(rows)
        if not every:
            return
        path = self.folder / f"{table}.{self.form}"
        try:
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(self._text(every, header=file.tell() == 0))
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}") from None

    def close(self) -> None:
        """Each row is on its way as soon as it is written."""

    def _text(self, rows: list[Row], *, header: bool) -> str:
        if self.form == "jsonl":
            return "".join(json.dumps(row) + "\n" for row in rows)
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        if header:
            writer.writeheader()
        for row in rows:
            writer.writerow({k: cell(v) if isinstance(v, str) else v for k, v in row.items()})
        return text.getvalue()

    def _rewind(self, path: Path, step: int) -> None:
        lines = path.read_text("utf-8", errors="replace").splitlines(keepends=True)
        head = self.form == "csv"
        kept = [
            line
            for number, line in enumerate(lines)
            if line.endswith("\n") and ((head and number == 0) or self._step(line) <= step)
        ]
        if kept != lines:
            atomic_write(path, "".join(kept))

    def _step(self, line: str) -> float:
        """The step of a line; infinite for one that is damaged."""
        try:
            return float(line.split(",")[0] if self.form == "csv" else json.loads(line)["step"])
        except (ValueError, TypeError, KeyError):
            return float("inf")
