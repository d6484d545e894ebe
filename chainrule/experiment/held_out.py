"""The images that runs kept for validation: what was learned there can be judged, and mended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..config import Config
from ..data.dataset import Dataset
from ..data.splits import Split
from ..declared import checked
from ..errors import InputError
from ..training import Run
from .inputs import Inputs, load_inputs, relocated


@dataclass(frozen=True)
class HeldOut:
    """What a run learned from, ``train``, and what it did not, ``validation``: both sides of
    ``split`` of ``every`` image.

    >>> from chainrule import data
    >>> digits, _ = data.digits()
    >>> held = HeldOut(digits, data.Split.make(digits, 100))
    >>> len(held.train), len(held.validation)
    (1338, 100)
    """

    every: Dataset
    split: Split

    @property
    def train(self) -> Dataset:
        """The images that were learned from."""
        return self.split.apply(self.every)[0]

    @property
    def validation(self) -> Dataset:
        """The images that were not."""
        return self.split.apply(self.every)[1]


class Loading:
    """Inputs of configurations, each data set read once."""

    def __init__(self) -> None:
        self._known: dict[Any, Inputs] = {}

    def __call__(self, config: Config) -> Inputs:
        key = config.data, config.data_dir, config.images
        if key not in self._known:
            self._known[key] = load_inputs(config)
        return self._known[key]


@checked
def held_out(
    run: Run,
    config: Config,
    data_dir: str | os.PathLike[str] | None = None,
    loading: Loading | None = None,
) -> HeldOut:
    """The two sides of a run's training images. InputError for a run without its split, and for
    data that are not what they were.

    >>> import tempfile
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     held = held_out(start(config, f"{folder}/run").run, config)
    >>> len(held.validation)
    144
    """
    if not run.split.is_file():
        raise InputError(f"{run.folder} has no validation images: its {run.split.name} is missing")
    split = Split.load(run.split)
    every = (loading or Loading())(relocated(config, data_dir)).train
    held = HeldOut(every, split)
    if not len(held.validation):
        raise InputError(f"{run.folder} has no validation images: it kept none")
    return held


@checked
def in_common(held: Sequence[HeldOut]) -> HeldOut | None:
    """What no run of several learned from, and the other images; None where there are none such,
    or the runs learned from different data. InputError for no runs.

    >>> from chainrule import data
    >>> digits, _ = data.digits()
    >>> both = [HeldOut(digits, data.Split.make(digits, 400, seed)) for seed in range(2)]
    >>> 50 < len(in_common(both).validation) < 200
    True
    """
    if not len(held):
        raise InputError("held: expected one run or more, received none")
    first = held[0]
    if any(each.split.sha256 != first.split.sha256 for each in held):
        return None
    kept = set(first.split.validation).intersection(*(each.split.validation for each in held))
    if not kept:
        return None
    return HeldOut(first.every, Split.of(first.every, np.array(sorted(kept)), first.split.seed))
