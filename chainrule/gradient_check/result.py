"""What a gradient check found, as numbers and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .. import notebook
from ..errors import CheckFailed
from ..notation import typed
from ..text import aligned
from ..types import Array
from .differences import Verdict
from .findings import Diagnosis

LISTED = 3  # wrong arrays in an error message; the table has all of them


@dataclass(frozen=True, repr=False)
class ArrayCheck:
    """One array: how much of it was compared, and the place where it agrees least.

    ``checked`` counts the comparisons that were judged, ``kinks`` those that could not be.
    ``error``, ``analytic`` and ``numeric`` belong to the place ``worst``, "[3, 7]" or a
    random direction. ``misfit`` is the gradient's shape where it is not the array's.

    >>> import numpy as np
    >>> from chainrule import gradient_check
    >>> x = np.array([1.0, 2.0])
    >>> check = gradient_check.check_function(lambda a: (a["x"] ** 2).sum(), {"x": x}, {"x": 2 * x})
    >>> row = check.rows[0]
    >>> row.path, row.shape, row.checked, row.verdict
    ('x', (2,), 2, 'ok')
    """

    path: str
    shape: tuple[int, ...]
    checked: int
    kinks: int
    error: float
    worst: str
    analytic: float
    numeric: float
    ok: bool
    misfit: tuple[int, ...] | None = None

    @classmethod
    def misshapen(cls, path: str, shape: tuple[int, ...], gradient: tuple[int, ...]) -> ArrayCheck:
        """An array whose gradient has another shape."""
        return cls(path, shape, 0, 0, math.inf, "", math.nan, math.nan, False, gradient)

    @classmethod
    def of(
        cls, path: str, x: Array, verdicts: Sequence[tuple[str, Verdict]], tolerance: float
    ) -> ArrayCheck:
        """What the ``verdicts`` on places of the array ``x``, of any shape, say of it."""
        judged = [(where, v) for where, v in verdicts if not v.kink]
        # A NaN is the worst error there is, but every comparison with it is false.
        where, worst = max(
            judged, key=lambda item: (item[1].error != item[1].error, item[1].error),
            default=("", Verdict(0.0, 0.0, 0.0)),
        )  # fmt: skip
        kinks = len(verdicts) - len(judged)
        ok = worst.error <= tolerance
        return cls(
            path, x.shape, len(judged), kinks, worst.error, where, worst.analytic, worst.numeric, ok
        )

    @property
    def verdict(self) -> str:
        """ok, WRONG, or "only kinks" where no entry could be judged."""
        if not self.ok:
            return "WRONG"
        return "ok" if self.checked or not self.kinks else "only kinks"

    @typed
    def __str__(self) -> str:
        if self.misfit is not None:
            return f"{self.path}: the array has shape {self.shape}, its gradient {self.misfit}"
        return (
            f"{self.path}{self.worst if self.worst.startswith('[') else ' ' + self.worst}: "
            f"analytic {self.analytic:.9g}, numeric {self.numeric:.9g}, "
            f"relative error {self.error:.2g}"
        )

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class GradCheck:
    """The result of a gradient check: one row an array, and the value of the function.

    ``print`` it for the table; ``ok`` says whether every row agrees, and no layer ``writes`` into
    an array that is not its own. Otherwise ``diagnoses`` name the likely mistakes, the most
    telling first.

    >>> import numpy as np
    >>> from chainrule import gradient_check, layers
    >>> check = gradient_check.check_layer(layers.Linear(3, 2).init(0), np.ones((4, 3), np.float32))
    >>> check.ok, [row.path for row in check.rows]
    (True, ['weight', 'bias', 'input'])
    """

    rows: tuple[ArrayCheck, ...]
    value: float
    h: float
    tolerance: float
    diagnoses: tuple[Diagnosis, ...] = ()
    writes: tuple[Diagnosis, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every row agrees and no layer writes into what is not its own."""
        return all(row.ok for row in self.rows) and not self.writes

    @property
    def error(self) -> float:
        """The worst relative error of all arrays."""
        return max((row.error for row in self.rows), default=0.0)

    def raise_if_failed(self) -> None:
        """CheckFailed unless ``ok``, naming wrong places and the first diagnosis."""
        wrong = [row for row in self.rows if not row.ok]
        if wrong:
            more = f"; and {len(wrong) - LISTED} more" if len(wrong) > LISTED else ""
            places = "; ".join(map(str, wrong[:LISTED])) + more
            raise CheckFailed(
                f"the gradient check failed in {len(wrong)} of {len(self.rows)} arrays "
                f"(tolerance {self.tolerance:g}): {places}{self._first_diagnosis}"
            )
        if self.writes:
            raise CheckFailed(f"the gradient check failed: {self.writes[0]}")

    @property
    def _first_diagnosis(self) -> str:
        return f"; diagnosis: {self.diagnoses[0]}" if self.diagnoses else ""

    @typed
    def __str__(self) -> str:
        return "\n".join([*aligned(self._rows(), right={2, 3, 4}), *self._notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.html("", self._rows(), *self._notes())

    def _rows(self) -> Sequence[tuple[str, ...]]:
        header = ("array", "shape", "checked", "kinks", "relative error", "worst at", "verdict")
        return [header] + [
            (
                row.path,
                "x".join(map(str, row.shape)) or "()",
                str(row.checked),
                str(row.kinks),
                f"{row.error:.2e}" if row.checked else "-",
                row.worst or "-",
                row.verdict,
            )
            for row in self.rows
        ]

    def _notes(self) -> list[str]:
        return [
            *(f"WRONG  {row}" for row in self.rows if not row.ok),
            *(f"DIAGNOSIS  {diagnosis}" for diagnosis in self.diagnoses),
            f"value {self.value:.6g}, h = {self.h:g}, tolerance {self.tolerance:g}",
        ]
