"""The doctor's examination of a training as its configuration has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import doctor
from ..doctor import Check, Examination
from ..kernels.precision import using
from ..layers.base import Layer
from . import factory
from .preparation import Experiment


def examine(
    experiment: Experiment,
    *,
    trained: Layer | None = None,
    only: Sequence[str] | None = None,
    on_check: Callable[[Check], None],
) -> Examination:
    """`chainrule.doctor.examine` with the parts of the experiment, in its precision."""
    config = experiment.config
    with using(config.precision):
        return doctor.examine(
            experiment.model,
            experiment.train,
            experiment.test,
            loss=experiment.loss,
            optimizer=experiment.optimizer,
            penalty=factory.penalty(config),
            batch_size=config.batch_size,
            accumulate=config.accumulate,
            epochs=config.epochs,
            seed=config.seed,
            trained=trained,
            only=only,
            on_check=on_check,
        )
