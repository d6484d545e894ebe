"""Report A's check: 50 CIFAR-10 images memorized by 3 and by 5 layers of 100 units.

Claim: plain SGD, in batches of 25, reaches 100 % on the 50 images within 20 epochs with both
nets, once learning rate and the deviation of the first weights are tuned; the deeper net does so
with fewer of the settings, for its signal and gradient vanish or explode; and on images that it
has not seen the accuracy is near chance, 14 % in the report.

Every setting of a grid is trained: 9 rates by 9 deviations. results/A-overfit-50.json has what was
measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .. import data
from ..data.dataset import Dataset
from ..data.splits import Split
from ..initializers import Normal
from ..metrics import evaluate
from ..models import mlp
from ..optim import SGD
from ..training import Callback, Trainer
from .base import Demonstration

IMAGES, VALIDATION = 50, 1000
EPOCHS, BATCH = 20, 25
NETS = {3: (100,) * 2, 5: (100,) * 4}
RATES = tuple(float(f"{10**e:.2g}") for e in np.arange(-4, 0.1, 0.5))
SCALES = tuple(float(f"{10**e:.2g}") for e in np.arange(-3, 0.1, 0.375))
REPORTED = {"accuracy": 1.0, "validation_accuracy": 0.14}


@dataclass(frozen=True)
class Fit:
    """One training. ``epochs`` is the first after which all images were right; None if never."""

    layers: int
    lr: float
    scale: float
    accuracy: float
    epochs: int | None
    validation_accuracy: float


class _UntilPerfect(Callback):
    """Ends a training at the first epoch after which every image is right, or NaN comes."""

    def __init__(self, subset: Dataset) -> None:
        self.subset = subset
        self.accuracy, self.epochs = 0.0, 0

    def on_epoch(self, trainer: Trainer) -> None:
        self.accuracy = evaluate(trainer.model, self.subset).accuracy
        self.epochs = trainer.epoch
        trainer.stop = self.accuracy == 1 or not np.isfinite(trainer.last_loss)


def fit(subset: Dataset, validation: Dataset, layers: int, lr: float, scale: float) -> Fit:
    """Train one net on ``subset`` alone."""
    shape, classes = subset.images.shape[1:], len(subset.classes)
    model = mlp(shape, NETS[layers], classes, init=Normal(scale))
    fitted = _UntilPerfect(subset)
    with np.errstate(all="ignore"):
        Trainer(model, SGD(lr), seed=0, callbacks=[fitted]).fit(
            subset, epochs=EPOCHS, batch_size=min(BATCH, len(subset)), progress=False
        )
        outside = evaluate(model, validation).accuracy
    done = fitted.epochs if fitted.accuracy == 1 else None
    return Fit(layers, lr, scale, fitted.accuracy, done, outside)


def run(data_dir: str | None = None, name: str = "cifar10") -> Mapping[str, Any]:
    """Every net at every setting; of each net the setting that was right first."""
    every, _ = data.load(name, data_dir)
    train, held_back = Split.make(every, min(5000, len(every) // 4), seed=0).apply(every)
    subset = train.take(np.arange(IMAGES))
    validation = held_back.take(np.arange(min(VALIDATION, len(held_back))))
    fits = {
        layers: [fit(subset, validation, layers, lr, scale) for lr in RATES for scale in SCALES]
        for layers in NETS
    }
    best = {layers: min(tried, key=_lateness) for layers, tried in fits.items()}
    share = {n: sum(f.epochs is not None for f in tried) / len(tried) for n, tried in fits.items()}
    return {
        "reported": REPORTED,
        "data": name,
        "data_sha256": every.sha256,
        "settings": len(RATES) * len(SCALES),
        "share_that_fits": {str(n): round(part, 4) for n, part in share.items()},
        "best": {str(n): asdict(f) for n, f in best.items()},
        "fits": [asdict(f) for tried in fits.values() for f in tried],
        "reached": all(f.accuracy == 1 for f in best.values()),
        "summary": [
            f"{n} layers: {f.accuracy:.0%} of {IMAGES} images after {f.epochs or EPOCHS} epochs"
            f" (rate {f.lr:g}, first weights {f.scale:g}), {f.validation_accuracy:.1%} of others; "
            f"{share[n]:.0%} of the settings fit"
            for n, f in best.items()
        ],
    }


def _lateness(fitted: Fit) -> tuple[float, float]:
    return (EPOCHS + 1 if fitted.epochs is None else fitted.epochs), -fitted.accuracy


RECIPE = Demonstration(
    name="A-overfit-50",
    claim="50 CIFAR-10 images are learned to 100 % by 3 and by 5 layers of 100 units",
    run=run,
)
