"""A run from start to end: train, evaluate the best model on the test images, report."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import machine
from ..config import Config, Settings, seconds, to_toml
from ..declared import checked
from ..distributed.evaluation import evaluate_together
from ..distributed.group import Alone, Group, agreed
from ..distributed.timeline import Timeline
from ..distributed.watch import watch
from ..ensemble import Ensemble
from ..errors import CheckFailed, InputError
from ..files import WriteFailed, atomic_write, patiently
from ..metrics import Evaluation, evaluate
from ..printable import command
from ..public import old_keywords
from ..report.advice import Advice
from ..report.against import differing
from ..saving import load, save
from ..text import plural
from ..training import Callback, Run, TimeBudget, Trainer, graceful_stop
from ..training.batch_norm import unsettled
from ..training.clipping import Clip
from ..training.fitting import expect_trainable
from ..training.history import Progress
from ..training.resume import resume_from
from ..training.retention import newest
from ..training.run import exclusive
from .advising import advise_on
from .inputs import skipped_table
from .preparation import Experiment, build_trainer, prepare
from .ranks import hand_on_checkpoint
from .reporting import figures, read_history, report_on

MOST = 4  # differences to what a checkpoint was trained with that are told one by one


class Interrupted(KeyboardInterrupt):
    """The training was asked to end before its time. What was done is saved.

    >>> issubclass(Interrupted, KeyboardInterrupt)
    True
    """


@dataclass(frozen=True)
class Outcome:
    """What the best model of a run did on the test images; ``metrics`` is metrics.json, and
    ``advice`` is what to try next.

    >>> import tempfile
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcome = start(config, f"{folder}/run")
    >>> outcome.evaluation.count == outcome.metrics["test_count"]
    True
    """

    run: Run
    evaluation: Evaluation
    metrics: dict[str, Any] = field(repr=False)
    advice: tuple[Advice, ...] = ()


@checked
def stem(config: Config) -> str:
    """DATA-MODEL, which the names of runs begin with, in at most 150 bytes of DATA: a name may
    have 255 with what follows.

    >>> from chainrule.config import resolve
    >>> stem(resolve())
    'digits-mlp'
    """
    shown = os.fsencode(Path(config.data).stem)[:150].decode(errors="ignore")
    return f"{shown or 'data'}-{config.model_name}"


@old_keywords(watch="callbacks")
@checked
def start(
    config: Config, folder: str | os.PathLike[str], callbacks: Sequence[Callback] = ()
) -> Outcome:
    """Train what ``config`` says in a new run folder. See `begin` for the rest. InputError for a
    folder that is there, and for a configuration that does not fit its data.

    >>> import tempfile
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     start(config, f"{folder}/run").evaluation.count
    359
    """
    experiment = prepare(config)
    settings = experiment.config
    expect_trainable(experiment.model, experiment.train, settings.batch_size, settings.accumulate)
    return begin(experiment, Run.create(folder), callbacks)


@old_keywords(watch="callbacks")
@checked
def begin(
    experiment: Experiment,
    run: Run,
    callbacks: Sequence[Callback] = (),
    group: Group | None = None,
    trace: str | os.PathLike[str] | None = None,
) -> Outcome:
    """Train in a run folder that ``Run.create`` has just made.

    ``callbacks`` are more callbacks, such as ``Progress()``; ``group`` are the ranks that train
    together, each with a ``run`` of its own, and ``trace`` is a file for the timeline of all.

    Raises Interrupted when asked to end, CheckFailed when the loss is no number, InputError when a
    file cannot be written, and BrokenPipeError when nobody reads any more what `Progress` shows.
    What was done is saved, and `resume` goes on; a folder in which nothing was done is removed.
    Until it ends no other process can go on with this run.

    >>> import tempfile
    >>> from chainrule.experiment import prepare
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcome = begin(prepare(config), Run.create(f"{folder}/run"))
    ...     outcome.run.finished
    True
    """
    group = group or Alone()
    with ExitStack() as stack:
        group.together(lambda: stack.enter_context(exclusive(run.folder)))
        group.together(lambda: _write_first(experiment, run, group))
        trainer = build_trainer(experiment, run, callbacks, group)
        return _train(experiment, trainer, run, trace)


def _write_first(experiment: Experiment, run: Run, group: Group) -> None:
    """What a resume reads; nothing stays of it where it cannot be written."""
    try:
        patiently(lambda: experiment.split.save(run.split))
        if experiment.skipped:
            skipped = skipped_table(experiment.skipped)
            patiently(lambda: atomic_write(run.skipped, skipped))
        if experiment.config.pretrained.source:  # a resume needs no source then
            patiently(lambda: save(experiment.model, run.pretrained))
        run.note("started", commit=machine.commit(), **_ranks(group))
        settings = to_toml(experiment.config)
        patiently(lambda: atomic_write(run.config, settings))  # last: it makes it a run
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise


def _ranks(group: Group) -> dict[str, Any]:
    return {"ranks": group.size, "mpi": group.where} if group.size > 1 else {}


@old_keywords(watch="callbacks")
@checked
def resume(
    experiment: Experiment,
    run: Run,
    callbacks: Sequence[Callback] = (),
    say: Callable[[str], object] = print,
    group: Group | None = None,
    trace: str | os.PathLike[str] | None = None,
) -> Outcome:
    """Go on where the run was left, bit for bit: from its newest checkpoint that is not damaged,
    or from the start if it had none yet.

    ``say`` is told of damage, and of what may change a last bit. ``group`` and ``trace`` are as in
    `begin`; the ranks may be more or fewer than before. Raises what `begin` raises, and
    InputError if another process is in the run, or if the settings or the data are not those that
    its checkpoint was trained with.

    >>> import tempfile
    >>> from chainrule.config import assignments, resolve
    >>> from chainrule.experiment import prepare, reopen
    >>> class Stop(Callback):
    ...     def on_epoch(self, trainer):
    ...         raise KeyboardInterrupt
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = Run.create(f"{folder}/run")
    ...     try:
    ...         begin(prepare(config), run, callbacks=[Stop()])
    ...     except Interrupted:
    ...         resume(reopen(run), run).run.finished
    True
    """
    group = group or Alone()
    with ExitStack() as stack:
        group.together(lambda: stack.enter_context(exclusive(run.folder)))
        for unfinished in run.folder.rglob(".*.tmp"):  # what a kill inside a write leaves
            unfinished.unlink(missing_ok=True)
        if group.size > 1:  # sets damaged ones aside
            group.together(lambda: group.leads and newest(run.checkpoints, say))
            hand_on_checkpoint(group, run)
        trainer = build_trainer(experiment, run, callbacks, group)
        now = experiment.identity()
        found = group.together(
            lambda: resume_from(
                trainer,
                run.checkpoints,
                check=lambda then: check_identity(then, now, run, say),
                say=say,
            )
        )
        checkpoint = found and found.name
        run.note("resumed", checkpoint=checkpoint, commit=machine.commit(), **_ranks(group))
        return _train(experiment, trainer, run, trace)


def _train(
    experiment: Experiment,
    trainer: Trainer,
    run: Run,
    trace: str | os.PathLike[str] | None = None,
) -> Outcome:
    config, group = experiment.config, trainer.group
    if trace is not None:
        trainer.replica.record(Timeline(group))
    try:
        # A loss that runs away overflows first: StopOnNonFinite says it better than NumPy.
        with graceful_stop(trainer) as interruption, np.errstate(over="ignore", invalid="ignore"):
            with _watched(group, config, run):
                trainer.fit(
                    experiment.train,
                    experiment.validation,
                    epochs=config.epochs,
                    batch_size=config.batch_size,
                    augment=experiment.augment,
                )
                if trace is not None:
                    trainer.replica.timeline.write(trace)
                interruption.happened = group.any(interruption.happened)
                interruption.training_is_over()
                if (shown := trainer.callback(Progress)) and shown.gone:
                    raise shown.gone
                evaluation = _tested(experiment, run, group)
            return _conclude(experiment, run, trainer, evaluation)
    except KeyboardInterrupt:
        run.note("interrupted", epoch=trainer.epoch, step=trainer.step)
        error = Interrupted(
            f"interrupted after {plural(trainer.step, 'step')}, {trainer.epoch} of "
            f"{plural(config.epochs, 'epoch')} done; go on with: "
            f"{command('chainrule', 'resume', run.folder)}"
        )
        raise (agreed(error) if interruption.happened else error) from None
    except BrokenPipeError:
        run.note("interrupted", epoch=trainer.epoch, step=trainer.step, reason="nobody reads")
        raise
    except CheckFailed as error:
        run.note("failed", step=trainer.step, reason=str(error))
        raise
    except WriteFailed as error:
        run.note("failed", step=trainer.step, reason=str(error))
        raise WriteFailed(
            f"{error}; when it can be written again, go on from the last checkpoint with: "
            f"chainrule resume {shlex.quote(str(run.folder))}"
        ) from None


def _tested(experiment: Experiment, run: Run, group: Group) -> Evaluation:
    """What the best model of a run says of the test images."""
    return evaluate_together(load(run.model).to(experiment.config.device), experiment.test, group)


def _watched(group: Group, config: Config, run: Run) -> AbstractContextManager[None]:
    """What ends the job, with a line, when a rank has died or hangs."""
    timeout = seconds(config.rank_timeout) or math.inf
    go_on = command("chainrule", "resume", run.folder)
    hint = f"the last checkpoint is intact: go on with mpiexec and {go_on}"
    return watch(group, timeout, hint=hint)


def _conclude(
    experiment: Experiment, run: Run, trainer: Trainer, evaluation: Evaluation
) -> Outcome:
    group = trainer.group
    outcome = group.together(
        lambda: _report(experiment, run, trainer, evaluation) if group.leads else None
    )
    return outcome or Outcome(run, evaluation, {})


def _report(experiment: Experiment, run: Run, trainer: Trainer, evaluation: Evaluation) -> Outcome:
    metrics = figures(experiment, trainer, evaluation)
    if experiment.config.snapshots.cycles:
        together = evaluate(Ensemble.load(run.snapshots), experiment.test)
        metrics["ensemble_accuracy"] = together.accuracy
        metrics["ensemble_loss"] = together.loss
    advice = advise_on(
        run, experiment.config, read_history(run), (evaluation, experiment.test),
        experiment.train, experiment.validation,
    )  # fmt: skip
    patiently(
        lambda: report_on(
            run, evaluation, experiment.test, metrics, advice=advice, train=experiment.train
        )
    )
    if budget := trainer.callback(TimeBudget):
        run.note(
            "paced", seconds=budget.seconds, spent=budget.spent, knots=budget.knots,
            ending=budget.ending(trainer),
        )  # fmt: skip
    if clip := trainer.callback(Clip):  # type: ignore[type-abstract]
        run.note("clipped", steps=clip.clipped, of=clip.seen)
    # Last: the figures say that the run is finished.
    patiently(lambda: atomic_write(run.metrics, json.dumps(metrics, indent=2) + "\n"))
    run.note("finished", test_accuracy=evaluation.accuracy, warning=unsettled(trainer) or None)
    return Outcome(run, evaluation, metrics, advice)


def check_identity(
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    run: Run,
    say: Callable[[str], object],
    what: str = "resumed",
) -> None:
    """Raise InputError naming what has changed since a checkpoint was written, in the settings or
    in the data, so that the run cannot be ``what``. Other versions of the libraries, and another
    processor, are only said: a last bit may differ.
    """
    if isinstance(settings := then.get("config"), Mapping):  # may have the names of its day
        current = Settings(settings).current().values
        if "pretrained" not in current and "pretrained" in now["config"]:  # older runs had none
            current = {**current, "pretrained": now["config"]["pretrained"]}
        new = ("precision", "sync_batch_norm")  # which they do not say either
        current = {**{name: getattr(Config(), name) for name in new}, **current}
        then = {**then, "config": current}
    changed = [
        *(
            f"{path} was {_shown(a)} and is {_shown(b)}"
            for path, a, b in _changes(then, now, "config")
        ),
        *(
            f"the {path} data had sha256 {str(a)[:12]} and have {str(b)[:12]}"
            for path, a, b in _changes(then, now, "data")
        ),
    ]
    if changed:
        more = f" (and {len(changed) - MOST} more)" if len(changed) > MOST else ""
        anew = command("chainrule", "train", "--config", run.config)
        raise InputError(
            f"{run.folder} cannot be {what}: {'; '.join(changed[:MOST])}{more}; put that "
            f"back, or begin a new run with: {anew}"
        )
    for path, a, b in _changes(then, now, "versions"):
        say(
            f"note: {path} was {_shown(a)} and is {_shown(b)}: the last bits may come out otherwise"
        )
    if moved := _changes(then, now, "processor"):
        shown = "; ".join(
            f"{_PARTS[path]} {a or 'unknown'} and is {b or 'unknown'}" for path, a, b in moved
        )
        say(
            f"note: {shown}: sums may be rounded otherwise, so the results will be as good but not "
            "the same to the last bit"
        )


_PARTS = {"cpu": "the processor was", "products": "what multiplies was"}


def _changes(
    then: Mapping[str, Any], now: Mapping[str, Any], part: str
) -> list[tuple[str, Any, Any]]:
    """(path, value then, value now) of all that differs; nothing where nothing was noted."""
    before = then.get(part)
    return differing(before, now[part]) if isinstance(before, Mapping) else []


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
