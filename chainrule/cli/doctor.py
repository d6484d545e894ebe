"""chainrule doctor"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from ..text import plural
from . import choices
from .arguments import RUNS, BatchSize, Changes, DataDir, DataSet, Runs, Target, run_folder
from .show import on_terminal, rows, say, wrapped

if TYPE_CHECKING:
    from ..config import Config
    from ..doctor import Check
    from ..experiment import Experiment
    from ..layers.base import Layer
    from ..training.run import Run

COLORS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


def doctor(
    target: Target = None,
    /,
    *,
    data: DataSet = None,
    batch_size: BatchSize = None,
    set_: Changes = None,
    only: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            help="Name of a check. Repeatable.",
            completer=choices.words(choices.registered("doctor", "CHECKS")),
        ),
    ] = None,
    quick: Annotated[
        bool, Parameter(negative="", help="Only the checks that take seconds.")
    ] = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Diagnose a training setup, or a run afterward; the exit code is 1 if a check fails.

    Each check gives a number, a threshold, a verdict, the likely cause and the fix. Nothing that
    is examined is changed.
    """
    from .. import experiment
    from ..doctor import CHECKS, SLOW, environment
    from ..experiment.examining import examine
    from . import show
    from .arguments import configured

    if quick:
        if only:
            raise InputError("--quick: expected no --only beside it, which names the checks")
        only = [name for name in CHECKS if name not in SLOW]
    settings = configured(target, data, batch_size, set_ or (), data_dir, runs)
    prepared = experiment.prepare(settings, run=_run_of(target, runs) if data is None else None)
    config = prepared.config  # with what the settings left to the data
    rows((*_setup(config, prepared), *environment()))
    say()
    examination = show.announced(examine)(
        prepared, trained=_trained(target, runs), only=only, on_check=_say
    )
    rows((name, text) for name, text in examination.facts if name in ("cost", "time"))
    say(examination.summary)
    if quick:
        say(f"left out by --quick: {', '.join(SLOW)}")
    examination.raise_if_failed()


def _setup(config: Config, prepared: Experiment) -> list[tuple[str, str]]:
    from . import show

    model, rule = config.model_name, config.optimizer.__struct_config__.tag
    return [
        ("model", f"{model}, {plural(prepared.parameters, 'parameter')}"),
        *prepared.about_source,
        (
            "training",
            f"{config.data}, {rule}, {plural(config.epochs, 'epoch')} of {config.batch_size}",
        ),
        *show.about_data(prepared),
    ]


def _trained(target: str | None, runs: Path) -> Layer | None:
    """The best model of the run that ``target`` is, if it is one and has one."""
    from ..saving import load

    run = _run_of(target, runs)
    return load(run.model) if run is not None and run.model.exists() else None


def _run_of(target: str | None, runs: Path) -> Run | None:
    """The run that ``target`` is, if it is one."""
    from ..training.run import Run

    folder = run_folder(target, runs) if target and not target.endswith(".toml") else None
    return None if folder is None else Run(folder)


def _say(check: Check) -> None:
    """A check on a terminal, or on a line of its own elsewhere."""
    if not on_terminal():
        say(printable(check))
        return
    from rich.text import Text

    from ..terminal import console as terminal

    console = terminal()
    color = COLORS[check.verdict]
    line = Text.assemble((f"{check.verdict:<8}", color), (f"{check.name:<17}", "bold"))
    said = check.shown if check.verdict != "skipped" else check.cause
    console.print(line.append(printable(said)), soft_wrap=True)
    if check.verdict not in ("warning", "failed"):
        return
    for name, text in (("rule", check.threshold), ("cause", check.cause), ("fix", check.fix)):
        for i, part in enumerate(wrapped(printable(text), console.width - 14)):
            row = Text.assemble(" " * 8, (f"{'' if i else name:<6}", color), part)
            console.print(row, soft_wrap=True)
