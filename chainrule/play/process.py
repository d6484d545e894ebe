"""The worker as the server sees it: a process that is given a job and words, and tells events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

LINE = 64 << 20  # bytes of a message
PATIENCE = 20.0  # seconds that a training gets to finish its step and be saved
ROOT = Path(__file__).parents[2]


class Worker:
    """``told(kind, data)`` is called for everything that the process tells, and at last with
    ("state", {"phase": "failed" …}) if it ended without a word."""

    ENDED = ("finished", "stopped", "failed", "none", "examined")

    def __init__(self, told: Callable[[str, Any], None]) -> None:
        self._told = told
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ended = False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def busy(self) -> bool:
        """Whether it has not told its end yet; the process takes a moment longer."""
        return self.running and not self._ended

    async def start(self, job: Mapping[str, Any]) -> None:
        """Begin the job. A process of its own session is not interrupted by the Ctrl-C that ends
        the server, which stops it in an order of its own."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "chainrule.play.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )  # fmt: skip
        await self._write(job)
        self._reader = asyncio.create_task(self._read(self._process))

    async def say(self, word: str, value: Any = None) -> None:
        await self._write([word, value])

    async def stop(self) -> None:
        """Have it saved and ended; killed if it does not end in PATIENCE."""
        if self._process is None or self._reader is None:
            return
        if self.running:
            with contextlib.suppress(OSError):
                await self.say("stop")
                if self._process.stdin is not None:
                    self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(self._reader)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._reader

    async def wait(self) -> None:
        """Until it has ended."""
        if self._reader is not None:
            await self._reader

    async def _write(self, value: Any) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            await self._process.stdin.drain()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while line := await process.stdout.readline():
            kind, data = json.loads(line)
            if kind == "state":
                self._ended = data["phase"] in self.ENDED
            self._told(kind, data)
        code = await process.wait()
        if not self._ended:
            self._told(
                "state",
                {"phase": "failed", "message": f"the training process ended with code {code}"},
            )
