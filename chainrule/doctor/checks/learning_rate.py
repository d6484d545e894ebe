"""The learning rate lies where the range test learns."""

from __future__ import annotations

from ...errors import InputError
from ...kernels.precision import current
from ...training import Trainer
from ...training.lr_range import lr_range_test
from ..check import Check, skipped
from ..context import CheckContext

NAME = "learning rate"
STEPS, IMAGES = 60, 4096
SECONDS, LEAST = 8.0, 16
LOW, HIGH = 1e-6, 30.0
TOO_LOW, MUCH_TOO_LOW = 3e-4, 1e-5  # of the rate with the lowest loss
TOO_HIGH, MUCH_TOO_HIGH = 2.0, 10.0


def check(context: CheckContext) -> Check:
    """The highest rate of the schedule beside that at which a run with a growing rate reached its
    lowest loss."""
    rate = context.peak_lr
    size = min(context.batch_size, 128, int(SECONDS / STEPS / context.image_seconds))
    if size < min(LEAST, context.batch_size):
        long = STEPS * LEAST * context.image_seconds
        return skipped(NAME, f"a run with a growing rate would take {long:.0f} s")
    part = context.train.take(context.order[:IMAGES])
    trainer = Trainer(
        context.fresh(), context.steady(), loss=context.loss, penalty=context.penalty,
        seed=context.seed, precision=current(),
    )  # fmt: skip
    try:
        test = lr_range_test(
            trainer, part, low=LOW, high=HIGH, steps=STEPS, batch_size=min(size, len(part))
        )
    except InputError as error:
        return skipped(NAME, str(error))
    best = 10 * test.suggestion
    shown = f"{rate:.3g}; the lowest loss of a run with a growing rate was at {best:.2g}"
    rule = f"{TOO_LOW * best:.2g} to {TOO_HIGH * best:.2g}"
    fix = f"try optimizer.lr={test.suggestion:.1g}"
    if TOO_LOW * best <= rate <= TOO_HIGH * best:
        return Check(NAME, "ok", rate, shown, rule)
    if rate > best:
        far, cause = rate > MUCH_TOO_HIGH * best, "the rate is too high: the loss runs away"
    else:
        far, cause = rate < MUCH_TOO_LOW * best, "the rate is too low: hardly anything is learned"
    return Check(NAME, "failed" if far else "warning", rate, shown, rule, cause, fix)
