"""Where the program begins, and the only place that turns what went wrong into an exit code.

0 done · 1 a check failed · 2 wrong use or bad input · 130 interrupted. A message is one line on
stderr. Anything else that is raised is a bug, and keeps its traceback.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from ..errors import CheckFailed, InputError
from .warned import one_line_warnings

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
PIPE_CLOSED = 141  # what a shell shows for a program that SIGPIPE ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code. ``arguments`` default to the program's own."""
    from cyclopts import CycloptsError

    from .app import app

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # not every replacement can do this
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with one_line_warnings():
            code = app(
                sys.argv[1:] if arguments is None else list(arguments),
                exit_on_error=False,
                print_error=False,
                result_action="return_value",
            )
        sys.stdout.flush()
        return code or DONE
    except (InputError, CycloptsError) as error:
        return ending(MISUSED, error)
    except CheckFailed as error:
        return ending(FAILED, error)
    except KeyboardInterrupt as error:
        return ending(INTERRUPTED, error if str(error) else "interrupted")
    except BrokenPipeError:
        _drop_output()
        return PIPE_CLOSED
    except OSError as error:
        _drop_output()
        reason = error.strerror or str(error)
        return ending(MISUSED, f"{error.filename or 'output'}: {reason}")
    except MemoryError as error:
        return ending(MISUSED, f"not enough memory: {error}")


def ending(code: int, message: object) -> int:
    """Say ``message`` on one line of stderr; returns ``code``.

    A message may repeat what a file says, which is not to steer the terminal.
    """
    words = " ".join(str(message).split())
    line = "".join(letter if letter.isprintable() else "?" for letter in words)
    with contextlib.suppress(OSError):
        print(f"chainrule: {line}", file=sys.stderr)
    return code


def _drop_output() -> None:
    """Where stdout cannot be written to, keep Python from trying again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):  # a replacement may have no descriptor
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
