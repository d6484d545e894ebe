"""What a training will cost in operations, memory and time, before its first step."""

from __future__ import annotations

from dataclasses import replace

from ..config import seconds
from ..cost import Timing, expect_fit, probe
from ..training.batches import expect_trainable
from . import factory
from .preparation import Experiment


def foresee(experiment: Experiment, *, by_layer: bool = True) -> Timing:
    """A few steps on a copy of the model. The experiment itself is left as it is, bit for bit.

    InputError if it would run out of memory, with the batch size that would not, and if a norm
    would learn from one value at a time.
    """
    config = experiment.config
    expect_trainable(experiment.model, experiment.train, config.batch_size, config.accumulate)
    timing = probe(
        experiment.model,
        experiment.optimizer,
        loss=experiment.loss,
        penalty=factory.penalty(config),
        batch_size=min(config.batch_size, len(experiment.train)),
        accumulate=config.accumulate,
        pictures=len(experiment.train),
        validation=len(experiment.validation),
        tested=len(experiment.test),
        epochs=config.epochs,
        by_layer=by_layer,
    )
    expect_fit(timing.memory, parts=config.accumulate)
    return replace(timing, budget=seconds(config.time_budget))
