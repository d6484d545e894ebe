"""The examination: every check in turn, on copies, each within its time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import perf_counter

from .. import require
from ..data.dataset import Dataset
from ..declared import checked
from ..errors import ChainruleWarning, InputError, did_you_mean
from ..layers.base import Layer
from ..losses import Loss, SoftmaxCrossEntropy
from ..optim import Adam, Optimizer
from ..penalties import Penalty
from ..public import old_keywords
from .check import Check, skipped
from .checks import CHECKS, NEEDED, RENAMED
from .context import CheckContext, fitted
from .environment import environment
from .examination import Examination


@old_keywords(watch="on_check")
@checked
def examine(
    model: Layer,
    train: Dataset,
    test: Dataset | None = None,
    *,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    penalty: Penalty | None = None,
    batch_size: int = 128,
    accumulate: int = 1,
    epochs: int = 10,
    seed: int = 0,
    trained: Layer | None = None,
    only: Iterable[str] | None = None,
    on_check: Callable[[Check], None] | None = None,
) -> Examination:
    """Examine a model before it is trained on ``train``, with the parts that will train it.

    ``trained`` is the same after its training: dead units and scales are then looked at there.
    ``only`` names some of ``CHECKS``; ``on_check`` is told each check as it is made. Nothing
    that is given is changed. It takes seconds for small models and under a minute for large ones.

    Raises InputError for an unknown check, and for a batch that is larger than the data.

    >>> from chainrule import data, models
    >>> train, test = data.digits()
    >>> model = models.mlp((8, 8, 1), (8,), 10)
    >>> print(examine(model, train, train, only=["overlap"])["overlap"].verdict)
    failed
    """
    require.integer(1, batch_size=batch_size, epochs=epochs, accumulate=accumulate)
    names = list(CHECKS) if only is None else [_today(name) for name in only]
    for name in names:
        if name not in CHECKS:
            raise InputError(f"only: unknown check {name!r}{did_you_mean(name, CHECKS)}")
    start = perf_counter()
    batch_size = min(batch_size, len(train))
    context = CheckContext(
        fitted(model, train, seed), train, test, loss or SoftmaxCrossEntropy(),
        optimizer or Adam(), penalty, batch_size, accumulate,
        epochs * -(-len(train) // batch_size), seed, trained,
    )  # fmt: skip
    for name in names:
        began = perf_counter()
        check = _made(name, context)
        context.done[name] = replace(check, seconds=perf_counter() - began)
        if on_check:
            on_check(context.done[name])
    facts = environment()
    if "memory" in names and context.done["memory"].verdict != "skipped":
        facts += context.estimate.rows
    return Examination(tuple(context.done.values()), tuple(facts), perf_counter() - start)


def _today(name: str) -> str:
    """The name of a check now, which a warning says if it was another."""
    if name not in RENAMED:
        return name
    said = f"only: {name} is now {RENAMED[name]}; the old spelling is still read"
    warnings.warn(said, ChainruleWarning, stacklevel=4)
    return RENAMED[name]


def _made(name: str, context: CheckContext) -> Check:
    """The check, unless another one that failed makes it pointless."""
    for other in NEEDED.get(name, ()):
        if other in context.done and context.done[other].verdict == "failed":
            return skipped(name, f"it says nothing as long as {other} fails")
    return CHECKS[name](context)
