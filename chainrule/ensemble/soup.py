"""One model whose weights are the mean of several models': it costs no more than one of them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import architecture
from ..data.dataset import Dataset
from ..declared import checked
from ..device import expect_on_cpu
from ..errors import InputError
from ..layers.base import Layer, named_arrays
from ..layers.several import norms_of_batch
from ..metrics import evaluate
from ..training.batch_norm import refresh_batch_norm

LOOKS = 4096
"""Training images that the statistics of batch norm are taken from: enough for a mean over each."""


@dataclass(frozen=True, eq=False)
class Soup:
    """A model of averaged weights.

    model       the model
    members     which of the given models went into it, by their places
    accuracies  of each given model on the validation images, and of the soup after each member that
                was tried, both empty for a `uniform_soup`

    >>> import chainrule as cr
    >>> soup = uniform_soup([cr.models.mlp((8, 8, 1), (8,), 10).init(0)] * 2)
    >>> soup.members
    (0, 1)
    """

    model: Layer
    members: tuple[int, ...]
    accuracies: tuple[float, ...] = ()


@checked
def uniform_soup(models: Sequence[Layer], train: Dataset | None = None) -> Soup:
    """w = mean over the models of their w        parameters and running statistics, of any shape

    The models are of one architecture and of one ancestor, as the snapshots of a training or
    fine-tuned copies are: the mean of nets that were trained from different seeds is no better than
    chance. Running statistics of batch norm are taken anew from ``train``, which is needed where
    there are some; counters, and whether a `Normalize` is fitted, are those of the first model.

    InputError for models of different architectures, classes or preprocessing, fewer than two, and
    batch norm without ``train``.

    Source: Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models".

    >>> import chainrule as cr
    >>> nets = [cr.models.mlp((8, 8, 1), (8,), 10).init(seed) for seed in range(2)]
    >>> uniform_soup(nets).model.layers[-1].weight.value.shape
    (8, 10)
    """
    expect_alike(models)
    return Soup(_mean(models, train), tuple(range(len(models))))


@checked
def greedy_soup(models: Sequence[Layer], validation: Dataset, train: Dataset | None = None) -> Soup:
    """The soup that takes up one model after the other, the best on ``validation`` first, and keeps
    each that does not make it worse there: on those images it is as good as the best model, or
    better.

    Running statistics, and InputError, as of `uniform_soup`, and for no validation images.

    Source: Wortsman et al. 2022, "Model soups", recipe 1.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> nets = [cr.models.mlp((8, 8, 1), (8,), 10).init(seed) for seed in range(3)]
    >>> len(greedy_soup(nets, train[:100]).members) >= 1
    True
    """
    expect_alike(models)
    if not len(validation):
        raise InputError("validation: expected one image or more, received none")
    own = [evaluate(model, validation).accuracy for model in models]
    order = sorted(range(len(models)), key=lambda i: -own[i])
    members, best, kept = [order[0]], own[order[0]], models[order[0]]
    tried = []
    for i in order[1:]:
        made = _mean([models[j] for j in (*members, i)], train)
        tried.append(evaluate(made, validation).accuracy)
        if tried[-1] >= best:
            members, best, kept = [*members, i], tried[-1], made
    return Soup(copy.deepcopy(kept), tuple(members), (*own, *tried))


def expect_alike(models: Sequence[Layer], names: Sequence[str] | None = None) -> None:
    """InputError, naming the models, unless their weights can be averaged."""
    if len(models) < 2:
        raise InputError(f"models: expected two or more for a soup, received {len(models)}")
    expect_on_cpu(*models)
    called = [f"model {i}" for i in range(len(models))] if names is None else names
    first = models[0]
    known = architecture.describe(first)
    shapes = [(path, node.value.shape) for path, node in named_arrays(first)]
    for name, model in zip(called[1:], models[1:], strict=True):
        theirs = [(path, node.value.shape) for path, node in named_arrays(model)]
        different = next((a for a, b in zip(shapes, theirs, strict=False) if a != b), None)
        if architecture.describe(model) != known or shapes != theirs:
            where = f"; they differ from {different[0]} on" if different else ""
            raise InputError(
                f"models: expected models of one architecture for a soup, received {called[0]} and "
                f"{name}, of others{where}"
            )
        if model.signature != first.signature:
            raise InputError(
                f"models: expected models for the same images, and classes in the same order, for "
                f"a soup, received {called[0]} and {name}, of others"
            )


def _mean(models: Sequence[Layer], train: Dataset | None) -> Layer:
    made = copy.deepcopy(models[0])
    every = [dict(named_arrays(model)) for model in models]
    for path, node in named_arrays(made):
        if node.value.dtype.kind == "f":
            values = [arrays[path].value for arrays in every]
            node.value = np.mean(values, axis=0, dtype=np.float64).astype(node.value.dtype)
    if len(models) > 1 and next(norms_of_batch(made), None) is not None:
        if train is None or not len(train):
            raise InputError(
                "train: expected training images, from which the statistics of batch norm are "
                "taken anew, received none"
            )
        step = -(-len(train) // LOOKS)
        refresh_batch_norm(made, train.take(np.arange(0, len(train), step)))
    return made
