"""Look for what spoils a training before it is run: ``chainrule data audit photos``.

subject                               the images, and a record of each
of_files, of_copies, of_classes, of_names  what there is to find   -> finding
near                                  images that look alike, among very many
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ... import notebook
from ...declared import checked
from ...errors import InputError
from ...public import publish
from ...text import plural
from ..dataset import Dataset
from ..folder.workers import Progress
from . import of_classes, of_copies, of_files, of_names
from . import subject as subjects
from .finding import LEVELS as LEVELS
from .finding import Finding as Finding
from .subject import Subject as Subject

CHECKS = (
    of_files.unreadable,
    of_classes.classes,
    of_copies.copies,
    of_names.names,
    of_files.telling_format,
    of_files.shapes,
    of_files.modes,
)
"""What `audit` asks, in order: ``check(subject)`` yields findings."""


@dataclass(frozen=True, repr=False)
class Audit:
    """What was looked at, and what was found, the worst first.

    >>> from chainrule import data
    >>> train, test = data.digits()
    >>> report = audit([train, test])
    >>> report.passed, len(report.subject.names)
    (True, 1797)
    """

    subject: Subject
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether there is no error among the findings."""
        return all(finding.level != "error" for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"{f.level}  {f.says}; {f.fix}" for f in self.findings)])

    def _repr_html_(self) -> str:
        rows = [(f.level, f.name, f.says, f.fix) for f in self.findings]
        return notebook.html(self._title, rows and [("level", "finding", "what", "fix"), *rows])

    @property
    def _title(self) -> str:
        images, found = len(self.subject.names), len(self.findings)
        return f"Audit: {plural(images, 'image')}, {plural(found, 'finding')}"


@checked
def audit(
    data: str | os.PathLike[str] | Sequence[Dataset],
    root: str = "",
    progress: Progress = lambda done, total: None,
) -> Audit:
    """Open every image of a folder, a CSV file or some data sets, and report what is wrong.

    Errors spoil a training or its test: images that cannot be read, classes that cannot be
    learned or do not exist, exact copies across training and test or in two classes. Warnings
    and notes may: images that look alike, file names that contradict their folder, formats that
    tell the class, tiny or unbalanced classes, odd modes and shapes.

    Raises InputError if there is nothing to audit.

    An image in the training and in the test:

    >>> from chainrule import data
    >>> train, test = data.digits()
    >>> report = audit([train, train.take([0], "test")])
    >>> report.passed, report.findings[0].name
    (False, 'exact-duplicates-across')
    """
    if isinstance(data, str | os.PathLike):
        subject = subjects.of_files(data, root, progress)
    elif len(data):
        subject = subjects.of_datasets(data[0].name, data, progress)
    else:
        raise InputError("data: expected a path, or data sets, received none")
    findings = [finding for check in CHECKS for finding in check(subject)]
    return Audit(subject, tuple(sorted(findings, key=lambda f: LEVELS.index(f.level))))


publish(globals(), "CHECKS", "LEVELS")
