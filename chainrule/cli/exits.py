"""Where the program begins, and the only place that turns what went wrong into an exit code.

0 done · 1 a check failed · 2 wrong use or bad input · 130 interrupted. A message is one line on
stderr. Anything else that is raised is a bug, and keeps its traceback.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Sequence

from ..errors import CheckFailed, InputError
from ..printable import masked, one_line, printable, shortened
from ..terminal import console
from .streams import drop_output, one_line_warnings, usable_streams

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
PIPE_CLOSED = 141  # what a shell shows for a program that SIGPIPE ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code. ``arguments`` default to the program's own."""
    from cyclopts import CycloptsError

    from .app import app, explained
    from .start import start

    usable_streams()
    # It would tell several lines about its own cache where there is no home to put that in.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if not given:
            start()
            return DONE
        asked = _asks_for_help(given)
        with one_line_warnings(), explained(given) if asked else contextlib.nullcontext():
            code = app(
                given,
                console=console() if asked or len(given) < 2 else None,
                exit_on_error=False,
                print_error=False,
                result_action="return_value",
            )
        sys.stdout.flush()
        return code or DONE
    except (InputError, CycloptsError) as error:
        return MISUSED if _is_follower(given) else ending(MISUSED, error)
    except CheckFailed as error:
        return ending(FAILED, error)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):  # Rich's answer to one
            raise
        drop_output()
        return PIPE_CLOSED
    except KeyboardInterrupt as error:
        return ending(INTERRUPTED, error if str(error) else "interrupted")
    except BrokenPipeError:
        drop_output()
        return PIPE_CLOSED
    except OSError as error:
        drop_output()
        reason = error.strerror or str(error)
        return ending(MISUSED, f"{error.filename or 'output'}: {reason}")
    except MemoryError as error:
        return ending(MISUSED, f"not enough memory: {error}")


def _is_follower(given: Sequence[str]) -> bool:
    from ..distributed.voice import is_follower  # which imports NumPy

    return is_follower(given)


def _asks_for_help(arguments: Sequence[str]) -> bool:
    return not {"--help", "-h"}.isdisjoint(arguments)


def ending(code: int, message: object) -> int:
    """Say ``message`` on one line of stderr; returns ``code``.

    A message may repeat what a file says, which is not to steer the terminal, and what was typed,
    of which no password is to be seen.
    """
    # Only our own plain messages are known to be of one line: a break in them is part of a name.
    plain = type(message) in (InputError, str)
    line = shortened(printable(message)) if plain else one_line(message)
    with contextlib.suppress(OSError):
        print(f"chainrule: {masked(line)}", file=sys.stderr)
    return code
