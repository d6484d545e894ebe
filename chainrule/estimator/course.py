"""The course of one training, as the arguments of an estimator plan it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import require
from ..data.holdout import stratified
from ..device import on_host
from ..errors import InputError
from ..layers.base import Layer
from ..optim import Optimizer
from ..training.callbacks import Callback, EarlyStopping
from ..training.fitting import as_callbacks, batches_per_epoch
from ..training.history import Row
from ..training.trainer import Trainer
from ..types import Array
from . import network
from .recall import BestWeights
from .samples import Samples

AUTO = "auto"
STEPS, FEWEST, MOST = 500, 15, 100
"""Epochs that are "auto": so many steps, in so many epochs."""


def train(
    plan: Any,
    model: Layer,
    samples: Samples,
    weights: Array | None,
    class_weight: Any,
    seed: int,
    optimizer: Optimizer | None = None,
    epoch: int = 0,
) -> list[Row]:
    """Train ``model`` by the arguments of the estimator ``plan``; the record of each epoch.

    With an ``optimizer`` that goes on it is one epoch, after ``epoch`` others. InputError for an
    argument that cannot be, and for a training that has diverged.
    """
    callbacks, held = copy.deepcopy(as_callbacks(plan.callbacks)), None
    if plan.early_stopping:
        samples, held, weights = _held_back(plan, samples, weights, seed)
        callbacks += _stopping(plan)
    require.integer(1, batch_size=plan.batch_size)
    size = min(int(plan.batch_size), len(samples))
    if optimizer is None:
        batches = batches_per_epoch(model, samples, size)
        epochs = _epochs(plan.epochs, batches)
        optimizer = optimizer_of(plan, steps=epochs * batches)
    else:
        epochs = epoch + 1
    trainer = Trainer(
        model,
        optimizer,
        loss=plan.loss,
        seed=seed,
        precision=plan.precision,
        callbacks=callbacks,
        device=plan.device,
    )
    trainer.epoch, trainer.step = epoch, optimizer.steps
    with np.errstate(over="ignore", invalid="ignore"):  # what has diverged is refused below
        history = trainer.fit(
            samples, validation=held, epochs=epochs, batch_size=size,
            augment=network.augmentation(plan.augment), progress=bool(plan.verbose),
            sample_weight=weights, class_weight=class_weight,
        )  # fmt: skip
    if not np.isfinite(trainer.last_loss) or not _finite(model):
        raise InputError(
            "the training has diverged: weights are NaN or infinite; try a smaller learning_rate"
        )
    return history.rows


def optimizer_of(plan: Any, steps: int) -> Optimizer:
    """An optimizer of its own, whose rate ends after so many ``steps``, or goes on (0)."""
    rate = network.rate(plan.optimizer, plan.learning_rate)
    if rate is not None:
        rate = network.schedule(plan.schedule if steps else "constant", rate, steps)
    return network.optimizer(plan.optimizer, plan.optimizer_params, rate)


def _epochs(given: Any, batches: int) -> int:
    if isinstance(given, str):
        if given != AUTO:
            raise InputError(f'epochs: expected a whole number or "{AUTO}", received {given!r}')
        return min(MOST, max(FEWEST, -(-STEPS // batches)))
    require.integer(1, epochs=given)
    return int(given)


def _stopping(plan: Any) -> list[Callback]:
    require.integer(1, n_iter_no_change=plan.n_iter_no_change)
    return [BestWeights(), EarlyStopping(int(plan.n_iter_no_change))]


def _held_back(
    plan: Any, samples: Samples, weights: Array | None, seed: int
) -> tuple[Samples, Samples, Array | None]:
    """(samples, validation, the weights of the samples)"""
    share = plan.validation_fraction
    require.positive(validation_fraction=share)
    require.fraction(validation_fraction=share)
    size = max(1, round(float(share) * len(samples)))
    held = stratified(samples.labels, size, seed, samples.classes)
    rest = np.setdiff1d(np.arange(len(samples)), held)
    kept = None if weights is None else weights[rest]
    return samples.take(rest), samples.take(held, "validation"), kept


def _finite(model: Layer) -> bool:
    return all(bool(np.isfinite(on_host(array)).all()) for array in model.state().values())
