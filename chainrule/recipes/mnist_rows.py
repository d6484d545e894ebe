"""Report E's tables: nets on MNIST, each row with its accuracy and seconds beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from .e_mnist_mlp import FASTER, SETTINGS
from .recipe import Result, Table
from .session import Session
from .summary import accuracies, curves, mean_percent, rows_of, seconds


@dataclass(frozen=True)
class Row:
    """A row of the report: test accuracy, seconds, and the settings that differ."""

    accuracy: float
    seconds: float
    settings: Mapping[str, Any]


def compare(session: Session, rows: Mapping[str, Row]) -> Result:
    """Every row trained with each seed, in the report's settings otherwise."""
    trained = session.compare({name: {**SETTINGS, **row.settings} for name, row in rows.items()})
    found = {name: accuracies(each) for name, each in trained.items()}
    took = {name: seconds(each) for name, each in trained.items()}
    good = {
        name: mean(found[name]) >= row.accuracy and took[name] <= row.seconds / FASTER
        for name, row in rows.items()
    }
    table = [
        [
            name,
            f"{100 * row.accuracy:.2f}%",
            mean_percent(found[name]),
            f"{row.seconds:,.0f}",
            f"{took[name]:.1f}",
            f"{row.seconds / took[name]:.0f}x",
            "yes" if good[name] else "no",
        ]
        for name, row in rows.items()
    ]
    least = min(row.seconds / took[name] for name, row in rows.items())
    return Result(
        ours=f"{sum(good.values())} of {len(rows)} rows better, {least:.0f}x as fast or more",
        reached=all(good.values()),
        figures={"test_accuracies": found, "seconds": took, "runs": rows_of(trained)},
        tables=[
            Table(
                "Report E and ours",
                ["", "reported", "ours", "seconds", "ours", "faster", "bar reached"],
                table,
            )
        ],
        plots=[curves(trained)],
    )
