"""Warnings of this package as a person wants to read them: one line on stderr, and no source."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ..errors import ChainruleWarning
from ..printable import one_line


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
