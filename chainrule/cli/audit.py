"""chainrule data audit"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from . import choices
from .arguments import DataDir
from .exits import DONE, FAILED
from .show import say

if TYPE_CHECKING:
    from ..data.audit import Audit, Finding

SHOWN = 5


def audit(
    data: Annotated[
        str,
        Parameter(
            name="DATA", help="A folder, a .csv file, or mnist, cifar10 …", completer=choices.DATA
        ),
    ],
    /,
    *,
    html: Annotated[Path | None, Parameter(help="Also write a page that shows the images.")] = None,
    root: Annotated[
        str, Parameter(help="Folder that the paths in a .csv file are relative to.")
    ] = "",
    data_dir: DataDir = None,
) -> int:
    """Find damaged files, duplicates, leaks and odd classes; the exit code is 1 for an error."""
    from .. import data as data_sets
    from ..data.audit import audit as look
    from ..data.fetching.progress import counting

    with counting("reading images") as progress:
        if data in data_sets.NAMES:
            result = look(data_sets.load(data, data_dir), progress=progress)
        elif data_dir is not None:
            raise InputError(
                f"--data-dir: expected a data set by its name beside it, such as mnist, received "
                f"the path {data}"
            )
        else:
            result = look(os.path.expanduser(data), root, progress)
    _print(result)
    if html is not None:
        from ..report.audit import write_audit

        say(f"\npage {printable(write_audit(result, html))}")
    return DONE if result.passed else FAILED


def _print(result: Audit) -> None:
    from ..text import plural
    from .show import first

    subject = result.subject
    parts = [(part, int((subject.parts == part).sum())) for part in ("train", "validation", "test")]
    counts = ", ".join(f"{count:,} {part}" for part, count in parts if count)
    kinds = plural(len(subject.classes), "class")
    images = "image" if len(subject.parts) == 1 else "images"
    names = printable(first(subject.classes))
    say(f"{printable(subject.place)}: {counts} {images} of {kinds}: {names}")
    for finding in result.findings:
        say(f"\n{finding.level:8} {printable(finding.says)}  [{finding.name}]")
        for line in _examples(result, finding):
            say(f"         - {printable(line)}")
        say(f"         {printable(finding.fix)}")
    errors = sum(finding.level == "error" for finding in result.findings)
    say(f"\n{plural(errors, 'error') if errors else 'no errors'}")


def _examples(result: Audit, finding: Finding) -> list[str]:
    """The first few of what a finding is about."""
    names = result.subject.names
    lines = [*finding.names, *(" = ".join(names[i] for i in g[:4]) for g in finding.groups)]
    more = [f"and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return lines[:SHOWN] + more
