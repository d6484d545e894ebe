"""A server as a person starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Playground:
    """A server: where it answers, and the folder that it was started in."""

    address: str
    folder: Path
    process: subprocess.Popen[str] = field(repr=False)


def started(folder: Path, *options: str) -> Playground:
    """A server that has said its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "play", "--no-browser", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    return Playground(process.stdout.readline().strip(), folder, process)


def stopped(server: Playground) -> int:
    """Its exit code after Ctrl-C."""
    with server.process as process:
        process.send_signal(signal.SIGINT)
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
