"""[clip]: the forms of the table, each feeding a class of ``chainrule.training.clipping``."""

from __future__ import annotations

from .kinds import OfKind, Rate


class NoClipConfig(OfKind, tag="none", frozen=True):
    """kind = "none": gradients are taken as they are."""


class ClipValueConfig(OfKind, tag="value", frozen=True):
    """kind = "value": every entry within ±``limit``."""

    limit: Rate = 1.0


class ClipNormConfig(OfKind, tag="norm", frozen=True):
    """kind = "norm": every parameter's gradient at most ``limit`` long."""

    limit: Rate = 1.0


class ClipGlobalNormConfig(OfKind, tag="global-norm", frozen=True):
    """kind = "global-norm": all gradients, as one vector, at most ``limit`` long."""

    limit: Rate = 1.0


Clip = NoClipConfig | ClipValueConfig | ClipNormConfig | ClipGlobalNormConfig
