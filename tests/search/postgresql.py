"""A PostgreSQL server of the tests' own, in a temporary folder and on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

USER, PASSWORD = "chain", "s3cr{t}%@:/x"


@dataclass(frozen=True)
class Server:
    port: int
    binaries: Path
    folder: Path
    account: dict[str, Any]

    def url(self, database: str, *, password: str = PASSWORD, scheme: str = "postgresql") -> str:
        return f"{scheme}://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def sql(self, database: str, *commands: str) -> None:
        import psycopg

        url = self.url(database)
        with psycopg.connect(url, autocommit=True) as connection:
            for command in commands:
                connection.execute(command)  # type: ignore[arg-type]

    def control(self, *arguments: str) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
        subprocess.run(
            [self.binaries / "pg_ctl", "-D", self.folder / "data", "-o", options,
             "-l", self.folder / "log", "-w", *arguments],
            check=True, stdout=subprocess.DEVNULL, **self.account,
        )  # fmt: skip


def binaries() -> Path | None:
    """Where initdb is: on the path, or where Debian puts it."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


def account() -> dict[str, Any] | None:
    """Whose processes the server's are: it refuses root. None if there is nobody else."""
    if not hasattr(os, "getuid") or os.getuid():
        return {}
    import pwd

    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _started(found: Path, folder: Path, account: dict[str, Any]) -> Server:
    for _ in range(5):  # another process may take the port before the server does
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            made = Server(free.getsockname()[1], found, folder, account)
        with suppress(subprocess.CalledProcessError):
            made.control("start")
            return made
    raise OSError(f"no server starts: {(folder / 'log').read_text()}")


@contextmanager
def server() -> Iterator[Server]:
    """Running inside."""
    found, owner = binaries(), account()
    assert found is not None and owner is not None
    # Not in pytest's folders, which other users cannot enter. Sockets have short paths.
    folder = Path(tempfile.mkdtemp(prefix="chainrule-pg-"))
    try:
        words = folder / "password"
        words.write_text(PASSWORD)
        if owner:
            for path in (folder, words):
                os.chown(path, owner["user"], owner["group"])
        in_folder = {**owner, "cwd": folder}
        subprocess.run(
            [found / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256",
             "--pwfile", words, "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True, stdout=subprocess.DEVNULL, **in_folder,
        )  # fmt: skip
        made = _started(found, folder, in_folder)
        try:
            yield made
        finally:
            made.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
