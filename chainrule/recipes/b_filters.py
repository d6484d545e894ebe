"""B-filters: not run yet; reported: 32: 30 s an epoch, 128: 4 min.

CIFAR-10, report B's net with 16 to 128 filters: accuracy and seconds of an epoch.

In the report 32 filters took 30 s an epoch and 128 took 4 minutes, on a laptop's GPU; 256 ran out
of its memory.
"""

from __future__ import annotations

from .b_cnn import SETTINGS
from .recipe import Recipe, Result, Table
from .session import Session
from .summary import accuracies, accuracy_table, bars, mean_percent, rows_of, seconds

FILTERS = (16, 32, 64, 128)
REPORTED = {32: "30 s", 128: "4 min"}


def run(session: Session) -> Result:
    trained = session.compare(
        {
            f"{n} filters": {**SETTINGS, "model": {"name": "convnet", "filters": [n, n]}}
            for n in session.pick(FILTERS, FILTERS[:2])
        },
        seeds=[0],
    )
    found = {name: accuracies(each) for name, each in trained.items()}
    epochs = {name: seconds(each) / each[0].metrics["epochs"] for name, each in trained.items()}
    best = max(trained, key=lambda name: trained[name][0].validation)
    rows = [
        [name, REPORTED.get(n, "–"), f"{epochs[name]:.1f} s"]
        for name, n in zip(trained, FILTERS, strict=False)
    ]
    return Result(
        ours=f"{best}: {mean_percent(found[best])}, {epochs[best]:.1f} s an epoch",
        reached=None,
        figures={"test_accuracies": found, "seconds_an_epoch": epochs, "runs": rows_of(trained)},
        tables=[accuracy_table(trained), Table("An epoch", ["", "reported", "ours"], rows)],
        plots=[bars(found, "Test accuracy by filters")],
    )


RECIPE = Recipe(
    name="B-filters",
    did="report B's net on CIFAR-10 with 16, 32, 64 and 128 filters",
    reported="32: 30 s an epoch, 128: 4 min",
    bar="accuracy and seconds of each",
    run=run,
    seeds=1,
)
