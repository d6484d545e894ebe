"""Fetch, import and verify the files of a data set, by its name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError
from ..files import atomic_write
from .content import check_file, copy_checked
from .download import fetch_source, set_aside, writing
from .http import Progress
from .places import as_path, home, locate
from .progress import shown
from .source import KnownFile, Source


def complete_folder(source: Source, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """The folder that has every file of ``source``; they are downloaded if they are nowhere.

    Raises InputError if they cannot be had, or if the folder that was found lacks some.
    """
    folder = locate(source, data_dir)
    missing = [] if folder is None else source.missing(folder)
    if folder is not None and not missing:
        return folder
    if folder is None or _is_unfinished(folder, source, data_dir):
        try:
            with shown() as report:
                return fetch_source(source, data_dir, report)
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
        folder = locate(source, data_dir)
        if (
            folder is not None
            and (data_dir is None or folder.is_relative_to(home(data_dir)))
            and all(check_file(folder, known)[1] for known in source.files)
        ):
            return folder
    with shown(progress) as report:
        return fetch_source(source, data_dir, report)


def import_files(
    source: Source,
    sources: Iterable[str | os.PathLike[str]],
    data_dir: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Copy the data set's files out of files, folders or archives (.zip, .tar.*) into place.

    Files are known by their names and verified by SHA-256, packed or not; all are read and
    found good before the first is written. Returns where they lie now. Raises InputError if
    there is none among ``sources``, or one is not what its name says.
    """
    from .archives import BROKEN, find_members  # and with it four ways of unpacking

    wanted = {name: known for known in source.files for name in known.names()}
    found: dict[KnownFile, bytes] = {}
    paths = [as_path(path) for path in sources]
    for path in paths:
        for name, where, stream in find_members(path, wanted):
            content = bytearray()
            try:
                copy_checked(stream, wanted[name], content.extend)
            except BROKEN as error:
                raise InputError(
                    f"{where} is not the {wanted[name].name} of {source.name}: {error}"
                ) from error
            found[wanted[name]] = bytes(content)
    if not found:
        names = ", ".join(f"{known.name}[.gz]" for known in source.files)
        raise InputError(
            f"no file of {source.name} in {', '.join(map(str, paths)) or 'nothing'}; they are "
            f"called {names}"
        )
    folder = home(data_dir) / source.name
    with writing(folder):
        for known, data in found.items():
            if not check_file(folder, known)[1]:
                set_aside(folder / known.name)
            atomic_write(folder / known.name, data)
    return [folder / known.name for known in source.files if known in found]


def verify(
    source: Source, data_dir: str | os.PathLike[str] | None = None
) -> list[tuple[str, bool, str]]:
    """(file, is it good?, in words) for each file, where the data set would be read from."""
    folder = locate(source, data_dir) or home(data_dir) / source.name
    return [check_file(folder, known) for known in source.files]


def _is_unfinished(folder: Path, source: Source, data_dir: str | os.PathLike[str] | None) -> bool:
    """Is this what an interrupted download left: files that are good, where it puts them?"""
    there = [known for known in source.files if known not in source.missing(folder)]
    return folder == home(data_dir) / source.name and all(
        check_file(folder, known)[1] for known in there
    )
