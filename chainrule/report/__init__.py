"""A run as one HTML file: what it learned, where it errs, and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..declared import checked
from ..errors import InputError
from ..files import atomic_write
from ..printable import received
from ..public import publish
from ..text import plural
from . import html

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..metrics import Evaluation
    from .advice import Advice
    from .against import Against
    from .inside import Panel


class Reported(Protocol):
    """What has a place for its report: a ``Run``.

    >>> from chainrule.training import Run
    >>> Run("runs/first").report.name
    'report.html'
    """

    @property
    def report(self) -> Path:
        """Where it is written."""


@checked
def write(
    run: Reported,
    *,
    config: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    evaluation: Evaluation | None,
    test: Dataset | None,
    machine: Mapping[str, Any],
    versions: Mapping[str, Any],
    data_hashes: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seed: int,
    advice: Sequence[Advice] | None = None,
    against: Against | None = None,
    inside: Sequence[Panel] = (),
) -> Path:
    """Write ``run.report``, one HTML file that needs no network, and return its path.

    config       every resolved value; a mapping inside becomes a group
    history      one row an epoch: epoch, loss, accuracy, validation_loss, validation_accuracy, lr
    evaluation   of the model on ``test``; None for a run that has not come that far
    metrics      seconds, images_per_second and parameters are shown in the headline
    seed         draws the ten random test images
    advice       what to try next; None where that has not been judged
    against      another run to be compared with
    inside       pictures of what the model has learned

    The file is named by its folder, escaped throughout, and equal for equal arguments. Raises
    InputError if it cannot be written, or if ``evaluation`` is not one of ``test``.

    >>> import tempfile
    >>> from chainrule.training import Run
    >>> nothing = dict.fromkeys(("config", "machine", "versions", "data_hashes", "metrics"), {})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Run(folder), history=[], evaluation=None, test=None, seed=0, **nothing).name
    'report.html'
    """
    if not hasattr(run, "report"):
        raise InputError(f"run: expected a Run, received {received(run)}")
    if evaluation is not None and (test is None or len(test) != evaluation.count):
        have = "no test set" if test is None else f"a test set of {len(test):,}"
        raise InputError(
            f"the evaluation is of {plural(evaluation.count, 'image')}, but the report was given "
            f"{have}"
        )
    facts = html.Facts(
        name=run.report.parent.name or "run",
        config=config,
        history=history,
        evaluation=evaluation,
        test=test,
        machine=machine,
        versions=versions,
        data_hashes=data_hashes,
        metrics=metrics,
        seed=seed,
        against=against,
        advice=advice,
        inside=inside,
    )
    atomic_write(
        run.report, html.page(facts).encode("utf-8", "backslashreplace")
    )  # names may be bytes
    return run.report


publish(globals())
