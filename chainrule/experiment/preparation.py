"""All that a configuration stands for, built before anything is written, and the trainer of it."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import msgspec

from .. import config as configuration
from .. import data, machine
from ..config import Config, seconds
from ..cost import Timing, expect_fit, expect_weights_fit, probe
from ..cost.probe import untimed
from ..data.augment import Augment
from ..data.dataset import Dataset
from ..data.folder.listing import Skipped
from ..data.splits import Split, subset
from ..declared import checked
from ..device import DeviceName, device, known
from ..distributed.group import Group
from ..kernels.instructions import instructions
from ..kernels.precision import using
from ..layers.base import Layer, named_parameters
from ..layers.containers import Sequential
from ..layers.frozen import constant_layers
from ..losses import Loss
from ..losses.checks import expect_soft
from ..optim import Optimizer
from ..ranges import PositiveInt
from ..training import (
    BestModel,
    Callback,
    Checkpoint,
    EarlyStopping,
    History,
    MaxNorm,
    RateFactor,
    ReduceOnPlateau,
    Run,
    Snapshots,
    StepRecorder,
    StopOnConvergence,
    StopOnNonFinite,
    TimeBudget,
    Trainer,
)
from ..training.averaging import Average
from ..training.clipping import CLIPS
from ..training.features import feature_shape, in_memory_at_most
from ..training.fitting import batches_per_epoch, expect_trainable
from ..training.logs import Activations, Gradients, Log, RowFiles, Steps, TensorBoard
from ..training.logs.log import Meter, Sink
from ..training.logs.tensorboard import writer
from . import factory
from .advising import LOOK
from .inputs import load_inputs, relocated
from .pretrained import about, begin_with, build, cached, rates
from .pretrained import callbacks as unfreezing

FREE = ("data", "data_dir", "device", "time_budget", "rank_timeout", "checkpoint", "log")
"""Settings that change nothing in a step. The data are told by their content."""


@dataclass(frozen=True)
class Experiment:
    """What a training needs. ``train`` and ``validation`` are the two sides of ``split``.

    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> experiment = prepare(config)
    >>> experiment.batches, experiment.parameters, len(experiment.validation)
    (21, 626, 144)
    """

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
        """How many numbers the model has that are learned."""
        return sum(p.value.size for _, p in named_parameters(self.model))

    @property
    def about_source(self) -> list[tuple[str, str]]:
        """What to say of the trained model that this begins with, in rows; none without."""
        if not self.config.pretrained.source:
            return []
        images = len(self.train) + len(self.validation)
        return about(self.config, self.model, self.augment is not None, images)

    def identity(self) -> dict[str, Any]:
        """What a resume must go on with: the settings that count, the content of the data, and
        the versions and the processor that compute, as JSON values."""
        config = msgspec.json.decode(msgspec.json.encode(self.config))  # no tuples
        counted = {key: value for key, value in config.items() if key not in FREE}
        budget = "on" if seconds(self.config.time_budget) else "off"
        return {
            "config": counted | {"time_budget": budget},
            "data": {"train": self.split.sha256, "test": self.test.sha256},
            "versions": machine.versions(),
            "processor": {
                "cpu": machine.machine()["cpu"],
                "products": products(self.config),
            },
        }


def products(config: Config) -> str:
    """What multiplies in the training, and in which precision."""
    if known(config.device) != "cpu":
        return f"{config.precision} on a GPU"
    return instructions(config.precision)


@checked
def prepare(config: Config, split: Split | None = None, run: Run | None = None) -> Experiment:
    """Load the data, split them as before or anew, and build model and optimizer. A ``run`` that
    began with a trained model has a copy of it.

    Raises InputError for whatever does not fit, so that a run that starts can end.

    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> prepare(config).optimizer
    Adam(Cosine(lr=0.01, steps=21, floor=0.0))
    """
    _check_log(config)
    if run is None:  # one that is looked at may have been trained elsewhere
        device(config.device)  # refused before anything is loaded
    beginning = begin_with(config, run) if config.pretrained.source else None
    if beginning is not None:
        config = beginning.config
    inputs = load_inputs(config)
    config, every, test = inputs.config, inputs.train, inputs.test
    split = split or inputs.split or Split.make(every, config.validation, config.seed)
    train, validation = split.apply(every)
    with factory.in_table("max_train_images"):
        train = subset(train, config.max_train_images, config.seed)
    of_any_size = config.data not in data.NAMES or config.max_train_images
    if config.batch_size > len(train) and of_any_size:
        config = msgspec.structs.replace(config, batch_size=len(train))
    config, said = factory.suited_augmentation(config, every)
    model = factory.model(config, every) if beginning is None else build(beginning, config, every)
    batches = batches_per_epoch(model, train, config.batch_size)
    timed = seconds(config.time_budget) > 0 and known(config.device) == "cpu"
    fills = not isinstance(config.epochs, int) and timed
    config = factory.suited_epochs(config, batches)
    groups = rates(config, model) if beginning else {}
    optimizer = factory.optimizer(config, batches, groups)
    expect_weights_fit(model, optimizer)
    if beginning is None:
        model.init(config.seed)
    with factory.in_table("optimizer"):
        optimizer.bind(named_parameters(model))
    loss = factory.loss(config, len(every.classes))
    average = factory.average(config)
    augment = factory.augment(config)
    if augment and augment.mixes:
        expect_soft(loss, len(every.classes), "augment")
    experiment = Experiment(
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
        (*inputs.notes, *said),
    )
    experiment = _fill_budget(experiment) if fills else experiment
    if beginning:
        unfreezing(experiment.config, model)  # whose plan goes by the number of epochs
    return experiment


def _fill_budget(experiment: Experiment) -> Experiment:
    """The experiment with as many epochs as its time budget has room for."""
    timing = estimate(experiment, by_layer=False)
    config = factory.epochs_within(experiment.config, timing, len(experiment.test))
    optimizer = factory.optimizer(config, experiment.batches, rates(config, experiment.model))
    optimizer.bind(named_parameters(experiment.model))
    return replace(experiment, config=config, optimizer=optimizer)


@checked
def reopen(
    run: Run, data_dir: str | os.PathLike[str] | None = None, device: DeviceName | None = None
) -> Experiment:
    """The experiment of a run. InputError if its files or its data are not what they were.

    ``data_dir`` is where the data lie now, if that has changed, and ``device`` where it goes on, if
    not where it was.

    >>> import tempfile
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = start(config, f"{folder}/run").run
    ...     reopen(run).config == config
    True
    """
    config = relocated(configuration.load(run.config, by_run=True), data_dir, device)
    return prepare(config, Split.load(run.split), run)


@checked
def estimate(experiment: Experiment, *, by_layer: bool = True, ranks: PositiveInt = 1) -> Timing:
    """What the training will cost in operations, memory and time: by a few steps on a copy of the
    model. The experiment itself is left as it is, bit for bit. Of several ``ranks`` it is what one
    of them has to do. On a GPU operations alone are told.

    InputError if it would run out of memory, with the batch size that would not, and if a norm
    would learn from one value at a time.

    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> timing = estimate(prepare(config), by_layer=False)
    >>> timing.cost.batch_size, timing.cost.parameters
    (64, 626)
    """
    config = experiment.config
    expect_trainable(experiment.model, experiment.train, config.batch_size, config.accumulate)
    if device(config.device).is_gpu:
        return untimed(experiment.model, config.batch_size, experiment.train.images.shape[1:])
    with using(config.precision):
        timing = probe(
            experiment.model,
            experiment.optimizer,
            loss=experiment.loss,
            penalty=factory.penalty(config),
            batch_size=-(-min(config.batch_size, len(experiment.train)) // ranks),
            accumulate=config.accumulate,
            images=-(-len(experiment.train) // ranks),
            validation=-(-len(experiment.validation) // ranks),
            tested=-(-len(experiment.test) // ranks),
            epochs=config.epochs,
            by_layer=by_layer,
        )
        if config.pretrained.freeze == "body":
            timing = _on_features(experiment, timing)
    expect_fit(timing.memory, parts=config.accumulate)
    return replace(timing, budget=seconds(config.time_budget))


def _on_features(experiment: Experiment, timing: Timing) -> Timing:
    """``timing`` of a training in which the frozen body runs once and the head in every epoch."""
    train, held_back = experiment.train, len(experiment.validation)
    model, count = experiment.model, len(train) + held_back
    augmented = experiment.augment is not None
    if not isinstance(model, Sequential) or not cached(model, augmented, count):
        return timing
    shape = feature_shape(model, train.images.shape[1:]) or ()
    optimizer = copy.deepcopy(experiment.optimizer)
    optimizer.groups = {}  # whose patterns are those of the whole model
    optimizer.bind([])
    head = probe(
        Sequential(*model.layers[constant_layers(model.layers) :]), optimizer,
        loss=experiment.loss, batch_size=min(experiment.config.batch_size, len(train)),
        images=len(train), validation=held_back, epochs=experiment.config.epochs, shape=shape,
        by_layer=False,
    )  # fmt: skip
    kept = min(in_memory_at_most(), 4 * math.prod(shape) * count)
    return replace(
        timing,
        memory=replace(timing.memory, state=timing.memory.state + kept),
        step_seconds=head.step_seconds,
        epoch_seconds=head.epoch_seconds,
        seconds=timing.predict_seconds * count + head.seconds,
    )


def _check_log(config: Config) -> None:
    """Raise InputError if a package that the log needs is not there."""
    if "tensorboard" in config.log.to:
        writer()


def build_trainer(
    experiment: Experiment,
    run: Run,
    callbacks: Sequence[Callback] = (),
    group: Group | None = None,
) -> Trainer:
    """The trainer that writes into the folder of ``run``; ``callbacks`` come besides its own.

    Of a ``group``, rank 0 keeps the logs and the checkpoints."""
    config, identity = experiment.config, experiment.identity()
    leads = group is None or group.leads
    alone = group is None or group.size == 1  # ranks have a part of each batch
    return Trainer(
        experiment.model,
        experiment.optimizer,
        loss=experiment.loss,
        penalty=factory.penalty(config),
        seed=config.seed,
        accumulate=config.accumulate,
        precision=config.precision,
        device=config.device,
        average=experiment.average,
        callbacks=[
            History(run.history),
            *_time_budget(experiment, group),
            *(unfreezing(config, experiment.model) if config.pretrained.source else ()),
            *_gradient_callbacks(config),
            *_snapshots(experiment, run),
            *_epoch_callbacks(config, run),
            RateFactor(),
            *([StepRecorder(run.last_steps, {"identity": identity})] if alone else ()),
            StopOnNonFinite(),
            *(_logs(config, run) if leads else ()),
            *callbacks,
            *([_checkpoint(experiment, run, identity)] if leads else ()),
        ],
        group=group,
        sync_batch_norm=config.sync_batch_norm,
    )


def _time_budget(experiment: Experiment, group: Group | None) -> list[Callback]:
    """What ends the training in time, counted from its start: data are loaded before."""
    budget = seconds(experiment.config.time_budget)
    if not budget:
        return []
    tests = 1 + experiment.config.snapshots.cycles  # of the best model, and of the ensemble
    count = tests * len(experiment.test) + len(experiment.validation) + 2 * LOOK  # for advice
    clock = perf_counter if group is None else group.clock
    return [TimeBudget(budget, closing_images=count, clock=clock)]


def _snapshots(experiment: Experiment, run: Run) -> list[Callback]:
    config = experiment.config
    if not config.snapshots.cycles:
        return []
    return [Snapshots(run.snapshots, factory.snapshot_ends(config, experiment.batches))]


def _gradient_callbacks(config: Config) -> list[Callback]:
    """What has a hand in gradients and weights, in this order."""
    callbacks: list[Callback] = []
    kind, arguments = factory.named(config.clip)
    if kind in CLIPS:
        callbacks.append(CLIPS[kind](**arguments))
    if config.max_norm:
        callbacks.append(MaxNorm(config.max_norm))
    return callbacks


def _epoch_callbacks(config: Config, run: Run) -> list[Callback]:
    """What acts on the results of an epoch."""
    callbacks: list[Callback] = [BestModel(run.model)]
    if config.plateau.patience:
        callbacks.append(ReduceOnPlateau(**msgspec.structs.asdict(config.plateau)))
    stopping = config.early_stopping
    if stopping.patience:
        callbacks.append(EarlyStopping(stopping.patience))
    if stopping.gradient_norm or stopping.update_norm:
        callbacks.append(StopOnConvergence(stopping.gradient_norm, stopping.update_norm))
    return callbacks


def _logs(config: Config, run: Run) -> list[Callback]:
    """One `Log`, or none where nothing is to be logged."""
    settings = config.log
    meters: list[Meter] = [Steps()]
    meters += [Gradients()] if settings.gradients else []
    meters += [Activations()] if settings.activations else []
    forms = dict.fromkeys(settings.to or (("csv",) if len(meters) > 1 else ()))
    if not forms:
        return []
    return [Log([_sink(f, run) for f in forms], meters, every_steps=settings.every_steps)]


def _sink(form: str, run: Run) -> Sink:
    if form == "tensorboard":
        return TensorBoard(run.logs / "tensorboard")
    return RowFiles(run.logs, form)


def _checkpoint(experiment: Experiment, run: Run, identity: dict[str, Any]) -> Checkpoint:
    settings = msgspec.structs.asdict(experiment.config.checkpoint)
    return Checkpoint(run.checkpoints, **settings, identity=identity)
