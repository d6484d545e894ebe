"""A rate that falls when the validation no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..ranges import Fraction, NonNegativeInt, Share
from .callbacks import Callback

if TYPE_CHECKING:
    from .trainer import Trainer


class ReduceOnPlateau(Callback):
    """Multiply the learning rate by ``factor`` after more than ``patience`` epochs without gain.

    It looks at results, so it is no function of the step and no schedule: its factor multiplies
    the rate of whatever schedule the optimizer has, and its state goes into the checkpoint.

    monitor     "loss" (to fall) or "accuracy" (to rise) of the validation, or of the training
                where there is none
    threshold   a gain is a change of more than this share of the best
    cooldown    epochs after a cut in which none are counted
    min_scale   the product of all cuts stays above this

    The counting is that of PyTorch's ReduceLROnPlateau.

    InputError for an option out of its range.

    >>> import chainrule as cr
    >>> plateau = ReduceOnPlateau(patience=1, factor=0.5)
    >>> for loss in (1.0, 1.0, 1.0):
    ...     plateau.observe(loss)
    >>> plateau.scale
    0.5
    """

    def __init__(
        self,
        *,
        monitor: Literal["loss", "accuracy"] = "loss",
        factor: Share = 0.1,
        patience: NonNegativeInt = 10,
        threshold: Fraction = 1e-4,
        cooldown: NonNegativeInt = 0,
        min_scale: Fraction = 0.0,
    ) -> None:
        self.monitor, self.factor, self.patience = monitor, factor, patience
        self.threshold, self.cooldown, self.min_scale = threshold, cooldown, min_scale
        self.best: float | None = None
        self.waited = self.cooling = 0
        self.scale = 1.0

    def on_other_data(self, trainer: Trainer) -> None:
        self.best, self.waited = None, 0

    def on_start(self, trainer: Trainer) -> None:
        trainer.optimizer.lr_scale = self.scale

    def on_epoch(self, trainer: Trainer) -> None:
        self.observe(self._metric(trainer))
        trainer.optimizer.lr_scale = self.scale

    def observe(self, metric: float) -> None:
        """Count one epoch's result."""
        if self._better(metric):
            self.best, self.waited = metric, 0
        else:
            self.waited += 1
        if self.cooling:
            self.cooling -= 1
            self.waited = 0
        if self.waited > self.patience:
            self.scale = max(self.scale * self.factor, self.min_scale)
            self.waited, self.cooling = 0, self.cooldown

    kinds: ClassVar[Mapping[str, Any]] = {
        "best": Real | None,
        "waited": int,
        "cooling": int,
        "scale": Real,
    }

    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("best", "waited", "cooling", "scale")}

    def _better(self, metric: float) -> bool:
        if self.best is None:
            return True
        if self.monitor == "loss":
            return metric < self.best * (1 - self.threshold)
        return metric > self.best * (1 + self.threshold)

    def _metric(self, trainer: Trainer) -> float:
        if trainer.validation is not None:
            return float(getattr(trainer.validation, self.monitor))
        return float(getattr(trainer, f"train_{self.monitor}"))
