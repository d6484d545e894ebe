"""chainrule report"""

from __future__ import annotations

from ..printable import printable
from .arguments import RUNS, DataDir, RunName, Runs, open_run
from .show import say


def report(run: RunName, /, *, data_dir: DataDir = None, runs: Runs = RUNS) -> None:
    """Write report.html again; for a run that is not finished, as far as it has come."""
    from ..experiment import report_on

    say(printable(report_on(open_run(run, runs), data_dir=data_dir)))
