"""What a diagnosis says."""

from __future__ import annotations

from dataclasses import dataclass

from ..notation import typed

NO_PATTERN = "no classic pattern"
"""The name of a `Diagnosis` that is none."""
FOLLOWS = "wrong because of it"


@dataclass(frozen=True)
class Match:
    """A classic mistake that would make the gradient wrong in just the way that it is.

    ``residual`` is the part of the error that it does not explain: 0 explains all of it. A
    ``vague`` match says where the error lies rather than what it is; any other is better.
    """

    name: str
    evidence: str
    fix: str
    residual: float = 0.0
    vague: bool = False


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """A wrong gradient, the mistake that it looks like, the numbers that say so, and the fix.

    ``where`` is the path of an array, or "the input of" or "the output of" a layer. ``name`` is
    ``NO_PATTERN`` where nothing that is known explains nearly all of the error; the evidence is
    then how the error looks. It is ``FOLLOWS`` for arrays that another mistake makes wrong.

    >>> import numpy as np
    >>> from chainrule import gradient_check
    >>> x = np.array([1.0, 2.0])
    >>> wrong = {"x": -2 * x}
    >>> check = gradient_check.check_function(lambda a: (a["x"] ** 2).sum(), {"x": x}, wrong)
    >>> check.diagnoses[0].where, check.diagnoses[0].name
    ('x', 'wrong sign')
    """

    where: str
    name: str
    evidence: str
    fix: str

    @typed
    def __str__(self) -> str:
        return f"{self.where}: {self.name} ({self.evidence}); {self.fix}"

    __repr__ = __str__
