"""chainrule data fetch, import, verify"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..printable import printable
from .arguments import DataDir
from .exits import DONE, FAILED
from .show import say

DataName = Annotated[str, Parameter(name="NAME", help="mnist, cifar10, svhn …")]


def fetch(name: DataName, /, *, data_dir: DataDir = None) -> None:
    """Download a data set unless it is there, verify it, and print its folder."""
    from .. import data

    say(printable(data.fetch(name, data_dir)))


def import_(
    name: DataName,
    source: Annotated[Path, Parameter(name="SOURCE", help="A file, a folder or an archive.")],
    /,
    *sources: Annotated[Path, Parameter(name="SOURCE", help="More of them.")],
    unverified: Annotated[
        bool, Parameter(negative=(), help="Accept files with other checksums if they can be read.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Import a data set from files, folders or archives, without a network.

    They must be the published ones, by their checksums.
    """
    from .. import data

    taken = data.import_files(name, (source, *sources), data_dir, unverified=unverified)
    for path in taken:
        say(printable(path))


def verify(name: DataName, /, *, data_dir: DataDir = None) -> int:
    """Verify each file of a data set by size and checksum; the exit code is 1 if one is bad."""
    from .. import data

    checks = data.verify(name, data_dir)
    for file, good, words in checks:
        say(printable(f"{'ok' if good else 'BAD':<4}{file}: {words}"))
    return DONE if all(good for _, good, _ in checks) else FAILED
