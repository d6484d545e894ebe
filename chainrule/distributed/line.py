"""A rank's connection to the sentinel."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from .group import Group
from .sentinel import COMPUTES, END, FAREWELL, WAITS

PULSE = 1.0  # seconds between two messages of a rank
LONG = 1.5 * PULSE  # a rank that has waited for so long says that it waits
CONNECT = 5.0
FAILED = 1  # the exit code of the job


class Line:
    """The connection of this rank."""

    def __init__(self, group: Group, line: socket.socket) -> None:
        self._group, self._line = group, line
        self._said = 0.0

    def pulse(self, waited: float) -> None:
        """Say every now and then what this rank does; end the job when told to."""
        now = monotonic()
        if now - self._said < PULSE:
            return
        self._said = now
        with contextlib.suppress(BlockingIOError):
            try:
                self._line.send(WAITS if waited > LONG else COMPUTES)
                if self._line.recv(1) == END:
                    self._group.abort(FAILED)
            except ConnectionError:  # the sentinel itself has gone
                self._said = float("inf")

    def leave(self) -> None:
        """The rank ends in good order, or says itself why not."""
        with contextlib.suppress(OSError):
            self._line.send(FAREWELL)
            self._line.close()


def connected(group: Group, timeout: float, hint: str) -> Line | None:
    """A line to a sentinel that rank 0 starts; None where not every rank can have one."""
    told: dict[str, Any] = {}
    hosts = set(group.exchange(platform.node()))
    if group.leads:
        with contextlib.suppress(OSError):
            told = _start(group.size, timeout, hint, "127.0.0.1" if len(hosts) == 1 else "")
    told = group.share(told)
    line: socket.socket | None = None
    with contextlib.suppress(OSError, KeyError):
        line = _call(group, told)
    if group.any(line is None):
        if line is not None:
            line.close()
        return None
    return Line(group, line) if line is not None else None


def _start(size: int, timeout: float, hint: str, address: str) -> dict[str, Any]:
    """Start the sentinel, and say where it listens and what it wants to hear."""
    token, name = secrets.token_hex(16), platform.node()
    program = str(Path(__file__).with_name("sentinel.py"))
    with socket.create_server((address, 0), backlog=size) as listener:
        listener.set_inheritable(True)
        number = listener.fileno()
        subprocess.Popen(
            [sys.executable, "-I", program, str(number), token, str(size), str(timeout), hint],
            pass_fds=(number,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        return {"name": name, "port": listener.getsockname()[1], "token": token}


def _call(group: Group, told: dict[str, Any]) -> socket.socket:
    here = told["name"] == platform.node()
    host = "127.0.0.1" if here else told["name"]
    line = socket.create_connection((host, told["port"]), timeout=CONNECT)
    place = f"process {os.getpid()} on {platform.node()}"
    own = {"token": told["token"], "rank": group.rank, "place": place}
    line.sendall(json.dumps(own).encode() + b"\n")
    line.setblocking(False)
    return line
