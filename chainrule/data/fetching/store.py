"""The files of a data set: found, fetched if need be, and verified."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import InputError
from .checksums import check_file
from .download import fetch_source
from .http import Progress
from .paths import find, home
from .progress import shown
from .source import Source


def complete(source: Source, data_dir: str | os.PathLike[str] | None = None) -> tuple[Source, Path]:
    """The form of the data set that was found, and the folder that has every file of it; they
    are downloaded if they are nowhere.

    Raises InputError if they cannot be had, or if the folder that was found lacks some.
    """
    found = find(source, data_dir)
    form, folder = found or (source, None)
    missing = [] if folder is None else form.missing(folder)
    if folder is not None and not missing:
        return form, folder
    if folder is None or _is_unfinished(folder, source, data_dir):
        try:
            with shown() as report:
                return source, fetch_source(source, data_dir, report)
        except InputError as error:
            raise InputError(
                f"{source.name} is not whole in {home(data_dir)}, and {error}"
            ) from error
    names = ", ".join(known.name for known in missing)
    raise InputError(
        f"{folder} has only some of the files of {source.name}: it lacks {names}; add them, "
        f"or `chainrule data fetch {source.name}` all of them to another --data-dir"
    )


def fetch(
    source: Source,
    data_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """The folder with the verified files, downloaded where they are missing or damaged.

    Without ``data_dir``, good files in any of the places are enough; for a data set that comes
    with the package it does not matter. ``progress`` is called with (file name, bytes so far,
    bytes in all or None); None shows a bar on a terminal.
    """
    if not source.mirrors:
        data_dir = None
    if data_dir is None or os.path.isdir(home(data_dir)):
        found = find(source, data_dir)
        if (
            found is not None
            and (data_dir is None or found[1].is_relative_to(home(data_dir)))
            and all(check_file(found[1], known)[1] for known in found[0].files)
        ):
            return found[1]
    with shown(progress) as report:
        return fetch_source(source, data_dir, report)


def verify(
    source: Source, data_dir: str | os.PathLike[str] | None = None
) -> list[tuple[str, bool, str]]:
    """(file, is it good?, in words) for each file, where the data set would be read from."""
    form, folder = find(source, data_dir) or (source, home(data_dir) / source.name)
    return [check_file(folder, known) for known in form.files]


def _is_unfinished(folder: Path, source: Source, data_dir: str | os.PathLike[str] | None) -> bool:
    """Is this what an interrupted download left: files that are good, where it puts them?"""
    there = [known for known in source.files if known not in source.missing(folder)]
    return folder == home(data_dir) / source.name and all(
        check_file(folder, known)[1] for known in there
    )
