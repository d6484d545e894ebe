"""The folders where data are looked for, in order, and the one where new data go.

1. the data directory that was given (``--data-dir``)
2. $CHAINRULE_DATA
3. the user's cache (on Linux ~/.cache/chainrule/data)
4. where packages of the operating system put the data set
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .source import Source


def home(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """The data directory that new files go to: the first of the places that is named."""
    if data_dir is not None:
        return as_path(data_dir)
    return _environment() or _cache()


def candidates(source: Source, data_dir: str | os.PathLike[str] | None = None) -> Iterator[Path]:
    """Every folder where the files of ``source`` may lie, in the order of looking.

    Raises InputError if a data directory is given that is not a folder.
    """
    if data_dir is not None:
        given = home(data_dir)
        if not os.path.isdir(given):
            if os.path.exists(given):
                raise InputError(f"the data directory {given} is a file, not a folder")
            raise InputError(
                f"the data directory {given} is not a folder; "
                f"`chainrule data fetch {source.name} --data-dir {given}` makes it"
            )
        yield from _within(given, source)
        yield given  # the files themselves, without a folder of the data set's own
    environment = _environment()
    if environment is not None:
        yield from _within(environment, source)
    yield from _within(_cache(), source)
    yield from (Path(folder) for folder in source.system)


def locate(source: Source, data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """The first folder that holds the files of ``source``; None if there is none.

    One that holds some of them counts too, unless it is in the cache, where it is what an
    interrupted download left: a folder that somebody named is never passed over in silence.
    """
    unfinished = _cache() / source.name
    for folder in candidates(source, data_dir):
        missing = len(source.missing(folder))
        if missing == 0 or (missing < len(source.files) and folder != unfinished):
            return folder
    return None


def _within(directory: Path, source: Source) -> Iterator[Path]:
    yield from (directory / folder for folder in (source.name, *source.folders))


def as_path(named: str | os.PathLike[str]) -> Path:
    """The path that was typed, with ``~`` filled in. InputError if no file can be called so."""
    if "\0" in os.fspath(named):
        raise InputError(f"a path cannot have a null character in it, got {os.fspath(named)!r}")
    # os.path leaves a ~name that is nobody's as it is, where pathlib raises.
    return Path(os.path.expanduser(named))


def _environment() -> Path | None:
    named = os.environ.get("CHAINRULE_DATA", "")
    return as_path(named) if named else None


def _cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("chainrule", appauthor=False)) / "data"
