"""Take the files of a data set from files, folders or archives that somebody has."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from ...errors import InputError
from .archives import BROKEN, find_members
from .checksums import check_file, copy_checked
from .download import put, writing
from .paths import as_path, home
from .source import KnownFile, Source

WORKSHOP = ".import"
"""The folder in the data set's for files that are not yet known to be good."""


def import_files(
    source: Source,
    sources: Iterable[str | os.PathLike[str]],
    data_dir: str | os.PathLike[str] | None = None,
    unverified: Callable[[Path], object] | None = None,
) -> list[Path]:
    """Copy the data set's files out of files, folders or archives (.zip, .tar.*) into place.

    Files are known by their names and verified by their checksums, packed or not; all are read
    and found good before the first is written. Where there are several forms of the data set,
    the first whole one is taken. With ``unverified`` the checksums do not matter, and that
    function is called instead with a folder of all the files: it raises InputError unless they
    can be read. Returns where they lie now. Raises InputError if there is none among
    ``sources``, or one is not what its name says.
    """
    paths = [as_path(path) for path in sources]
    forms = (source, *source.forms)
    wanted = {name: known for form in forms for known in form.files for name in known.names()}
    good, bad = _look(source, paths, wanted, compare=unverified is None)
    whole = [form for form in forms if all(known in good for known in form.files)]
    if whole:
        good = {known: good[known] for known in whole[0].files}
    elif bad is not None:
        raise bad
    elif not good:
        names = " or ".join(", ".join(_spelling(known) for known in form.files) for form in forms)
        raise InputError(
            f"no file of {source.name} in {', '.join(map(str, paths)) or 'nothing'}; they are "
            f"called {names}"
        )
    elif unverified is not None:
        lacking = ", ".join(known.name for known in source.files if known not in good)
        raise InputError(
            f"files that are not verified are taken all or none: {lacking} of {source.name} is "
            f"not in {', '.join(map(str, paths))}"
        )
    return _take(source, paths, good, home(data_dir) / source.name, unverified)


def _look(
    source: Source, paths: list[Path], wanted: dict[str, KnownFile], compare: bool
) -> tuple[dict[KnownFile, str], InputError | None]:
    """Where the good files are, and what is wrong with the first that is not."""
    good: dict[KnownFile, str] = {}
    bad: InputError | None = None
    for path in paths:
        for name, where, stream in find_members(path, wanted):
            known = wanted[name]
            try:
                copy_checked(stream, known, compare=compare)
            except BROKEN as error:
                offered = compare and not source.advice
                hint = "; --unverified takes any that can be read" if offered else ""
                bad = bad or InputError(
                    f"{where} is not the {known.name} of {source.name}: {error}{hint}"
                )
            else:
                good[known] = where
    return good, bad


def _take(
    source: Source,
    paths: list[Path],
    good: dict[KnownFile, str],
    folder: Path,
    unverified: Callable[[Path], object] | None,
) -> list[Path]:
    """Copy what `_look` found by way of a workshop, and put it in place when all is there."""
    workshop = folder / WORKSHOP
    by_place = {where: known for known, where in good.items()}
    names = {name for known in good for name in known.names()}
    with writing(folder):
        try:
            shutil.rmtree(workshop, ignore_errors=True)  # of one that was killed
            workshop.mkdir()
            for path in paths:
                for _, where, stream in find_members(path, names):
                    if (known := by_place.get(where)) is not None:
                        _copy(stream, known, workshop / known.name, unverified is None)
            if unverified is not None:
                unverified(workshop)
            for known in good:
                if not check_file(folder, known)[1] or unverified is not None:
                    put(workshop / known.name, folder / known.name)
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno:  # the disk, not the files
                raise
            raise InputError(f"files of {source.name} changed while they were read") from error
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return [folder / known.name for known in good]


def _copy(stream: BinaryIO, known: KnownFile, path: Path, compare: bool) -> None:
    with path.open("wb") as file:
        copy_checked(stream, known, file.write, compare=compare)
        file.flush()
        os.fsync(file.fileno())


def _spelling(known: KnownFile) -> str:
    return f"{known.name}[.gz]" if ".gz" in known.endings else known.name
