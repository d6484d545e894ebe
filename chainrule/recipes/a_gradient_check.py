"""A-gradient-check: first losses 2.3005 and 7.0521, errors up to 2.2e-05 (1 seed; Intel Xeon
Processor, 2 cores); reported: first losses 2.3005 and 7.0521, errors up to 2.2e-5.

Report A's gradient check: 15-20-30-10 net with ReLU, two samples, h = 1e-5, float64.

Claim: both initial losses, 2.3005 and 7.0521, and every relative error at reg = 0 come out as
reported, digit for digit; at reg = 3.14 those of the biases do, and those of the weights come
out smaller (they are rounding of the penalty's sum). The largest, 2.2e-5 in W2, is no error of
the derivative: that entry is 5.7e-7, and rounding moves a difference quotient by 1e-11.
"""

from __future__ import annotations

import numpy as np

from ..gradient_check import GradCheck, gradcheck
from ..layers import Linear, ReLU, Sequential, named_parameters
from ..text import aligned
from .recipe import Recipe, Result, Table
from .session import Session

SIZES = (15, 20, 30, 10)
NAMES = {
    f"layers.{2 * i}.{name}": f"{letter}{i + 1}"
    for name, letter in (("weight", "W"), ("bias", "b"))
    for i in range(len(SIZES) - 1)
}

REPORTED = {  # by reg: the initial loss, and the relative errors of W1 W2 W3 b1 b2 b3
    0.0: (2.3005, (1.48e-7, 2.21e-5, 3.53e-7, 5.38e-9, 2.09e-9, 5.80e-11)),
    3.14: (7.0521, (1.14e-8, 6.87e-8, 3.48e-8, 1.48e-8, 1.72e-9, 1.80e-10)),
}


def check() -> dict[float, GradCheck]:
    """The gradient check for each reg, on the report's own samples and weights.

    They come from NumPy's legacy generator with seed 231. The report divides by
    max(|a| + |n|, 1e-8), which lets rounding noise through; so the tolerance is 1e-4.
    """
    stream = np.random.RandomState(231)
    x, labels = stream.randn(2, SIZES[0]), stream.randint(SIZES[-1], size=2)
    return {
        reg: gradcheck(
            _net(stream), x, labels, reg=reg, samples=None, floor=1e-8, tolerance=1e-4,
            raise_on_failure=False,
        )
        for reg in REPORTED
    }  # fmt: skip


def table(checks: dict[float, GradCheck] | None = None) -> str:
    """Ours beside the report's, one row a parameter.

    >>> print(table().splitlines()[1])
    initial loss         2.3005    2.3005      7.0521    7.0521
    """
    heads, *rows = rows_of(check() if checks is None else checks)
    return "\n".join(aligned([heads, *rows], right=range(1, len(heads))))


def rows_of(checks: dict[float, GradCheck]) -> list[list[str]]:
    """The header and the rows of that table."""
    losses = [(c.value, REPORTED[reg][0]) for reg, c in checks.items()]
    rows = [_row("initial loss", losses, ".4f")]
    for i, (path, name) in enumerate(NAMES.items()):
        errors = [
            (next(row.error for row in c.rows if row.path == path), REPORTED[reg][1][i])
            for reg, c in checks.items()
        ]
        rows.append(_row(f"{name} relative error", errors, ".2e"))
    heads = [head for reg in checks for head in (f"reg = {reg:g}", "report")]
    return [["", *heads], *rows]


def _row(name: str, pairs: list[tuple[float, float]], form: str) -> list[str]:
    return [name, *(f"{each:{form}}" for pair in pairs for each in pair)]


def _net(stream: np.random.RandomState) -> Sequential:
    a, b, c, d = SIZES
    net = Sequential(Linear(a, b), ReLU(), Linear(b, c), ReLU(), Linear(c, d))
    net.init().astype(np.float64)
    for path, parameter in named_parameters(net):
        w = parameter.value
        parameter.value = stream.normal(0, 5e-2, w.shape) if "weight" in path else 0 * w
    return net


def run(session: Session) -> Result:
    checks = check()
    heads, *rows = rows_of(checks)
    reached = all(each.ok for each in checks.values())
    worst = max(row.error for each in checks.values() for row in each.rows)
    first = " and ".join(f"{each.value:.4f}" for each in checks.values())
    return Result(
        ours=f"first losses {first}, errors up to {worst:.1e}",
        reached=reached,
        figures={
            f"reg {reg:g}": {row.path: row.error for row in each.rows}
            for reg, each in checks.items()
        },
        tables=[Table("Relative errors", heads, rows)],
    )


RECIPE = Recipe(
    name="A-gradient-check",
    did="gradient check of a 15-20-30-10 net, with and without a penalty",
    reported="first losses 2.3005 and 7.0521, errors up to 2.2e-5",
    bar="the same losses; every gradient right",
    run=run,
    seeds=1,
)
