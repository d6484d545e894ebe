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
from ...files import WriteFailed, append, atomic_write, warn
from .log import Row


class RowFiles:
    """``folder/steps.csv``, ``folder/gradients.csv`` …, or ``.jsonl``; rows are appended.

    ``open(step)`` drops the rows after ``step`` and a last one that a kill left unfinished, and
    raises InputError if it cannot. In CSV an unknown value is an empty cell, in JSON it is null.
    Rows that cannot be written are kept and go before the next ones; a file never holds a part
    of a row.
    """

    def __init__(self, folder: str | os.PathLike[str], form: str = "csv") -> None:
        require.one_of("csv", "jsonl", form=form)
        self.folder, self.form = Path(folder), form
        self._waiting: dict[str, list[Row]] = {}

    def open(self, step: int) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob(f"*.{self.form}"):
                self._rewind(path, step)
        except OSError as error:
            raise InputError(f"cannot write {self.folder}: {error.strerror or error}") from None

    def write(self, table: str, rows: Iterable[Row]) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting += rows
        if not waiting:
            return
        path = self.folder / f"{table}.{self.form}"
        try:
            append(path, lambda size: self._text(waiting, header=size == 0))
            waiting.clear()
        except WriteFailed as error:
            warn(f"{error}; the training goes on, and its rows are tried again with the next ones")

    def close(self) -> None:
        for table in self._waiting:
            self.write(table, ())

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
