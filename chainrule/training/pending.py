"""Files that a training must leave behind, but need not wait for."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from ..files import WriteFailed, atomic_write, patiently, warn

AGAIN = 2.0  # seconds before a disk that was full is asked again, beside the steps


class Pending:
    """Writes files now or, where the disk is full or away, later: until then they are in memory.

        pending.write(path, data)    now if that can be; a failure is warned of
        pending.retry()              once more, but not at every step
        pending.finish()             waits for the last write, then raises WriteFailed

    What waits for a path gives way to what is written there next.
    """

    def __init__(self) -> None:
        self._files: dict[Path, bytes] = {}
        self._asked = 0.0

    @property
    def waiting(self) -> bool:
        """Whether a file is not on the disk yet."""
        return bool(self._files)

    def write(self, path: str | Path, data: bytes | str) -> None:
        self._files[Path(path)] = data.encode() if isinstance(data, str) else data
        self.retry(now=True)

    def retry(self, *, now: bool = False) -> None:
        if not self._files or not (now or monotonic() - self._asked >= AGAIN):
            return
        self._asked = monotonic()
        for path in list(self._files):
            try:
                self._put(path)
            except WriteFailed as error:
                warn(f"{error}; the training goes on, and it is tried again")

    def finish(self) -> None:
        for path in list(self._files):
            patiently(lambda path=path: self._put(path))  # type: ignore[misc]

    def _put(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot make {path.parent}: {error.strerror or error}") from error
        atomic_write(path, self._files[path])
        del self._files[path]
