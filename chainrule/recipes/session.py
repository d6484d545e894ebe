"""The trainings of a recipe, each in a run folder of its own, so that a killed recipe goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from .. import config as configuration
from .. import experiment
from ..config import Config
from ..errors import InputError
from ..experiment import factory
from ..experiment.reporting import read_history
from ..files import atomic_write
from ..kernels.precision import Precision
from ..layers.base import Layer, named_parameters
from ..metrics import evaluate
from ..report.against import differing
from ..saving import load
from ..text import duration
from ..training import Callback, Run, Trainer
from ..training.clipping import CLIPS
from ..training.run import exclusive
from .recipe import Recipe

QUICK: dict[str, Any] = {
    "epochs": 1,
    "validation": 500,
    "max_train_images": 1000,
    "max_test_images": 500,
}
"""What ``--quick`` changes in every training, besides what a recipe itself leaves out."""


@dataclass(frozen=True)
class Trained:
    """A training that has ended: metrics.json and history.csv of its run."""

    name: str
    seed: int
    folder: Path
    metrics: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]

    @property
    def accuracy(self) -> float:
        """On the test images, of the best epoch by validation."""
        return float(self.metrics["test_accuracy"])

    @property
    def validation(self) -> float:
        """On the validation images, of the same epoch."""
        return float(self.metrics["validation_accuracy"])

    @property
    def seconds(self) -> float:
        """From the training's start to its end."""
        return float(self.metrics["seconds"])

    def model(self) -> Layer:
        """The weights of the best epoch."""
        return load(Run.open(self.folder).model)


class Session:
    """One measurement of a recipe, whole or ``quick``.

    folder     of its runs, and of what else it has finished
    seeds      0 to N - 1
    precision  of the trainings' products
    data_dir   where the data lie, if not in the usual places
    callbacks  what shows the trainings
    say        is told what comes next
    """

    def __init__(
        self,
        folder: Path,
        *,
        seeds: int,
        quick: bool = False,
        quick_settings: Mapping[str, Any] | None = None,
        precision: Precision = "float32",
        data_dir: str | None = None,
        callbacks: Callable[[], Sequence[Callback]] = tuple,
        say: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.folder, self.quick, self.data_dir = folder, quick, data_dir
        self.precision = precision
        self.seeds = range(1 if quick else seeds)
        self._quick_settings = {**QUICK, **(quick_settings or {})}
        self._callbacks, self._say = callbacks, say
        self._planned, self._ended, self._spent = 0, 0, 0.0

    def other(self, recipe: Recipe) -> Session:
        """That of another recipe, whose trainings this one needs too."""
        sibling = copy(self)
        sibling.folder = folder_of(recipe, self.folder.parent, self.quick)
        sibling._quick_settings = {**QUICK, **recipe.quick}
        return sibling

    def pick(self, whole: Any, quick: Any) -> Any:
        """``whole``, or ``quick`` in a quick measurement."""
        return quick if self.quick else whole

    def plan(self, parts: int) -> None:
        """So many more trainings, or other parts, are to come: for the time that is left."""
        self._planned += parts

    def compare(
        self, settings: Mapping[str, Mapping[str, Any]], seeds: Sequence[int] | None = None
    ) -> dict[str, list[Trained]]:
        """Every one of ``settings`` by its name, trained with each seed.

        One seed after another, so that a measurement which is stopped has whole comparisons.
        """
        chosen = self.seeds if seeds is None else seeds
        self.plan(len(settings) * len(chosen))
        found: dict[str, list[Trained]] = {name: [] for name in settings}
        for seed in chosen:
            for name, each in settings.items():
                found[name].append(self._train(name, each, seed))
        return found

    def once(self, name: str, measure: Callable[[], Any]) -> Any:
        """What ``measure()`` returns, as JSON values; it is not called again once it has ended."""
        self.plan(1)
        file = self.folder / f"{name}.json"
        if file.is_file():
            self._planned -= 1
            return json.loads(file.read_text("utf-8"))
        self._announce(name)
        begun = perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(measure())
        atomic_write(file, text + "\n")
        self._count(perf_counter() - begun)
        return json.loads(text)

    def with_model(
        self, name: str, settings: Mapping[str, Any], seed: int, build: Callable[[Layer], Layer]
    ) -> Trained:
        """One training of ``build(model)``, where ``model`` is the one that ``settings`` name: for
        nets that no settings do. Measured are the weights of the last epoch."""
        found = self.once(f"{name}-seed{seed}", lambda: self._fit(settings, seed, build))
        return Trained(name, seed, self.folder, found["metrics"], found["history"])

    def _fit(
        self, settings: Mapping[str, Any], seed: int, build: Callable[[Layer], Layer]
    ) -> dict[str, Any]:
        parts = experiment.prepare(self.config(settings, seed))
        config, model = parts.config, build(parts.model).init(seed)
        kind, arguments = factory.named(config.clip)
        limits = [CLIPS[kind](**arguments)] if kind in CLIPS else []
        trainer = Trainer(
            model,
            factory.optimizer(config, parts.batches),
            loss=parts.loss,
            penalty=factory.penalty(config),
            seed=seed,
            callbacks=[*limits, *self._callbacks()],
            precision=config.precision,
        )
        history = trainer.fit(
            parts.train,
            validation=parts.validation,
            epochs=config.epochs,
            batch_size=config.batch_size,
            augment=parts.augment,
            progress=False,
        )
        metrics = {
            "test_accuracy": evaluate(model, parts.test).accuracy,
            "validation_accuracy": history.rows[-1]["validation_accuracy"],
            "epochs": config.epochs,
            "seconds": history.seconds,
            "parameters": sum(p.value.size for _, p in named_parameters(model)),
        }
        return {"metrics": metrics, "history": history.rows}

    def config(self, settings: Mapping[str, Any], seed: int) -> Config:
        """The configuration of one training."""
        given = {**settings, "seed": seed, "precision": self.precision}
        given |= self._quick_settings if self.quick else {}
        if self.data_dir is not None:
            given["data_dir"] = self.data_dir
        if self.quick:
            given = _shortened(given)
        return configuration.resolve(configuration.Settings(given, place="the recipe"))

    def _train(self, name: str, settings: Mapping[str, Any], seed: int) -> Trained:
        """Read if it has ended, gone on with if it was killed, else begun."""
        folder = self.folder / f"{name}-seed{seed}"
        config = self.config(settings, seed)
        if (folder / "config.toml").is_file():
            run = Run.open(folder)
            _expect_same(run, config)
            if run.finished:
                self._planned -= 1
                return _read(name, seed, run)
            self._announce(f"{name}, seed {seed}, goes on")
            outcome = experiment.resume(
                experiment.reopen(run, self.data_dir), run, self._callbacks(), self._say
            )
        else:
            self._announce(f"{name}, seed {seed}")
            outcome = experiment.start(config, folder, self._callbacks())
        self._count(float(outcome.metrics["seconds"]))
        return _read(name, seed, outcome.run)

    def _announce(self, name: str) -> None:
        left = ""
        if self._ended:
            rest = self._spent / self._ended * (self._planned - self._ended)
            left = f", about {duration(rest)} left"
        self._say(f"{name} ({self._ended + 1} of {max(self._planned, self._ended + 1)}{left})")

    def _count(self, seconds: float) -> None:
        self._ended += 1
        self._spent += seconds

    def exclusive(self) -> Any:
        """While the block runs no other process measures in the same folder. InputError if one
        does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return exclusive(self.folder)


def folder_of(recipe: Recipe, runs: str | os.PathLike[str], quick: bool) -> Path:
    """Where the runs of a recipe lie; quick ones are apart."""
    return Path(runs, f"{recipe.name}-quick" if quick else recipe.name)


def _shortened(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings in epochs that a training of one epoch has no room for are left out."""
    schedule = {k: v for k, v in settings.get("schedule", {}).items() if k != "milestones"}
    schedule.pop("warmup_epochs", None)
    return {**settings, "schedule": schedule} if schedule else settings


def _expect_same(run: Run, config: Config) -> None:
    """A run of other settings is no part of this recipe: it was changed since."""
    then = configuration.load(run.config, by_run=True)
    for name, old, new in differing(_plain(then), _plain(config)):
        raise InputError(
            f"{run.folder} was trained with {name} = {old}, and the recipe says {new}: give "
            "--restart, which begins it anew"
        )


def _plain(config: Config) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(config)
    return {key: value for key, value in values.items() if key != "data_dir"}


def _read(name: str, seed: int, run: Run) -> Trained:
    return Trained(name, seed, run.folder, experiment.read_metrics(run), read_history(run))
