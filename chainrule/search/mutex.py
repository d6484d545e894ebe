"""One process at a time, of all hosts: by files in a shared folder, or by a database's lock."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

from ..locks import locked
from .worker import Host, this_host

GRACE = 30.0  # seconds after which the file of a host that is gone is taken away
LONGEST = 60.0  # seconds: of waiting for a database's lock, and of holding it idle
PAUSE, LONGEST_PAUSE = 0.001, 0.25


class Mutex(Protocol):
    """``with mutex():`` is entered by one process at a time."""

    def __call__(self) -> AbstractContextManager[None]: ...


class FileMutex:
    """Two locks, one inside the other.

    ``flock``, which the kernel takes back from a process that ends, however it ends. On many shared
    file systems it holds on its own host only. So a file is made beside it with O_EXCL, which one
    host alone can do: on NFS since version 3, SMB, Lustre, CephFS and GPFS. It is the file of
    Optuna's ``JournalFileOpenLock``; symbolic links, as its ``JournalFileSymlinkLock`` makes, are
    older than that in NFS, and not to be had on Windows, SMB and exFAT.

    The file says who has it. One that a killed process has left is taken away at once by a process
    of its host, which has the ``flock`` and so knows; by others once it has not changed for GRACE
    seconds of their own clocks. ``acquire`` and ``release`` are what Optuna's journal calls.
    """

    def __init__(self, path: Path) -> None:
        self.file = path.with_name(f"{path.name}.lock")
        self.local = path.with_name(f".{path.name}.flock")
        self._held: list[tuple[bytes, contextlib.ExitStack]] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def acquire(self) -> bool:
        with contextlib.ExitStack() as stack:
            # A process that was stopped may have it.
            is_local = stack.enter_context(locked(self.local, timeout=2 * LONGEST))
            said = json.dumps({**this_host().told(), "key": secrets.token_hex(8)}).encode()
            self._held.append((self._make(said, is_local), stack.pop_all()))
        return True

    def release(self) -> None:
        said, stack = self._held.pop()
        with stack:
            if self._read() == said:  # else it was taken for dead, and another one has it
                with contextlib.suppress(OSError):
                    self.file.unlink()

    def _make(self, said: bytes, is_local: bool) -> bytes:
        """What the file says, once it is this process's."""
        before: object = None
        since, pause = monotonic(), PAUSE
        while (written := self._made(said)) is None:
            now = self._sight()
            if now is not None:
                if now != before:
                    before, since = now, monotonic()
                dead = is_local and _is_ours(now[0])
                if dead or monotonic() - since > GRACE:
                    self._take_away(now[0])
                    continue
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return written

    def _made(self, said: bytes) -> bytes | None:
        try:
            descriptor = os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return None
        except PermissionError:
            if os.name == "nt" and self.file.exists():  # it is being deleted
                return None
            raise
        try:
            return said[: os.write(descriptor, said)]
        except OSError:  # the disk is full: the lock holds without a name
            return b""
        finally:
            os.close(descriptor)

    def _read(self) -> bytes | None:
        with contextlib.suppress(OSError):
            return self.file.read_bytes()
        return None

    def _sight(self) -> tuple[bytes, int] | None:
        """What the file says, and when it was written: two sights of one holder are equal."""
        with contextlib.suppress(OSError), self.file.open("rb") as file:
            return file.read(), os.fstat(file.fileno()).st_mtime_ns
        return None

    def _take_away(self, judged: bytes) -> None:
        aside = self.file.with_name(f"{self.file.name}.{secrets.token_hex(6)}")
        with contextlib.suppress(OSError):
            self.file.rename(aside)  # one of several hosts succeeds
            if aside.read_bytes() != judged:  # of another, who was quicker: it gets it back
                with contextlib.suppress(OSError):
                    os.link(aside, self.file)
            aside.unlink()


def _is_ours(said: bytes) -> bool:
    try:
        told = json.loads(said)
        return Host(told["host"], told["boot"]) == this_host()
    except (ValueError, KeyError, TypeError):  # of another program, or not yet written
        return False


class ServerMutex:
    """A lock of PostgreSQL, which exists before there are tables, and which ends with the
    connection. A host that vanishes without closing it keeps it for LONGEST seconds."""

    def __init__(self, engine: Any, name: str) -> None:
        self.engine = engine
        digest = hashlib.sha256(f"chainrule search {name}".encode()).digest()
        self.key = int.from_bytes(digest[:8], "big", signed=True)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        from sqlalchemy import text

        with self.engine.connect() as connection, connection.begin():
            for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(text(f"SET LOCAL {name} = '{LONGEST * 1000:.0f} ms'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": self.key})
            yield
