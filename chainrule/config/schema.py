"""The settings that there are: `Config`, its tables, and how a table follows from a constructor.

    class Adam(Optimizer):                         [optimizer]
        config_name = "adam"                       name = "adam"
        def __init__(self, lr: PositiveFloat |     lr = 0.001        # above 0
            Schedule = 1e-3, …                     …

A table that feeds a part has a form for each class or function that the part's package offers, and
a setting for each argument of which TOML can say a type. A ``Setting`` in its annotation says what
differs: another name, another type, or a default that the constructor leaves to its caller. What
belongs to no part is written out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from pathlib import PurePath
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, field

from .. import losses, models, optim, schedules
from ..data.augment import OPERATIONS, PRESETS
from ..declared import argument_types, checked
from ..device import DeviceName
from ..errors import InputError
from ..kernels.precision import Precision
from ..ranges import (
    SEQUENCES,
    UNIONS,
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Share,
    choices,
    setting_of,
)
from ..training.averaging import AVERAGES
from ..training.clipping import CLIPS
from ..training.plateau import ReduceOnPlateau


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of one form."""


class Named(Table, tag_field="name", frozen=True):
    """One form of a table with several: the key ``name`` says which."""


class OfKind(Table, tag_field="kind", frozen=True):
    """One form of a table that may be off: the key ``kind`` says which, "none" is off."""


Form = Any  # a subclass of msgspec.Struct, made while the program runs
PLAIN = (int, float, bool, str, NoneType)
NONE = "none"
"""TOML has no word for None: where an argument is one of some words or None, this says None."""


def form(
    part: Callable[..., Any],
    base: type[Table],
    *,
    key: str | None = None,
    skip: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Form:
    """The table that feeds ``part``: a Struct with a field for each of its settings.

    ``base`` has the fields that every such table has; ``key`` is the name that chooses the form,
    ``skip`` are arguments that others give, ``defaults`` overrule those of the constructor.
    """
    fields = [
        (name, kind, (defaults or {}).get(name, default))
        for name, kind, default in settings(part)
        if name not in skip
    ]
    made = msgspec.defstruct(
        f"{part.__name__}Config",
        fields,
        bases=(base,),
        tag=key,
        frozen=True,
        omit_defaults=False,
        kw_only=False,
        namespace={"__doc__": f"See ``{part.__module__}.{part.__qualname__}``."},
    )
    return made


def settings(part: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    """(name, type, default) of each setting of ``part``, in the order of its arguments."""
    found = []
    parameters = inspect.signature(part).parameters
    for argument, kind in argument_types(part).items():
        said = setting_of(kind)
        toml = said.type or in_toml(kind)
        default = parameters[argument].default
        if said.default is not None:
            default = said.default
        if toml is None or default is inspect.Parameter.empty:
            continue
        if default is None and get_origin(toml) is Literal:
            default = NONE
        found.append((said.name or argument, toml, default))
    return found


def in_toml(kind: Any) -> Any:
    """What of a type TOML can say; None if nothing."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _annotated(kind)
    if origin is Literal:
        return kind
    if origin in UNIONS:
        return _union(tuple(filter(None, map(in_toml, inner))))
    if origin in SEQUENCES:
        return _sequence(origin, inner)
    return kind if kind in PLAIN else None


def _sequence(origin: Any, inner: tuple[Any, ...]) -> Any:
    """A list of any length, or of as many as a tuple names."""
    if origin is tuple and inner[-1] is not ...:
        items = tuple(map(in_toml, inner))
        return tuple.__class_getitem__(items) if all(items) else None
    item = in_toml(inner[0])
    return item and tuple.__class_getitem__((item, ...))


def _annotated(kind: Any) -> Any:
    base, *metas = get_args(kind)
    if words := choices(kind):
        return Literal[tuple(words)]
    plain = in_toml(base)
    limits = [meta for meta in metas if isinstance(meta, msgspec.Meta)]
    return Annotated[(plain, *limits)] if plain and limits else plain


def _union(parts: tuple[Any, ...]) -> Any:
    words = [part for part in parts if get_origin(part) is Literal]
    if words and NoneType in parts:
        return Literal[(NONE, *get_args(words[0]))]
    return reduce(or_, parts) if parts and parts != (NoneType,) else None


class GroupConfig(Table, omit_defaults=True, frozen=True):
    """[optimizer.groups."*.bias"]: what the parameters that fit get instead of the optimizer's
    own. See ``chainrule.optim.groups``."""

    lr: PositiveFloat | None = None
    epochs: PositiveInt | None = None
    lr_scale: NonNegativeFloat | None = None
    weight_decay: NonNegativeFloat | None = None


class OptimizerConfig(Named, kw_only=True, frozen=True):
    """[optimizer]: each form feeds a class of ``chainrule.optim``."""

    weight_decay: NonNegativeFloat = 0.0
    groups: dict[str, GroupConfig] = field(default_factory=dict)


class ScheduleConfig(Named, kw_only=True, frozen=True):
    """[schedule]: each form feeds a class of ``chainrule.schedules``.

    Lengths are in epochs; ``experiment.factory`` turns them into steps. The peak is the ``lr`` of
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


PRETRAINED = "pretrained"
"""The name of the model that is not built anew."""


class PretrainedModel(Named, tag=PRETRAINED, frozen=True):
    """name = "pretrained": the model of ``[pretrained]``, with a head for the data's classes."""


OPTIMIZERS = _forms(optim.OPTIMIZERS, OptimizerConfig, skip=("groups",))
SCHEDULES = _forms(schedules.SCHEDULES, ScheduleConfig, skip=("lr",))
LOSSES = _forms(losses.LOSSES, LossConfig)
MODELS = _forms(models.MODELS, Named, skip=("inputs", "classes"))
MODEL_FORMS = {**MODELS, PRETRAINED: PretrainedModel}
CLIP_FORMS = {"none": NoClipConfig, **_forms(CLIPS, OfKind)}
AVERAGE_FORMS = {"none": NoAverageConfig, **_forms(AVERAGES, OfKind)}
AUGMENTATIONS = {key: form(part, Table) for key, part in OPERATIONS.items()}

AUTO = "auto"
"""The preset that is chosen when the images have been seen."""

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
    Model = reduce(or_, MODEL_FORMS.values())
    Clip = reduce(or_, CLIP_FORMS.values())
    Average = reduce(or_, AVERAGE_FORMS.values())
    AugmentConfig = msgspec.defstruct(
        "AugmentConfig",
        [
            ("preset", Literal[(*PRESETS, AUTO)]),
            *((key, kind | None, None) for key, kind in AUGMENTATIONS.items()),
        ],
        bases=(Table,),
        omit_defaults=True,
        frozen=True,
        namespace={
            "__doc__": """[augment]: which operations change the training images, in this order.

            ``preset`` names a set of them to begin with; a table of an operation's name adds it, or
            changes it, and ``p = 0`` takes it out. An operation that is None is not done. "auto"
            is a set that suits the images: see ``chainrule.data.augment.suggest``.
            """
        },
    )
    PlateauConfig = form(ReduceOnPlateau, Table, defaults={"patience": 0})  # 0: never


class PretrainedConfig(Table, frozen=True):
    """[pretrained] The trained model that the training begins with.

    source           a run's folder, a model file, or the name of a pre-trained model; "": none
    freeze           "body": only the head is trained
    unfreeze         "gradual": the head first, then the body in parts, those next to the head
                     first; see ``chainrule.training.GradualUnfreezing``
    unfreeze_epochs  after so many epochs a part joins; []: three parts, after a sixth, a third
                     and a half of the epochs
    layer_decay      the rate of a block of layers, as a share of the next block's towards the
                     head; see ``chainrule.transfer.rates``
    head             "keep": the head of the source, for the same classes
    sha256           of the weights of the source, which a run notes; "": any
    """

    source: str = ""
    freeze: Literal["none", "body"] = "none"
    unfreeze: Literal["none", "gradual"] = "none"
    unfreeze_epochs: tuple[NonNegativeFloat, ...] = ()
    layer_decay: Annotated[float, Meta(gt=0, le=1)] = 1.0
    head: Literal["new", "keep"] = "new"
    sha256: str = ""


Side = Annotated[int, Meta(ge=1, le=10_000)]


class ImagesConfig(Table, frozen=True):
    """[images] See ``chainrule.data.folder.ImageOptions``. A run's own file says what was
    found where this says 0 or "auto"."""

    image_size: Annotated[int, Meta(ge=0, le=10_000)] | tuple[Side, ...] = (
        0  # of two: msgspec 0.22 crashes if told
    )
    color: Literal["auto", "rgb", "gray"] = "auto"
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    test: Share = 0.2
    root: str = ""
    cache_dir: str = ""
    cache_gb: NonNegativeFloat = 20.0


Duration = (
    Annotated[float, Meta(ge=0)]
    | Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?[smh]?$",
            description="a time as in 90s, 10m or 1.5h",
        ),
    ]
)
"""Seconds, or a text that `seconds` turns into seconds."""

if TYPE_CHECKING:
    Epochs = int
else:  # "auto" becomes a number before a training is built
    Epochs = PositiveInt | Literal["auto"]

UNITS = {"s": 1, "m": 60, "h": 3600}


@checked
def seconds(time: float | str) -> float:
    """The seconds of a time that is a number of them, or a text with a unit. InputError for others.

    >>> seconds(90), seconds("90"), seconds("90s"), seconds("10m"), seconds("1.5h")
    (90.0, 90.0, 90.0, 600.0, 5400.0)
    """
    number, unit = (time[:-1], time[-1]) if isinstance(time, str) and time else (time, "")
    try:
        return float(number) * UNITS[unit] if unit in UNITS else float(time)
    except ValueError:
        raise InputError(
            f"time: expected a number of seconds, or one with s, m or h, received {time!r}"
        ) from None


class EarlyStoppingConfig(Table, frozen=True):
    """[early_stopping] after ``patience`` epochs without a better validation; or when the mean
    norm of an epoch's gradients is below ``gradient_norm``, or that of its updates below
    ``update_norm``, as in ``chainrule.training.StopOnConvergence``. 0: never."""

    patience: NonNegativeInt = 0
    gradient_norm: NonNegativeFloat = 0.0
    update_norm: NonNegativeFloat = 0.0


class CheckpointConfig(Table, frozen=True):
    """[checkpoint] so often, in seconds or in steps (0: not by steps), and at the end. The
    ``keep`` newest stay, the one of the best epoch, and the first one at or after each multiple
    of ``keep_every_steps`` (0: none for that)."""

    every_seconds: PositiveFloat = 30.0
    every_steps: NonNegativeInt = 0
    keep: PositiveInt = 2
    keep_every_steps: NonNegativeInt = 0


class SnapshotsConfig(Table, frozen=True):
    """[snapshots] the schedule is run through in so many ``cycles``, each of which leaves a model
    for an ensemble; 0: once, and it leaves none. See ``chainrule.training.Snapshots``."""

    cycles: NonNegativeInt = 0


class LogConfig(Table, frozen=True):
    """Rows after every ``every_steps`` steps, and after each epoch, in these forms:

    to           "csv" and "jsonl": files in ``logs/``; "tensorboard": event files there
    gradients    each parameter's gradient, and its update in proportion to it
    activations  each layer's outputs, its dead units and its saturated ones

    Without ``to`` there are rows only if one of the other two is on, as CSV.
    """

    to: tuple[Literal["csv", "jsonl", "tensorboard"], ...] = ()
    every_steps: PositiveInt = 50
    gradients: bool = False
    activations: bool = False


class Config(Table, frozen=True):
    """An experiment.

    epochs      passes over the training images; "auto": as many as ``time_budget`` has room for,
                or as suit the number of images
    data_dir    where the data lie; without it the usual places are searched
    validation  a number of training images, or a share of them
    accumulate  in so many parts is each batch taken, for those that do not fit the memory
    precision   of the products in a step and in validation: "bfloat16" has a third of the digits
                of "float32" and its range, and is faster on a CPU with AMX
    device      where it is trained: "cpu", "gpu" (NVIDIA's, by CuPy), or "gpu:1", the second one
    max_norm    the incoming weights of a unit are at most so long; 0: as long as they get
    time_budget seconds from the start of the training, after the data are loaded, by which it and
                its test end, the schedule run to its end: 600, or "10m"; 0: it takes the time that
                ``epochs`` take. See ``chainrule.training.TimeBudget``

    >>> from chainrule import config
    >>> Config().batch_size, config.resolve().batch_size  # the usual one, that of the digits
    (128, 64)
    """

    data: str = "digits"
    data_dir: str | None = None
    seed: NonNegativeInt = 0
    epochs: Epochs = 10
    batch_size: PositiveInt = 128
    accumulate: PositiveInt = 1
    sync_batch_norm: bool = False
    rank_timeout: Duration = "5m"
    precision: Precision = "float32"
    device: DeviceName = "cpu"
    validation: PositiveInt | Share = 0.1
    max_train_images: NonNegativeInt = 0
    max_test_images: NonNegativeInt = 0
    max_norm: NonNegativeFloat = 0.0
    time_budget: Duration = 0.0
    images: ImagesConfig = ImagesConfig()
    augment: AugmentConfig = AugmentConfig("none")
    model: Model = MODELS["mlp"]()
    pretrained: PretrainedConfig = PretrainedConfig()
    optimizer: Optimizer = OPTIMIZERS["adam"]()
    schedule: Schedule = SCHEDULES["constant"]()
    loss: Loss = LOSSES["cross-entropy"]()
    clip: Clip = NoClipConfig()
    average: Average = NoAverageConfig()
    plateau: PlateauConfig = PlateauConfig()
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
    snapshots: SnapshotsConfig = SnapshotsConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    log: LogConfig = LogConfig()

    @property
    def model_name(self) -> str:
        """What the model is called where a person reads it: its kind, or the trained one that it
        began with."""
        kind = str(self.model.__struct_config__.tag)
        if kind != PRETRAINED:
            return kind
        path = PurePath(self.pretrained.source)
        name = path.parent.name if path.name == "model.safetensors" else path.name  # of a run
        return name.removesuffix(".safetensors") or kind
