"""The tables with several forms: one for each class or function that a registry offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import field

from .. import losses, models, optim, schedules
from ..data.augment import OPERATIONS, PRESETS
from ..ranges import Fraction, NonNegativeFloat
from ..training.averaging import AVERAGES
from ..training.clipping import CLIPS
from ..training.plateau import ReduceOnPlateau
from .derive import Form, Named, OfKind, Table, form


class GroupConfig(Table, omit_defaults=True, frozen=True):
    """[optimizer.groups."*.bias"]: what the parameters that fit get instead of the optimizer's
    own. See ``chainrule.optim.groups``."""

    lr_scale: NonNegativeFloat | None = None
    weight_decay: NonNegativeFloat | None = None


class OptimizerConfig(Named, kw_only=True, frozen=True):
    """[optimizer]: each form feeds a class of ``chainrule.optim``."""

    weight_decay: NonNegativeFloat = 0.0
    groups: dict[str, GroupConfig] = field(default_factory=dict)


class ScheduleConfig(Named, kw_only=True, frozen=True):
    """[schedule]: each form feeds a class of ``chainrule.schedules``.

    Lengths are in epochs; ``experiment.schedules`` turns them into steps. The peak is the ``lr`` of
    the optimizer. The rate rises over the first ``warmup_epochs``, which may be a fraction, from
    the share ``warmup_start`` of where the schedule begins; the schedule has the epochs left.
    """

    warmup_epochs: NonNegativeFloat = 0.0
    warmup_start: Fraction = 0.01


class LossConfig(Named, kw_only=True, frozen=True):
    """[loss]: each form feeds a class of ``chainrule.losses``, and any loss may have a penalty
    added: ½ ``reg`` Σ W² and ``l1`` Σ |W|."""

    reg: NonNegativeFloat = 0.0
    l1: NonNegativeFloat = 0.0


class NoClipConfig(OfKind, tag="none", frozen=True):
    """kind = "none": gradients are taken as they are."""


class NoAverageConfig(OfKind, tag="none", frozen=True):
    """kind = "none": the weights as they are."""


def _forms(
    parts: Mapping[str, Any], base: type[Table], skip: Iterable[str] = ()
) -> dict[str, Form]:
    return {key: form(part, base, key=key, skip=skip) for key, part in parts.items()}


OPTIMIZERS = _forms(optim.OPTIMIZERS, OptimizerConfig, skip=("groups",))
SCHEDULES = _forms(schedules.SCHEDULES, ScheduleConfig, skip=("lr",))
LOSSES = _forms(losses.LOSSES, LossConfig)
MODELS = _forms(models.MODELS, Named, skip=("inputs", "classes"))
CLIP_FORMS = {"none": NoClipConfig, **_forms(CLIPS, OfKind)}
AVERAGE_FORMS = {"none": NoAverageConfig, **_forms(AVERAGES, OfKind)}
AUGMENTATIONS = {key: form(part, Table) for key, part in OPERATIONS.items()}

if TYPE_CHECKING:
    Optimizer = OptimizerConfig
    Schedule = ScheduleConfig
    Loss = LossConfig
    Model = Named
    Clip = OfKind
    Average = OfKind

    class AugmentConfig(Table, frozen=True):
        preset: str

    class PlateauConfig(Table, frozen=True):
        patience: int = 0
else:
    Optimizer = reduce(or_, OPTIMIZERS.values())
    Schedule = reduce(or_, SCHEDULES.values())
    Loss = reduce(or_, LOSSES.values())
    Model = reduce(or_, MODELS.values())
    Clip = reduce(or_, CLIP_FORMS.values())
    Average = reduce(or_, AVERAGE_FORMS.values())
    AugmentConfig = msgspec.defstruct(
        "AugmentConfig",
        [
            ("preset", Literal[tuple(PRESETS)]),
            *((key, kind | None, None) for key, kind in AUGMENTATIONS.items()),
        ],
        bases=(Table,),
        omit_defaults=True,
        frozen=True,
        namespace={
            "__doc__": """[augment]: which operations change the training images, in this order.

            ``preset`` names a set of them to begin with; a table of an operation's name adds it, or
            changes it, and ``p = 0`` takes it out. An operation that is None is not done.
            """
        },
    )
    PlateauConfig = form(ReduceOnPlateau, Table, defaults={"patience": 0})  # 0: never
