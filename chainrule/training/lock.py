"""One process at a time in a run folder."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError
from ..files import atomic_write
from ..locks import Taken, locked

PATIENCE = 0.5  # seconds: others may just be asking


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Inside, no other process is in an ``alone`` for the same folder. InputError if one is.

    The system holds the lock and gives it back when a process ends, however it ends: a file that
    lies there from before locks nobody out. It also holds between hosts where their shared file
    system has locks; where it has none at all nobody is kept out, which is warned of.
    """
    holder = folder / ".holder.json"
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(locked(folder / ".lock", timeout=PATIENCE))
        except Taken:
            raise InputError(
                f"{folder} is in use by another process{_named(holder)}: wait until it has ended, "
                "or stop it, and then go on"
            ) from None
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"cannot write {folder / '.lock'}: {reason}") from None
        try:
            if held:
                with contextlib.suppress(InputError):  # it only gives the process a name
                    atomic_write(holder, json.dumps({"pid": os.getpid()}))
            yield
        finally:
            if held:
                with contextlib.suppress(OSError):
                    holder.unlink(missing_ok=True)


def _named(holder: Path) -> str:
    try:
        return f", {int(json.loads(holder.read_bytes())['pid'])}"
    except (OSError, ValueError, TypeError, KeyError):
        return ""
