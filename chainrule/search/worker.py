"""Who works on a study: a process of a host, and the code that it runs."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import machine

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Host:
    """A host between two boots: processes of equal ones see each other's ``flock``."""

    host: str
    boot: str

    def told(self) -> dict[str, str]:
        return {"host": self.host, "boot": self.boot}


@cache
def this_host() -> Host:
    try:
        boot = BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        boot = ""
    return Host(socket.gethostname(), boot)


@dataclass(frozen=True)
class Worker:
    """This process, as it signs the trials that it works on."""

    key: str
    host: Host
    pid: int
    version: str
    commit: str | None

    def code(self) -> dict[str, str | None]:
        return {"version": self.version, "commit": self.commit}

    def told(self) -> dict[str, Any]:
        return {"key": self.key, **self.host.told(), "pid": self.pid, **self.code()}


def this_worker() -> Worker:
    return Worker(secrets.token_hex(8), this_host(), os.getpid(), version(), machine.commit())


def version() -> str:
    """Of this package."""
    try:
        return metadata.version("chainrule")
    except metadata.PackageNotFoundError:
        return "unknown"
