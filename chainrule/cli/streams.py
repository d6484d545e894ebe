"""Standard streams that can be written to, whatever the program was started with, and warnings in
one line each."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .. import notation  # noqa: F401  it registers the error handler "chainrule"
from ..errors import ChainruleWarning
from ..printable import one_line


class Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


def usable_streams() -> None:
    """After this, ``sys.stdout`` and ``sys.stderr`` are there and take every character.

    Where one is closed (``>&-``) or missing (``pythonw``), what is written goes nowhere. Its file
    descriptor is taken, too: else the next file that is opened would get it, and with it whatever
    a library writes to its stderr. What a stream cannot encode is written in ASCII.
    """
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, Nowhere())
        else:
            with contextlib.suppress(AttributeError):  # not every replacement can do this
                stream.reconfigure(errors="chainrule")


def drop_output() -> None:
    """Where stdout cannot be written to, keep Python from trying again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):  # a replacement may have no descriptor
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Inside, a ChainruleWarning is "chainrule: warning: …". Others look as they always do."""
    before = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, ChainruleWarning):
            before(message, category, filename, lineno, file, line)
            return
        with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr may be closed
            print(f"chainrule: warning: {one_line(message)}", file=sys.stderr, flush=True)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
