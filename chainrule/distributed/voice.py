"""What several ranks print and how they end: as one program."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import CheckFailed, InputError
from ..printable import one_line
from .group import Group, is_agreed
from .launcher import launch

COMMANDS = ("train", "resume")
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def is_follower(arguments: Sequence[str]) -> bool:
    """Whether this process is a rank other than 0, which prints the same messages."""
    launched = launch() if arguments[:1] and arguments[0] in COMMANDS else None
    return launched is not None and launched.rank > 0


@contextmanager
def one_voice(group: Group) -> Iterator[Group]:
    """Inside, rank 0 alone prints. What ends one rank ends all: in good order where all know of it,
    else at once, with a line that names the rank."""
    if group.size == 1:
        yield group
        return
    try:
        with _silent(not group.leads):
            yield group
    except BaseException as error:
        if not is_agreed(error):
            _end_all(group, error)
        if group.leads:
            raise
        raise SystemExit(_code(error)) from None


@contextmanager
def _silent(silent: bool) -> Iterator[None]:
    if not silent:
        yield
        return
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _end_all(group: Group, error: BaseException) -> None:
    """Say which rank failed, and end the others, which wait for it in some transfer."""
    known = isinstance(error, InputError | CheckFailed | KeyboardInterrupt | OSError | MemoryError)
    if not known:
        traceback.print_exception(error, file=sys.__stderr__)
    reason = one_line(error) or type(error).__name__
    text = f"chainrule: rank {group.rank} has failed: {reason}; the other ranks are ended"
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.__stderr__, flush=True)
    group.abort(_code(error))


def _code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return MISUSED if isinstance(error, InputError | OSError | MemoryError) else FAILED
