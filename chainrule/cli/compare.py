"""chainrule compare"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..printable import printable
from .arguments import RUNS, AsJson, RunName, Runs, open_run
from .show import say, say_json, table

if TYPE_CHECKING:
    from ..report.comparison import Comparison

WIDTH = 24  # of a curve in text


def compare(
    run: RunName,
    /,
    *others: RunName,
    html: Annotated[
        Path | None, Parameter(help="Also write a page with the curves of all runs.")
    ] = None,
    json: AsJson = False,
    runs: Runs = RUNS,
) -> None:
    """Compare runs: results with intervals, whether one is better, curves, settings that differ.

    Whether two runs differ by more than chance is McNemar's test of their answers for the same
    test images, exact for few of them; of more than two runs p is also adjusted for the number of
    pairs (Holm). Runs that were tested on different images are compared in the rest.
    """
    from .. import experiment
    from ..report.compare import write_comparison

    comparison = experiment.compare([open_run(name, runs) for name in (run, *others)])
    if json:
        say_json(_document(comparison))
    else:
        _print(comparison)
    if html is not None:
        write_comparison(comparison, html)
        if not json:
            say(f"\npage {printable(html)}")


def _document(comparison: Comparison) -> dict[str, Any]:
    """All that is printed, as JSON values."""
    names = [run.name for run in comparison.runs]
    return {
        "runs": [
            {key: value for key, value in asdict(run).items() if key != "history"}
            for run in comparison.runs
        ],
        "mcnemar": [
            asdict(pair)
            | {"first": names[pair.first], "second": names[pair.second]}
            | {"verdict": comparison.verdict(pair)}
            for pair in comparison.pairs
        ],
        "settings": {
            path: dict(zip(names, values, strict=True))
            for path, values in comparison.settings.items()
        },
    }


def _print(comparison: Comparison) -> None:
    from ..report.comparison import curve, pair_row, result_row
    from ..report.words import as_text
    from ..schedules.preview import bars

    names = [run.name for run in comparison.runs]
    table(
        ("run", "test", "95% interval", "loss", "best validation", "last", "parameters", "time"),
        [[run.name, *result_row(run)] for run in comparison.runs],
        right=range(1, 7),
        prose=True,
    )
    say()
    table(
        ("McNemar's test", "only first right", "only second", "p", "p, Holm", "verdict"),
        [pair_row(comparison, pair) for pair in comparison.pairs],
        right=range(1, 5),
        prose=True,
    )
    say()
    lines = {run.name: curve(run.history, "validation_accuracy")[1] for run in comparison.runs}
    drawn = bars(list(lines.values()), WIDTH)
    if any(drawn):
        shown = list(zip(names, drawn, strict=True))
        table(("run", "validation accuracy by epoch, on one scale"), shown, prose=True)
        say()
    if not comparison.settings:
        say("all settings are the same")
        return
    table(
        ("differs", *names),
        [[path, *map(as_text, values)] for path, values in comparison.settings.items()],
        prose=True,
    )
