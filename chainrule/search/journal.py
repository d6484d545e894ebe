"""A study in a file: Optuna's journal, in which no line is ever left half written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import append
from .mutex import FileMutex

BEGINNING = b'{"op_code"'
CHUNK = 1 << 16


class Journal:
    """What Optuna's ``JournalStorage`` reads and writes.

    Optuna's own backend adds its next line behind whatever a full disk, or a kill in the middle of
    a write, has left of the last one: then nobody can read the study any more. Here a line is
    written whole or not at all, and what is left of one is cut off before the next. InputError for
    a file that is no journal, of which nothing is ever cut.
    """

    def __init__(self, package: Any, file: Path) -> None:
        self.file, self.mutex = file, FileMutex(file)
        with file.open("rb") as opened:
            expect_journal(file, opened.readline())
        self._reader = package.storages.journal.JournalFileBackend(str(file), self.mutex)

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        logs: Iterable[dict[str, Any]] = self._reader.read_logs(log_number_from)
        return logs

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self.mutex():
            self._cut()
            append(self.file, lambda size: text, durable=True)

    def _cut(self) -> None:
        """Cut off what is behind the last whole line."""
        with self.file.open("rb+") as file:
            end = size = file.seek(0, 2)
            rest = b""
            while end and b"\n" not in rest:
                start = max(0, end - CHUNK)
                file.seek(start)
                rest, end = file.read(end - start) + rest, start
            rest = rest[rest.rfind(b"\n") + 1 :]
            if rest:
                expect_journal(self.file, rest)
                file.truncate(size - len(rest))


def expect_journal(file: Path, line: bytes) -> None:
    """InputError if a line of ``file``, or the beginning of one, is not of a journal."""
    if line[: len(BEGINNING)] != BEGINNING[: len(line)]:
        raise InputError(f"--study: {file} is not a study: expected a journal of Optuna")
