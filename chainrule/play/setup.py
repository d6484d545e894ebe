"""What a page is told of a training before its first step."""

from __future__ import annotations

import os
from typing import Any

from ..data import NAMES
from ..experiment import Experiment
from .snapshots import chosen_images, shown_images


def setup(prepared: Experiment) -> dict[str, Any]:
    """The data, the model and the optimizer in a few words and numbers, and the test images."""
    config, test = prepared.config, prepared.test
    return {
        **shown_images(test, chosen_images(test)),
        "data": config.data if config.data in NAMES else os.path.basename(config.data),
        "model": config.model_name,
        "optimizer": str(config.optimizer.__struct_config__.tag),
        "schedule": str(config.schedule.__struct_config__.tag),
        "seed": config.seed,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "batches": prepared.batches,
        "parameters": prepared.parameters,
        "train": len(prepared.train),
        "validation": len(prepared.validation),
        "test": len(test),
        "shape": list(test.images.shape[1:]),
    }
