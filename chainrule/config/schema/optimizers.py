"""[optimizer]: the forms of the table, each feeding a class of ``chainrule.optim``."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from .kinds import Amount, Count, Fraction, Named, Rate, Table


class GroupConfig(Table, omit_defaults=True, frozen=True):
    """[optimizer.groups."*.bias"]: what the parameters that fit get instead of the optimiser's
    own. See ``chainrule.optim.groups``."""

    lr_scale: Amount | None = None
    weight_decay: Amount | None = None


class OptimizerConfig(Named, kw_only=True, frozen=True):
    """What every optimiser has; each adds its ``lr``, whose good size differs."""

    weight_decay: Amount = 0.0
    groups: dict[str, GroupConfig] = field(default_factory=dict)


class SGDConfig(OptimizerConfig, tag="sgd", frozen=True):
    """name = "sgd": see ``chainrule.optim.SGD``."""

    lr: Rate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False


class AdaGradConfig(OptimizerConfig, tag="adagrad", frozen=True):
    """name = "adagrad": see ``chainrule.optim.AdaGrad``."""

    lr: Rate = 1e-2
    eps: Rate = 1e-10


class RMSPropConfig(OptimizerConfig, tag="rmsprop", frozen=True):
    """name = "rmsprop": see ``chainrule.optim.RMSProp``."""

    lr: Rate = 1e-2
    alpha: Fraction = 0.99
    eps: Rate = 1e-8


class AdaDeltaConfig(OptimizerConfig, tag="adadelta", frozen=True):
    """name = "adadelta": see ``chainrule.optim.AdaDelta``."""

    lr: Rate = 1.0
    rho: Fraction = 0.9
    eps: Rate = 1e-6


class AdamConfig(OptimizerConfig, tag="adam", frozen=True):
    """name = "adam": see ``chainrule.optim.Adam``."""

    lr: Rate = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: Amount = 1e-8


class AdamWConfig(OptimizerConfig, tag="adamw", frozen=True):
    """name = "adamw": see ``chainrule.optim.AdamW``."""

    lr: Rate = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: Amount = 1e-8
    weight_decay: Amount = 0.01


class NAdamConfig(OptimizerConfig, tag="nadam", frozen=True):
    """name = "nadam": see ``chainrule.optim.NAdam``."""

    lr: Rate = 2e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: Rate = 1e-8
    momentum_decay: Amount = 4e-3


class LionConfig(OptimizerConfig, tag="lion", frozen=True):
    """name = "lion": see ``chainrule.optim.Lion``."""

    lr: Rate = 1e-4
    beta1: Fraction = 0.9
    beta2: Fraction = 0.99


class MuonConfig(OptimizerConfig, tag="muon", frozen=True):
    """name = "muon": see ``chainrule.optim.Muon``."""

    lr: Rate = 1e-3
    momentum: Fraction = 0.95
    nesterov: bool = True
    ns_steps: Count = 5
    adjust_lr_fn: Literal["match_rms_adamw", "original"] = "match_rms_adamw"
    weight_decay: Amount = 0.1


Optimizer = (
    SGDConfig
    | AdaGradConfig
    | RMSPropConfig
    | AdaDeltaConfig
    | AdamConfig
    | AdamWConfig
    | NAdamConfig
    | LionConfig
    | MuonConfig
)
