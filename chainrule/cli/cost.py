"""chainrule cost"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from .places import RUNS, DataDir, Runs


def cost(
    target: Annotated[
        str | None,
        Parameter(name="TARGET", help="A TOML file, a run, or a kind of model such as mlp."),
    ] = None,
    /,
    *,
    data: Annotated[str | None, Parameter(help="The data set, digits by default.")] = None,
    batch_size: Annotated[int | None, Parameter(help="Pictures in a step.")] = None,
    set_: Annotated[
        list[str] | None,
        Parameter(name="--set", negative=(), help="A setting: optimizer.lr=0.01. Repeatable."),
    ] = None,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """What a training costs: parameters, operations, bytes and seconds, layer by layer.

    The exit code is 2 if it would not fit the memory.
    """
    from .. import experiment
    from ..cost.words import size
    from ..kernels.notices import when_compiling
    from .target import configured

    settings = configured(target, data, batch_size, set_ or (), data_dir, runs)
    when_compiling(lambda: print("compiling kernels, once for this machine …", flush=True))
    foreseen = experiment.foresee(experiment.prepare(settings))
    print(foreseen.cost)
    memory = foreseen.memory
    print(
        f"memory: {size(memory.resident)} already, {size(memory.state)} for the optimiser, "
        f"{size(memory.learning.fixed)} for gradients and work, "
        f"{size(memory.learning.each)} for each picture of a batch"
    )
    for name, text in foreseen.rows:
        print(f"{name:<10}{text}")
