"""All that a configuration stands for, built before anything is written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import msgspec

from .. import config as configuration
from .. import data
from ..config import Config, seconds
from ..cost import Timing, expect_fit, expect_weights_fit, probe
from ..data.augment import Augment
from ..data.dataset import Dataset
from ..data.folder.listing import Skipped
from ..data.splits import Split
from ..declared import checked
from ..layers.base import Layer, named_parameters
from ..losses import Loss
from ..losses.checks import expect_soft
from ..optim import Optimizer
from ..training.averaging import Average
from ..training.batches import batches_per_epoch, expect_trainable
from ..training.logs.tensorboard import writer
from ..training.run import Run
from . import factory
from .inputs import load_inputs, relocated


@dataclass(frozen=True)
class Experiment:
    """What a training needs. ``train`` and ``validation`` are the two sides of ``split``."""

    config: Config
    split: Split
    train: Dataset
    validation: Dataset
    test: Dataset
    model: Layer
    optimizer: Optimizer
    loss: Loss
    average: Average | None
    augment: Augment | None
    skipped: tuple[Skipped, ...] = ()  # images that are left out, with the reason
    notes: tuple[str, ...] = ()  # on how the data were taken

    @property
    def batches(self) -> int:
        """Steps an epoch."""
        return batches_per_epoch(self.model, self.train, self.config.batch_size)

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(p.value.size for _, p in named_parameters(self.model))


@checked
def prepare(config: Config, split: Split | None = None) -> Experiment:
    """Load the data, split them as before or anew, and build model and optimizer.

    Raises InputError for whatever does not fit, so that a run that starts can end.
    """
    _check_log(config)
    inputs = load_inputs(config)
    config, every, test = inputs.config, inputs.train, inputs.test
    split = split or inputs.split or Split.make(every, config.validation, config.seed)
    train, validation = split.apply(every)
    if config.batch_size > len(train) and config.data not in data.NAMES:
        config = msgspec.structs.replace(config, batch_size=len(train))
    model = factory.model(config, every)
    optimizer = factory.optimizer(config, batches_per_epoch(model, train, config.batch_size))
    expect_weights_fit(model, optimizer)
    model.init(config.seed)
    with factory.in_table("optimizer"):
        optimizer.bind(named_parameters(model))
    loss = factory.loss(config, len(every.classes))
    average = factory.average(config)
    augment = factory.augment(config)
    if augment and augment.mixes:
        expect_soft(loss, len(every.classes), "augment")
    return Experiment(
        config,
        split,
        train,
        validation,
        test,
        model,
        optimizer,
        loss,
        average,
        augment,
        inputs.skipped,
        inputs.notes,
    )


@checked
def reopen(run: Run, data_dir: str | os.PathLike[str] | None = None) -> Experiment:
    """The experiment of a run. InputError if its files or its data are not what they were.

    ``data_dir`` is where the data lie now, if that has changed.
    """
    config = relocated(configuration.load(run.config, by_run=True), data_dir)
    return prepare(config, Split.load(run.split))


@checked
def estimate(experiment: Experiment, *, by_layer: bool = True) -> Timing:
    """What the training will cost in operations, memory and time: by a few steps on a copy of the
    model. The experiment itself is left as it is, bit for bit.

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


def _check_log(config: Config) -> None:
    """Raise InputError if a package that the log needs is not there."""
    if "tensorboard" in config.log.to:
        writer()
