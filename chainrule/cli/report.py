"""chainrule report"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ..printable import printable
from .arguments import RUNS, DataDir, RunName, Runs, open_run
from .show import say


def report(
    run: RunName,
    /,
    *,
    against: Annotated[
        str | None, Parameter(help="Another run, whose curves and settings to show beside it.")
    ] = None,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Write report.html again; for a run that is not finished, as far as it has come."""
    from ..experiment import report_on

    opened = open_run(run, runs)
    other = None if against is None else open_run(against, runs)
    say(printable(report_on(opened, data_dir=data_dir, against=other)))
