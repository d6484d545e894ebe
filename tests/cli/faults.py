"""The program, ended by a signal of its own at a chosen moment of its writing.

    python faults.py SIGNAL WHAT NUMBER ARGUMENT…

WHAT is a pattern of moments such as "sync .step-*" or "*": "open", "sync", "rename" or "remove",
and the name of the file. The NUMBER-th time, counted from 1, that the program is about to do that
to a file of a run, it gets SIGNAL, $AFTER seconds later if that is set, in which case it does not
end before. If that kills it at "sync", half of the file has reached the
disk, as when a machine stops inside a write. NUMBER 0 ends nothing; the moments that there are
go, one a line, into the file that $MOMENTS names.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

KINDS = {"open": "open", "os.rename": "rename", "os.remove": "remove"}


def main() -> int:
    name, what, number, *arguments = sys.argv[1:]
    moments: list[str] = []
    later: list[threading.Timer] = []
    number_of_signal = signal.Signals[name]

    def at(kind: str, path: object) -> bool:
        """Whether this is the moment."""
        if not isinstance(path, (str, os.PathLike)) or "runs" not in Path(path).parts:
            return False
        moment = f"{kind} {Path(path).name}"
        if fnmatch(moment, what):
            moments.append(moment)
        return fnmatch(moment, what) and len(moments) == int(number)

    def end() -> None:
        if after := os.environ.get("AFTER"):
            later.append(threading.Timer(float(after), os.kill, (os.getpid(), number_of_signal)))
            later[0].start()
        else:
            os.kill(os.getpid(), number_of_signal)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if later and event == "open" and Path(str(details[0])).name.startswith(".metrics."):
            later[0].join()  # with these figures a run is finished
        if event not in KINDS or (event == "open" and not writes(details)):
            return
        if at(KINDS[event], details[0]):
            end()

    plain = os.fsync

    def fsync(descriptor: int) -> None:
        if at("sync", os.readlink(f"/proc/self/fd/{descriptor}")):
            if name == "SIGKILL":
                os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            end()
        plain(descriptor)

    from chainrule.cli import main as program

    os.fsync = fsync
    sys.addaudithook(hook)
    code = program(arguments)
    if place := os.environ.get("MOMENTS"):
        Path(place).write_text("\n".join(moments))
    return code


def writes(details: tuple[Any, ...]) -> bool:
    """Whether an "open" is one for writing."""
    _, mode, flags = details
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


if __name__ == "__main__":
    sys.exit(main())
