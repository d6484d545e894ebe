"""What a configuration leaves to the data: ``augment = "auto"`` and ``epochs = "auto"``."""

from __future__ import annotations

import math
from dataclasses import asdict

import msgspec

from ..config import Config, seconds
from ..config.schema.tables import AUGMENTATIONS, AUTO, AugmentConfig
from ..cost import Timing
from ..data.augment import OPERATIONS, PRESETS
from ..data.augment.suggest import suggest
from ..data.dataset import Dataset

STEPS = 2000  # without a time budget, in 20 to 80 epochs
FEWEST, MOST = 20, 80
SPARE = 1.5
"""A plan of more epochs than fit into a time budget is run through faster, so that the schedule
ends when the time does; one of too few would end before it."""


def augmentation(config: Config, dataset: Dataset) -> tuple[Config, tuple[str, ...]]:
    """The configuration with a preset that suits the images, and a line that says so."""
    if config.augment.preset != AUTO:
        return config, ()
    name, kind = suggest(dataset)
    keys = {part: key for key, part in OPERATIONS.items()}
    tables = {
        (key := keys[type(each)]): AUGMENTATIONS[key](**asdict(each)) for each in PRESETS[name]
    }
    given = msgspec.structs.asdict(config.augment)
    tables |= {key: table for key, table in given.items() if key in OPERATIONS and table}
    chosen = AugmentConfig(name, **tables)
    said = f"taken for {kind}: " + (
        "not augmented; --set augment=crop-flip changes that"
        if name == "none"
        else f"augmented by {name}; --set augment=none turns that off"
    )
    return msgspec.structs.replace(config, augment=chosen), (said,)


def epochs(config: Config, batches: int) -> Config:
    """The configuration with as many epochs of so many batches as suit the number of images."""
    if isinstance(config.epochs, int):
        return config
    count = min(MOST, max(FEWEST, math.ceil(STEPS / batches)))
    return msgspec.structs.replace(config, epochs=count)


def epochs_within(config: Config, timing: Timing, tested: int) -> Config:
    """The configuration with as many epochs as its time budget has room for, and some more.

    ``tested`` images are evaluated at the end.
    """
    budget = seconds(config.time_budget)
    left = max(budget - timing.predict_seconds * tested, budget / 2)
    count = max(1, math.ceil(SPARE * left / timing.epoch_seconds))
    return msgspec.structs.replace(config, epochs=count)
