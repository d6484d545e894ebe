"""From what was seen on the way to a step to what is reported of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..data.lazy import gather
from ..data.loader import Loader, cut
from ..layers.several import smallest_batch
from ..training import Trainer
from ..training.step_ring import LastSteps
from ..types import Array
from .choice import Choice
from .origin import Origin, Usual, origin_of, usual_of
from .result import SHOWN, LayerPeak, Replay, Sample
from .seen import Rerun
from .sites import BACKWARD, FORWARD, Look, Site
from .verdict import verdict


def assembled(
    trainer: Trainer, seen: Rerun, choice: Choice, steps: LastSteps, run: str, notes: Sequence[str]
) -> Replay:
    """The `Replay` of what was seen."""
    usual = usual_of(seen.earlier, seen.step)
    origin = origin_of(seen.step, usual)
    record = steps.of(choice.step)
    chosen = _chosen(origin, seen)
    indices = _indices(trainer, seen)
    return Replay(
        run=run,
        step=choice.step,
        epoch=seen.epoch + 1,
        batch=seen.place + 1,
        batches=seen.batches,
        images=len(seen.batch[1]),
        reason=choice.reason,
        start=seen.start,
        recorded=float(record["loss"]),
        loss=seen.loss,
        exact=seen.difference is None and seen.other_labels is None,
        compared=seen.compared,
        updated=seen.updated,
        origin=origin,
        verdict=verdict(origin, seen, usual, choice.began),
        samples=tuple(_sample(place, indices, seen, origin) for place in chosen),
        affected=0 if origin is None else len(origin.samples),
        layers=tuple(_layers(seen.step, usual)),
        updates=tuple(seen.updates),
        lr=float(record["lr"]),
        began=choice.began,
        notes=(*notes, *_notes(seen, trainer)),
        shown=tuple(_images(place, indices, seen) for place in chosen),
    )


def _indices(trainer: Trainer, seen: Rerun) -> Array:
    """Which images of the training set the batch is made of, int64 (n,)."""
    order = Loader(seen.train, seen.batch_size, trainer.seed).order(seen.epoch)
    parts = cut(len(order), seen.batch_size, smallest_batch(trainer.model))
    chosen: Array = order[parts[seen.place]]
    return chosen


def _chosen(origin: Origin | None, seen: Rerun) -> list[int]:
    """Places in the batch: of the affected images, or else of the highest losses."""
    if origin is not None and origin.samples:
        return list(origin.samples[:SHOWN])
    if (losses := seen.step.losses) is None:
        return []
    order = np.argsort(-np.nan_to_num(losses, nan=math.inf), kind="stable")
    return [int(place) for place in order[:SHOWN]]


def _sample(place: int, indices: Array, seen: Rerun, origin: Origin | None) -> Sample:
    train, index = seen.train, int(indices[place])
    labels, step = seen.batch[1], seen.step
    label = int(labels[place] if labels.ndim == 1 else labels[place].argmax())
    predicted = None if step.predicted is None else train.classes[int(step.predicted[place])]
    site = _site(seen.step, origin)
    return Sample(
        place,
        index,
        train.name_of(index),
        train.classes[label],
        predicted,
        None if step.losses is None else float(step.losses[place]),
        None if site is None else float(site.peaks[place]),
    )


def _site(step: Look, origin: Origin | None) -> Site | None:
    """Where the step went wrong, if that has a value for each sample."""
    if origin is None:
        return None
    site = step.by_key().get((origin.stage, origin.path))
    return site if site is not None and site.by_sample else None


def _images(place: int, indices: Array, seen: Rerun) -> tuple[Array, ...]:
    """The image as it is in the data set, and as it was trained on if that is another one."""
    own = gather(seen.train.images, indices[place : place + 1])[0]
    dealt: Any = seen.batch[0]
    other = dealt.dtype == np.uint8 and dealt[place].shape == own.shape
    if other and not np.array_equal(dealt[place], own):
        return own, np.asarray(dealt[place])
    return (own,)


def _layers(step: Look, usual: Usual) -> list[LayerPeak]:
    back = {site.path: site for site in step.sites if site.stage == BACKWARD}
    rows = []
    for site in step.sites:
        if site.stage == FORWARD:
            dy = back.get(site.path)
            rows.append(
                LayerPeak(
                    site.path,
                    site.kind,
                    site.peak,
                    usual.get(site.key),
                    None if dy is None else dy.peak,
                    None if dy is None else usual.get(dy.key),
                )
            )
    return rows


def _notes(seen: Rerun, trainer: Trainer) -> list[str]:
    said = []
    if seen.difference is not None:
        found = seen.difference
        said.append(
            f"from step {found.step:,} on the losses differ from the recorded ones: "
            f"{found.recorded!r} was recorded, {found.replayed!r} replayed, a relative difference "
            f"of {found.relative:.1e}; {_why(found.relative)}"
        )
    if seen.other_labels is not None:
        said.append(
            f"the labels of the batch of step {seen.other_labels:,} differ from the recorded ones: "
            "the images come in another order, or are not the same"
        )
    if seen.by_hand:
        said.append("the learning rate had been set by hand; the recorded one was used")
    if trainer.penalty is not None:
        said.append("the loss includes the penalty on the weights; that of a single image does not")
    if not seen.earlier:
        said.append("no earlier step was replayed, so what is usual is taken from the batch itself")
    return said


def _why(relative: float) -> str:
    if relative < 1e-4:
        return (
            "sums are rounded differently: on another processor, with other versions of the "
            "libraries or another number of threads; what is found still holds"
        )
    return (
        "the training was changed by something that is not in its settings, such as a callback of "
        "your own, or an earlier difference has grown; what is found need not be what happened"
    )
