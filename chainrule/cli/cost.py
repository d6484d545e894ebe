"""chainrule cost"""

from __future__ import annotations

from .arguments import RUNS, BatchSize, Changes, DataDir, DataSet, Runs, Target
from .show import rows, say


def cost(
    target: Target = None,
    /,
    *,
    data: DataSet = None,
    batch_size: BatchSize = None,
    set_: Changes = None,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Estimate what training costs: parameters, operations, bytes, seconds, layer by layer.

    The exit code is 2 if it would not fit the memory.
    """
    from .. import experiment
    from ..text import size
    from . import show
    from .arguments import configured

    settings = configured(target, data, batch_size, set_ or (), data_dir, runs)
    prepared = experiment.prepare(settings)
    rows((("data", settings.data), *show.about_data(prepared)))
    estimated = show.announced(experiment.estimate)(prepared)
    say(estimated.cost)
    memory = estimated.memory
    say(
        f"memory: {size(memory.resident)} in use, {size(memory.state)} for the optimizer, "
        f"{size(memory.learning.fixed)} for gradients and scratch, "
        f"{size(memory.learning.each)} per image of a batch"
    )
    rows(estimated.rows)
