"""[average]: whether the model that is judged and kept is an average along the training."""

from __future__ import annotations

from .kinds import Fraction, OfKind, Whole


class NoAverageConfig(OfKind, tag="none", frozen=True):
    """kind = "none": the weights as they are."""


class EMAConfig(OfKind, tag="ema", frozen=True):
    """kind = "ema": see ``chainrule.training.EMA``."""

    decay: Fraction = 0.999
    warmup: bool = True


class SWAConfig(OfKind, tag="swa", frozen=True):
    """kind = "swa": see ``chainrule.training.SWA``. ``start_epoch`` 0 is the first one after
    three quarters of the epochs. Before it, the weights are judged as they are."""

    start_epoch: Whole = 0


Average = NoAverageConfig | EMAConfig | SWAConfig
