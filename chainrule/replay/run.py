"""Replay of a step of a run, or of a training of your own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from ..declared import checked
from ..errors import InputError
from ..experiment import reopen
from ..experiment.preparation import build_trainer
from ..experiment.run import check_identity
from ..prediction import expanded
from ..ranges import PositiveInt
from ..text import plural
from ..training import Run, Trainer, restore
from ..training.retention import checkpoints as found_in
from ..training.step_ring import LastSteps
from .assembly import assembled
from .choice import Choice, choose
from .rerun import LOOKS, rerun
from .result import Replay

Say = Callable[[str], object]

FAR = 1000
"""Steps that are taken again only to know what is usual."""


@checked
def replay(
    run: Run | str | os.PathLike[str],
    step: PositiveInt | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    say: Say = lambda text: None,
) -> Replay:
    """Replay a recorded step of a run, and report where a NaN or an outlier first appeared in it.

    The training goes on from the nearest checkpoint before ``step``, or from its start, in a
    folder that is then removed: the run stays as it is. It is the same training bit for bit, and
    each loss on the way is compared with the recorded one; where one differs `Replay.notes` says
    so, and why that may be. Without a ``step`` it is the first whose loss or gradient is not
    finite, or else the one in which the loss rose most. A training on a GPU is taken again on the
    CPU, whose sums are rounded otherwise.

    run       a `Run`, or the path of its folder; a name alone may be one in ``runs/``
    data_dir  where the data lie now, if that has changed
    say       is called with a line of text on what is being done

    InputError for a run without a record of its steps, a step that is not in it, and for data or
    settings that are not those of the training.

    >>> import tempfile
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = replay(start(config, f"{folder}/run").run, step=5)
    >>> found.step, found.exact, found.loss == found.recorded, found.origin
    (5, True, True, None)
    """
    run = _run(run)
    steps = _record(run)
    choice = choose(steps, step)
    experiment = reopen(run, data_dir, "cpu")
    notes: list[str] = []
    then = steps.about.get("identity")
    if isinstance(then, dict):
        check_identity(then, experiment.identity(), run, notes.append, "replayed")
    config = experiment.config
    with tempfile.TemporaryDirectory(prefix="chainrule-replay-") as folder:
        trainer = build_trainer(experiment, Run(folder))

        def fit() -> object:
            return trainer.fit(
                experiment.train,
                experiment.validation,
                epochs=config.epochs,
                batch_size=config.batch_size,
                augment=experiment.augment,
                progress=False,
            )

        return _replayed(
            trainer, fit, choice, steps, run.checkpoints, os.fspath(run.folder), notes, say
        )


@checked
def replay_fit(
    trainer: Trainer,
    record: str | os.PathLike[str],
    *arguments: Any,
    step: PositiveInt | None = None,
    checkpoints: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Replay:
    """`replay` of a training of your own, with a `chainrule.training.StepRecorder`.

    trainer      one that is made as that one was, and has not begun
    record       the file of its `StepRecorder`
    arguments, options   what its ``fit`` was given: images (N, H, W, C), labels (N,), epochs …
    step         the step, from 1; chosen as by `replay` if it is None
    checkpoints  the folder of its `chainrule.training.Checkpoint`, if it had one

    InputError for a file that is no such record, a step that is not in it, and a trainer that is
    past it.

    >>> import tempfile
    >>> import chainrule as cr
    >>> from chainrule.training import StepRecorder
    >>> train, _ = cr.data.digits()
    >>> def made(*callbacks):
    ...     model = cr.models.mlp((8, 8, 1), (8,), 10)
    ...     return cr.Trainer(model, cr.optim.SGD(0.1), callbacks=callbacks)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = f"{folder}/steps.bin"
    ...     history = made(StepRecorder(file)).fit(train, epochs=1)
    ...     found = replay_fit(made(), file, train, epochs=1, step=3)
    >>> found.exact, found.updates[0].path, 0 < found.updates[0].ratio < 0.1
    (True, 'layers.2.weight', True)
    """
    steps = LastSteps.read(record)
    choice = choose(steps, step)
    if trainer.step >= choice.step:
        raise InputError(
            f"trainer: expected one that has not reached step {choice.step:,}, received one that "
            f"has taken {plural(trainer.step, 'step')}"
        )
    options = {"progress": False} | options
    return _replayed(
        trainer, lambda: trainer.fit(*arguments, **options), choice, steps, checkpoints, "", [],
        lambda text: None,
    )  # fmt: skip


def _run(given: Run | str | os.PathLike[str]) -> Run:
    return given if isinstance(given, Run) else Run.open(expanded(given))


def _record(run: Run) -> LastSteps:
    if not run.last_steps.is_file():
        raise InputError(
            f"{run.folder} has no record of its steps: its {run.last_steps.name} is missing; runs "
            "of older versions, and of several processes, have none"
        )
    return LastSteps.read(run.last_steps)


def _replayed(
    trainer: Trainer,
    fit: Callable[[], object],
    choice: Choice,
    steps: LastSteps,
    folder: str | os.PathLike[str] | None,
    run: str,
    notes: list[str],
    say: Say,
) -> Replay:
    _go_to(trainer, choice.step, folder, notes)
    again = plural(choice.step - trainer.step, "step")
    begun = f"checkpoint {trainer.step:,}" if trainer.step else "the start of the training"
    say(f"replaying {again}, from {begun} to step {choice.step:,} …")
    seen = rerun(trainer, fit, choice.step, steps)
    if seen is None:
        raise InputError(
            f"step: expected one that the training reaches, received {choice.step:,}: as it is "
            f"configured now it ends after {trainer.step:,}"
        )
    return assembled(trainer, seen, choice, steps, run, notes)


def _go_to(
    trainer: Trainer, step: int, folder: str | os.PathLike[str] | None, notes: list[str]
) -> None:
    """The nearest checkpoint before ``step`` that can be read, or one a little before that, so that
    some steps tell what is usual; none leaves the trainer at its start."""
    known = {} if folder is None else found_in(folder)
    places = sorted((n for n in {trainer.step, *known} if n < step), reverse=True)
    for number in (_with_room(places, step), *places):
        if number == trainer.step:
            return
        try:
            restore(trainer, known[number])
        except InputError as error:
            notes.append(f"{error}; an earlier one was used")
        else:
            return


def _with_room(places: list[int], step: int) -> int:
    """The newest place that leaves some steps before ``step``, unless it is far."""
    for place in places:
        if place <= step - 1 - LOOKS:
            return place if places[0] - place <= FAR else places[0]
    return places[0]
