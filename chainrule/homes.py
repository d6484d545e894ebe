"""Where a user's files are kept between runs, also for a user who has no home."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from .errors import InputError


def user_cache() -> Path:
    """The folder for what can be made again: on Linux $XDG_CACHE_HOME/chainrule, else
    ~/.cache/chainrule.

    Without a home (no $HOME, and a user number without a name, as in containers) it is a folder of
    this user's own in the directory for temporary files. InputError if there is no such place.
    """
    import platformdirs

    try:
        place = Path(platformdirs.user_cache_dir("chainrule", appauthor=False))
    except RuntimeError:  # of platformdirs 4.4 and later; before, "~" stays in the path
        return homeless()
    return place if place.is_absolute() else homeless()


def homeless() -> Path:
    """A folder in the directory for temporary files that nobody else can write to.

    It may hold compiled code, so one that somebody else has put there is not used.
    """
    try:
        base = Path(tempfile.gettempdir())
    except OSError as error:
        raise InputError(
            f"there is no place for a cache: {error.strerror or error}; set XDG_CACHE_HOME to a "
            "folder that can be written to"
        ) from None
    user = os.getuid() if hasattr(os, "getuid") else 0
    place = base / f"chainrule-{user}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if _own(place, user):
            return place
    except OSError:
        pass
    return _for_now(base)


def _own(place: Path, user: int) -> bool:
    stat = place.lstat()
    return (
        place.is_dir()
        and not place.is_symlink()
        and (os.name == "nt" or (stat.st_uid == user and not stat.st_mode & 0o022))
    )


@cache
def _for_now(base: Path) -> Path:
    """A folder for as long as this process runs."""
    import atexit
    import shutil

    try:
        place = Path(tempfile.mkdtemp(prefix="chainrule-", dir=base))
    except OSError as error:
        raise InputError(
            f"there is no place for a cache: cannot write {base}: {error.strerror}; set "
            "XDG_CACHE_HOME to a folder that can be written to"
        ) from None
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place
