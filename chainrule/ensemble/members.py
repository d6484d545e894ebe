"""Several models beside the ensemble of them, on the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .. import notebook
from ..data.dataset import Dataset
from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer
from ..metrics import Evaluation, Model, evaluate_logits, predict_logits
from ..significance import McNemar, holm, mcnemar
from ..text import aligned, percent
from ..types import Array
from .calibration import Reliability, fit_temperature, reliability, with_temperature
from .combining import Average, Combined, combined

ENSEMBLE = "ensemble"


@dataclass(frozen=True, eq=False)
class Scored:
    """What one model, or the ensemble, did.

    evaluation   on the test images
    reliability  how sure it was there, and how right
    temperature  that makes it as sure as it is right on its validation images; None without any
    cooled       the evaluation with this temperature
    calibrated   the reliability with it
    validation   how many images the temperature was fitted on; without a temperature, those that
                 there were
    mistakes     how many of them were answered wrong: by few of them a temperature is a guess, and
                 without any there is none

    >>> import numpy as np
    >>> logits, labels = np.array([[3.0, 0.0]] * 4), np.array([0, 0, 0, 1])
    >>> found = scored("one", logits, labels, logits, labels)
    >>> found.evaluation.accuracy, round(found.reliability.error, 2), round(found.temperature, 2)
    (0.75, 0.2, 2.73)
    >>> round(found.calibrated.error, 6), found.mistakes
    (0.0, 1)
    """

    name: str
    evaluation: Evaluation
    reliability: Reliability
    temperature: float | None = None
    cooled: Evaluation | None = None
    calibrated: Reliability | None = None
    validation: int = 0
    mistakes: int = 0


@dataclass(frozen=True)
class ComparedPair:
    """McNemar's test of two by their names, and Holm's p for all pairs together.

    >>> from chainrule.metrics import McNemar
    >>> ComparedPair("a", "b", McNemar(3, 1, 0.625), 1.0).test.only_first
    3
    """

    first: str
    second: str
    test: McNemar
    adjusted: float


@dataclass(frozen=True, eq=False, repr=False)
class EnsembleReport:
    """Members, their ensemble, and models that stand beside them, as `compare_members` returns it.

    members, ensemble, others   what each did: see `Scored`
    disagreement                (M, M), the share of images for which two members say other classes
    split                       the share of images for which not all members say the same
    pairs                       McNemar's test of each two of all these

    >>> import chainrule as cr
    >>> _, test = cr.data.digits()
    >>> nets = {f"seed {i}": cr.models.mlp((8, 8, 1), (8,), 10).init(i) for i in range(2)}
    >>> compared = compare_members(nets, test)
    >>> [each.name for each in compared.rows()], compared.disagreement.shape, len(compared.pairs)
    (['seed 0', 'seed 1', 'ensemble'], (2, 2), 3)
    """

    members: tuple[Scored, ...]
    ensemble: Scored
    others: tuple[Scored, ...]
    average: str
    disagreement: Array
    split: float
    pairs: tuple[ComparedPair, ...]

    def rows(self) -> tuple[Scored, ...]:
        """All that was scored: members, ensemble, others."""
        return (*self.members, self.ensemble, *self.others)

    @property
    def mean_disagreement(self) -> float:
        """The mean of the disagreement of two members; NaN of a single one."""
        above = self.disagreement[np.triu_indices(len(self.members), 1)]
        return float(above.mean()) if len(above) else float("nan")

    def table(self) -> list[tuple[str, ...]]:
        """A row for each that was scored, the header first."""
        header = (
            "model", "accuracy", "95% interval", "loss", "ECE", "temperature", "loss then",
            "ECE then",
        )  # fmt: skip
        return [header, *map(_row, self.rows())]

    def __repr__(self) -> str:
        return "\n".join(aligned(self.table(), right=range(1, 8)))

    def _repr_html_(self) -> str:
        return notebook.html(f"mean of {self.average}", self.table())


@checked
def compare_members(
    members: Mapping[str, Layer | Combined],
    dataset: Dataset,
    *,
    average: Average = "probabilities",
    validation: Mapping[str, Dataset] | Dataset | None = None,
    others: Mapping[str, Layer | Combined] | None = None,
) -> EnsembleReport:
    """Measure each of the named models, and the ensemble of them, on the images of ``dataset``.

    validation  images that no member was trained on, on which temperatures are fitted; or several,
                by the name of the model that they are for, "ensemble" for that. Without any for
                a model its confidence is measured and not mended
    others      models to measure beside, such as a soup

    InputError for no members, a name twice or "ensemble", and models that do not fit the images.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> nets = {f"seed {i}": cr.models.mlp((8, 8, 1), (8,), 10).init(i) for i in range(2)}
    >>> compared = compare_members(nets, test, validation=train[:200])
    >>> compared.ensemble.temperature is not None, compared.split > 0.5
    (True, True)
    """
    others = others or {}
    names = [*members, *others]
    if not members:
        raise InputError("members: expected one model or more, received none")
    for name in names:
        if not isinstance(name, str) or name == ENSEMBLE or names.count(name) > 1:
            raise InputError(
                f"members: expected different names, none of them {ENSEMBLE!r}, received {name!r}"
            )
    logits = {name: predict_logits(model, dataset) for name, model in {**members, **others}.items()}
    logits[ENSEMBLE] = combined([logits[name] for name in members], average)
    held = _held(members, others, validation, average)
    found = {
        name: scored(name, logits[name], dataset.labels, *held.get(name, (None, None)))
        for name in (*members, ENSEMBLE, *others)
    }
    said = np.stack([found[name].evaluation.predicted for name in members])
    different = (said[:, np.newaxis] != said[np.newaxis]).mean(axis=2)
    return EnsembleReport(
        tuple(found[name] for name in members),
        found[ENSEMBLE],
        tuple(found[name] for name in others),
        average,
        different,
        float((said != said[0]).any(axis=0).mean()),
        _pairs(list(found.values()), dataset.labels),
    )


def scored(
    name: str,
    logits: Array,
    labels: Array,
    held_logits: Array | None = None,
    held_labels: Array | None = None,
) -> Scored:
    """What a model did that gave these logits (N, K) for images of these labels (N,); with a
    temperature that is fitted on what it gave for held out images."""
    evaluation = evaluate_logits(logits, labels)
    rough = reliability(labels, evaluation.probabilities)
    if held_logits is None or held_labels is None or not np.isfinite(held_logits).all():
        return Scored(name, evaluation, rough)
    count = len(held_labels)
    mistakes = int((held_logits.argmax(axis=1) != held_labels).sum())
    try:
        temperature = fit_temperature(held_logits, held_labels)
    except InputError:  # all right
        return Scored(name, evaluation, rough, validation=count, mistakes=mistakes)
    cooled = evaluate_logits(with_temperature(logits, temperature), labels)
    calibrated = reliability(labels, cooled.probabilities)
    return Scored(name, evaluation, rough, temperature, cooled, calibrated, count, mistakes)


def _held(
    members: Mapping[str, Model],
    others: Mapping[str, Model],
    validation: Mapping[str, Dataset] | Dataset | None,
    average: Average,
) -> dict[str, tuple[Array, Array]]:
    """(logits, labels) of the validation images of each, by name."""
    every = (*members, ENSEMBLE, *others)
    if validation is None:
        validation = {}
    if isinstance(validation, Dataset):
        validation = dict.fromkeys(every, validation)
    if unknown := [name for name in validation if name not in every]:
        raise InputError(f"validation: expected names of the members, received {unknown[0]!r}")
    answers: dict[tuple[int, str], Array] = {}

    def asked(name: str, images: Dataset) -> Array:
        key = id(images), name
        if key not in answers:
            answers[key] = predict_logits({**members, **others}[name], images)
        return answers[key]

    found = {}
    for name, images in validation.items():
        if not len(images):
            continue
        each = [asked(member, images) for member in (members if name == ENSEMBLE else [name])]
        found[name] = combined(each, average) if name == ENSEMBLE else each[0], images.labels
    return found


def _pairs(rows: Sequence[Scored], labels: Array) -> tuple[ComparedPair, ...]:
    both = list(combinations(rows, 2))
    tests = [mcnemar(labels, a.evaluation.predicted, b.evaluation.predicted) for a, b in both]
    adjusted = holm([test.p_value for test in tests])
    return tuple(
        ComparedPair(a.name, b.name, test, p)
        for (a, b), test, p in zip(both, tests, adjusted, strict=True)
    )


def _row(each: Scored) -> tuple[str, ...]:
    low, high = each.evaluation.interval
    after = ("–", "–", "–")
    if each.temperature is not None and each.cooled and each.calibrated:
        after = (
            f"{each.temperature:.3g}",
            f"{each.cooled.loss:.4f}",
            percent(each.calibrated.error, 2),
        )
    return (
        each.name,
        percent(each.evaluation.accuracy, 2),
        f"{100 * low:.2f} to {percent(high, 2)}",
        f"{each.evaluation.loss:.4f}",
        percent(each.reliability.error, 2),
        *after,
    )
