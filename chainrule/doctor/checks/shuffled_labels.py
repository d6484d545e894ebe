"""Labels tell something about images they belong to, and nothing about others."""

from __future__ import annotations

import math

import numpy as np

from ...metrics import predict_probabilities
from ...optim import Adam
from ...random import generator
from ...text import plural
from ...types import Array
from ..check import Check, skipped
from ..context import CheckContext
from ..short_run import ShortRun
from .overlap import hashes

NAME = "shuffled labels"
IMAGES, HELD_OUT = 1000, 500
STEPS, SECONDS, LR = 150, 4.0, 2e-3
ENOUGH, SURE = 15, 50  # steps after which the answer is worth something, and final


def check(context: CheckContext) -> Check:
    """Accuracy on images held back (of the test set where there is one), after a short training
    with the true labels and after one with labels dealt anew, one for each different image.

    The second must be chance. Where it is not, the answer is known from somewhere else: the same
    images on both sides. The first must be better, or labels and images have nothing to do
    with each other.
    """
    images, labels, held, truth = _sides(context)
    if len(truth) < 50 or len(labels) < 50:
        return skipped(NAME, "there are too few images to hold some back")
    dealt = _dealt([images, held], [labels, truth], context.seed)
    scores, steps = [], STEPS
    for target, answer in ((labels, truth), dealt):
        short = ShortRun(context.fresh(dropout=False), Adam(LR), context.loss, seconds=SECONDS)
        short.train(images, target, steps, min(64, len(target)), context.seed)
        predicted = predict_probabilities(short.model, held, 250).argmax(axis=1)
        scores.append(float((predicted == answer).mean()))
        if short.steps < ENOUGH:
            return skipped(NAME, f"only {plural(short.steps, 'step')} fit into {SECONDS:.0f} s")
    true, shuffled = scores
    chance = max(_share(truth), _share(dealt[1]))
    limit = chance + 3.5 * math.sqrt(chance * (1 - chance) / len(truth))
    shown = f"{shuffled:.1%} right with shuffled labels, {true:.1%} with true ones"
    rule = f"at most {limit:.1%} with shuffled labels, chance; more with true ones"
    if shuffled > limit:
        return Check(
            NAME, "failed", shuffled, shown, rule,
            "images that were held back are in the training set, so they are memorized",
            "remove the duplicates; chainrule data audit lists them",
        )  # fmt: skip
    if true <= limit:
        if short.steps < SURE:
            return skipped(
                NAME, f"{shown}: {plural(short.steps, 'step')} in {SECONDS:.0f} s say nothing"
            )
        return Check(
            NAME, "failed", true, shown, rule,
            "the labels have nothing to do with the images: they were shuffled, or are off by "
            "one",
            "look at some images beside their labels, and at the code that reads them",
        )  # fmt: skip
    return Check(NAME, "ok", shuffled, shown, rule)


def _sides(context: CheckContext) -> tuple[Array, Array, Array, Array]:
    """Images and labels to learn from, and to ask about."""
    test = context.test
    if test is None or len(test) < HELD_OUT // 5:
        images, labels = context.sample(IMAGES + HELD_OUT)
        cut = len(labels) * 2 // 3
        mixed = generator("doctor", context.seed).permutation(len(labels))
        return images[mixed[:cut]], labels[mixed[:cut]], images[mixed[cut:]], labels[mixed[cut:]]
    chosen = generator("doctor", context.seed).permutation(len(test))[:HELD_OUT]
    held = np.asarray(test.images[np.sort(chosen)])
    images, labels = context.sample(IMAGES)
    wanted = {key for _, key in hashes(held)}
    twins = _twins(context, wanted, len(images))
    if len(twins):
        images = np.concatenate([np.asarray(context.train.images[twins]), images])[:IMAGES]
        labels = np.concatenate([context.train.labels[twins], labels])[:IMAGES]
    return images, labels, held, test.labels[np.sort(chosen)]


def _twins(context: CheckContext, wanted: set[bytes], most: int) -> list[int]:
    """Training images among those to be asked about, if the overlap was found to be large."""
    overlap = context.done.get("overlap")
    if overlap is None or overlap.verdict != "failed":
        return []
    return [i for i, key in hashes(context.train.images) if key in wanted][:most]


def _dealt(sides: list[Array], labels: list[Array], seed: int) -> tuple[Array, Array]:
    """The labels of both sides in another order, equal for equal images."""
    keys = [[key for _, key in hashes(images)] for images in sides]
    different = sorted({key for side in keys for key in side})
    pool = np.concatenate(labels)
    rng = generator("doctor", "labels", seed)
    new = dict(zip(different, rng.permutation(pool)[: len(different)], strict=True))
    first, second = (np.array([new[key] for key in side], np.int64) for side in keys)
    return first, second


def _share(labels: Array) -> float:
    """Of the largest class: what one gets right who always says the same."""
    return float(np.bincount(labels).max() / len(labels))
