"""All that a doctor says."""

from __future__ import annotations

from dataclasses import dataclass

from .. import notebook
from ..errors import CheckFailed
from ..notation import typed
from .check import Check


@dataclass(frozen=True, repr=False)
class Examination:
    """The checks in the order in which they were made. ``print`` it for the list.

    ``facts`` are rows about the machine and the cost of the training.

    >>> from chainrule import data, doctor, models
    >>> train, test = data.digits()
    >>> examination = doctor.examine(models.mlp((8, 8, 1), (8,), 10), train, test, only=["overlap"])
    >>> examination.ok, examination["overlap"].verdict
    (True, 'ok')
    """

    checks: tuple[Check, ...]
    facts: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    def __getitem__(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.verdict == "failed")

    @property
    def warnings(self) -> tuple[Check, ...]:
        """The checks that warn."""
        return tuple(check for check in self.checks if check.verdict == "warning")

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return not self.failed

    @property
    def summary(self) -> str:
        """How many checks there are of each verdict, in words."""
        counts = {
            verdict: sum(check.verdict == verdict for check in self.checks)
            for verdict in ("ok", "warning", "failed", "skipped")
        }
        said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
        return f"{said}; {self.seconds:.1f} s"

    def raise_if_failed(self) -> None:
        """CheckFailed if any check failed, naming them."""
        if self.failed:
            names = ", ".join(f"{check.name} ({check.shown})" for check in self.failed)
            raise CheckFailed(f"the doctor found something wrong: {names}")

    @typed
    def __str__(self) -> str:
        facts = [f"{name:<10}{text}" for name, text in self.facts]
        return "\n".join([*facts, *map(str, self.checks), self.summary])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(c.verdict, c.name, c.shown, c.threshold, c.cause, c.fix) for c in self.checks]
        header = ("verdict", "check", "number", "threshold", "cause", "fix")
        facts = [f"{name}: {text}" for name, text in self.facts]
        return notebook.html(self.summary, *facts, [header, *rows])
