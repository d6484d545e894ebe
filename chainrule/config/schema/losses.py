"""[loss]: the forms of the table, each feeding a class of ``chainrule.losses``."""

from __future__ import annotations

from .kinds import Amount, Fraction, Named


class LossConfig(Named, kw_only=True, frozen=True):
    """What every loss may have added: ½ ``reg`` Σ W² and ``l1`` Σ |W|."""

    reg: Amount = 0.0
    l1: Amount = 0.0


class CrossEntropyConfig(LossConfig, tag="cross-entropy", frozen=True):
    """name = "cross-entropy": see ``chainrule.losses.SoftmaxCrossEntropy``."""

    smoothing: Fraction = 0.0
    class_weights: tuple[Amount, ...] | None = None


class HingeConfig(LossConfig, tag="hinge", frozen=True):
    """name = "hinge": the multi-class SVM, see ``chainrule.losses.MulticlassHinge``."""

    margin: Amount = 1.0
    squared: bool = False


class OneVsRestHingeConfig(LossConfig, tag="one-vs-rest-hinge", frozen=True):
    """name = "one-vs-rest-hinge": see ``chainrule.losses.OneVsRestHinge``."""

    margin: Amount = 1.0
    squared: bool = False


class FocalConfig(LossConfig, tag="focal", frozen=True):
    """name = "focal": see ``chainrule.losses.Focal``."""

    gamma: Amount = 2.0
    alpha: tuple[Amount, ...] | None = None


Loss = CrossEntropyConfig | HingeConfig | OneVsRestHingeConfig | FocalConfig
