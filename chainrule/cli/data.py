"""chainrule data list, fetch, import, verify"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..printable import printable
from . import choices
from .arguments import AsJson, DataDir
from .exits import DONE, FAILED
from .show import remark, say, say_json, table

if TYPE_CHECKING:
    from ..data import Known

DataName = Annotated[
    str,
    Parameter(
        name="NAME",
        help=f"One of: {', '.join(choices.data_sets())}.",
        completer=choices.words(choices.data_sets),
    ),
]


def list_(*, json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the data sets that have a name: classes, images, their shape, and where they are."""
    from .. import data

    found = data.catalog(data_dir)
    if json:
        say_json([each._asdict() | {"folder": each.folder and str(each.folder)} for each in found])
        return
    table(
        ("data set", "classes", "training", "test", "images", "where"),
        [
            (
                each.name,
                f"{each.classes}",
                *("–" if count is None else f"{count:,}" for count in (each.train, each.test)),
                "x".join(map(str, each.shape)),
                _where(each),
            )
            for each in found
        ],
        right=(1, 2, 3),
        prose=True,
    )
    if any(each.folder is None for each in found):
        remark("to download one: chainrule data fetch NAME")


def _where(each: Known) -> str:
    if each.name == "digits":
        return "inside the package"
    if each.folder is None:
        return "not here"
    lacks = f", without {', '.join(each.missing)}" if each.missing else ""
    return f"{each.folder}{lacks}"


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
