"""E-init: ReLU at layer 10: small 8.2e-09, He 0.84; tanh with Xavier 0.23 (1 seed; Intel Xeon
Processor, 2 cores); reported: advice: He for ReLU, Xavier for tanh.

Activations by layer under small random, Xavier and He weights, and with batch norm, for tanh and
ReLU: report E's advice, as a figure and a table of ten layers."""

from __future__ import annotations

from typing import Any

from ..draw.init import DEPTH, LIMITS, STARTS, activations, paint
from ..layers import Layer, ReLU, Tanh
from .recipe import Plot, Recipe, Result, Table
from .session import Session

VANISHED = 1e-3
SHOWN = (1, 2, 4, 6, 8, 10)


def run(session: Session) -> Result:
    found: dict[str, list[float]] = session.once("deviations", deviations)
    rows = [[name, *(f"{stds[layer - 1]:.3g}" for layer in SHOWN)] for name, stds in found.items()]
    small, he = found["ReLU, Small"][-1], found["ReLU, He"][-1]
    xavier, normed = found["Tanh, Xavier"][-1], found["ReLU, Batch norm"][-1]
    return Result(
        ours=f"ReLU at layer 10: small {small:.1e}, He {he:.2g}; tanh with Xavier {xavier:.2g}",
        reached=small < VANISHED and min(he, xavier, normed) > 0.1,
        figures={"standard_deviations": found},
        tables=[
            Table("Standard deviation of the outputs", ["", *(f"layer {i}" for i in SHOWN)], rows)
        ],
        plots=[Plot("Activations layer by layer", paint, (11.5, 11.0))],
        notes=[f"{DEPTH} layers of 500 units, 1,000 samples of N(0, 1)"],
    )


def deviations() -> dict[str, Any]:
    """Of each layer's outputs, by activation and first weights."""
    kinds: tuple[type[Layer], ...] = tuple(LIMITS)
    assert {*kinds} == {Tanh, ReLU}
    return {
        f"{kind.__name__}, {start.title}": [float(y.std()) for y in activations(kind, start)]
        for kind in kinds
        for start in STARTS
    }


RECIPE = Recipe(
    name="E-init",
    did="activations of ten layers under four ways to begin, with tanh and ReLU",
    reported="advice: He for ReLU, Xavier for tanh",
    bar="the signal vanishes with small weights only",
    run=run,
    seeds=1,
)
