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

from ...errors import InputError
from ...homes import user_cache
from ...printable import command
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
    for folders in _places(source, data_dir):
        yield from folders


def find(
    source: Source, data_dir: str | os.PathLike[str] | None = None
) -> tuple[Source, Path] | None:
    """The first folder that holds the data set in any of its forms, and which form it is.

    One that holds some of the files counts too, if its place has no whole data set, unless it
    is in the cache, where it is what an interrupted download left: a folder that somebody
    named is never passed over in silence.
    """
    forms = (source, *source.forms)
    unfinished = _cache() / source.name
    for place in zip(*(_places(form, data_dir) for form in forms), strict=True):
        partial = []
        for form, folders in zip(forms, place, strict=True):
            for folder in folders:
                missing = len(form.missing(folder))
                if missing == 0:
                    return form, folder
                if missing < len(form.files) and folder != unfinished:
                    partial.append((form, folder))
        if partial:
            return partial[0]
    return None


def locate(source: Source, data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """The folder of `find` alone."""
    found = find(source, data_dir)
    return None if found is None else found[1]


def _places(source: Source, data_dir: str | os.PathLike[str] | None) -> Iterator[tuple[Path, ...]]:
    """The folders of `candidates` by place: given, $CHAINRULE_DATA, cache, system."""
    if data_dir is not None:
        given = home(data_dir)
        if not os.path.isdir(given):
            if os.path.exists(given):
                raise InputError(f"the data directory {given} is a file, not a folder")
            make = command("chainrule", "data", "fetch", source.name, "--data-dir", given)
            raise InputError(f"the data directory {given} is not a folder; to make it: {make}")
        # At last the files themselves, without a folder of the data set's own.
        yield (*_within(given, source), given)
    environment = _environment()
    if environment is not None:
        yield _within(environment, source)
    yield _within(_cache(), source)
    yield tuple(Path(folder) for folder in source.system)


def _within(directory: Path, source: Source) -> tuple[Path, ...]:
    return tuple(directory / folder for folder in (source.name, *source.folders))


def as_path(named: str | os.PathLike[str]) -> Path:
    """The path that was typed, with ``~`` filled in. InputError if no file can be called so."""
    if "\0" in os.fspath(named):
        raise InputError(f"path: expected no null character in it, received {os.fspath(named)!r}")
    # os.path leaves a ~name that is nobody's as it is, where pathlib raises.
    return Path(os.path.expanduser(named))


def _environment() -> Path | None:
    named = os.environ.get("CHAINRULE_DATA", "")
    return as_path(named) if named else None


def _cache() -> Path:
    return user_cache() / "data"
