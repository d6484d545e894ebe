"""Which filters of a first convolution find edges, which find colors, and which are dead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..declared import checked
from ..layers import ACTIVATIONS
from ..layers.base import Layer
from ..layers.batch_norm import BatchNorm
from ..layers.conv import Conv2d
from ..layers.norm import GroupNorm, InstanceNorm, LayerNorm
from ..layers.observe import intercept, named_leaves
from ..layers.switchable_norm import SwitchableNorm
from ..random import generator
from ..text import plural
from ..types import Array
from .lookup import batches, expect_finite
from .weights import convolution

COLOR, EDGE = 0.85, 0.4
"""Shares of a filter's energy from which it is one of the kind."""
FAINT = 0.01
"""The norm, as a share of the median filter's, below which a filter is dead by its weights."""
STILL = 1e-6
"""The span of responses, as a share of the widest, below which a filter is dead by them."""
KINDS = ("edge", "color", "dead", "other")
TRIALS = 4000
FOLLOWERS: tuple[type[Layer], ...] = (
    BatchNorm, GroupNorm, InstanceNorm, LayerNorm, SwitchableNorm, *ACTIVATIONS.values()
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FilterKinds:
    """The kind of each of O filters, and the numbers that it follows from.

    path    of the convolution
    size    (kh, kw, C) of a filter
    kinds   O words: edge, color, dead or other
    edge    (O,), share of the energy that is oriented change of brightness
    color   (O,), share of the energy that is color
    spans   (O,), greatest minus least response over the images; None without images

    >>> from chainrule import models
    >>> found = filter_kinds(models.convnet((8, 8, 3), 2, filters=(6,)).init(0))
    >>> sum(found.counts.values()), found
    (6, 6 filters of layers.1: 0 edge, 0 color, 0 dead, 6 other)
    >>> found.by_chance
    {'edge': 0.028, 'color': 0.058}
    """

    path: str
    size: tuple[int, ...]
    kinds: tuple[str, ...]
    edge: Array
    color: Array
    spans: Array | None

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind: self.kinds.count(kind) for kind in KINDS}

    @property
    def by_chance(self) -> dict[str, float]:
        """The shares of edge and color among filters of this size with normal random weights."""
        w = generator("filter kinds").standard_normal((TRIALS, *self.size))
        color = color_share(w) >= COLOR
        edge = (edge_share(w) >= EDGE) & ~color
        return {"edge": round(float(edge.mean()), 3), "color": round(float(color.mean()), 3)}

    def __repr__(self) -> str:
        said = ", ".join(f"{count} {kind}" for kind, count in self.counts.items())
        return f"{plural(len(self.kinds), 'filter')} of {self.path or 'the layer'}: {said}"


@checked
def filter_kinds(
    model: Layer, images: Array | Dataset | None = None, layer: str | None = None
) -> FilterKinds:
    """The kinds of the filters w (kh, kw, C) of the first convolution, or of that at ``layer``

    With brightness l = the mean of w over the channels, and energies as sums of squares:

        dead    for every one of the ``images``, or of a data set, and at every place the same
                response, to 1e-6 of the widest span of any filter: after a ReLU, never above 0. The
                response is what the norms and the activation behind the convolution make of it.
                Without images: a norm of w below 1 % of the median filter's.
        color   energy of w - l ≥ 85 % of that of w: it weighs colors against each other
        edge    (energy of l - mean l) · coherence ≥ 40 % of the energy of w: brightness that
                changes in one direction, as at edges and bars
        other   all the rest

    The first that holds is the kind. Coherence is √((A - B)² + 4 C²) / (A + B) of the structure
    tensor A = Σ lₓ², B = Σ l_y², C = Σ lₓ l_y: 1 for one direction, 0 for none (a spot). Edge
    and color need 2x2 weights and 3 channels at least.

    Filters of random normal numbers, which have learned nothing, pass too: of 3x3x3 ones 6 % as
    color and 3 % as edge, of 5x5x3 ones below 1 %; of 3x3 ones on gray images 65 % as edge.
    ``by_chance`` of the result tells what to hold its counts against.

    InputError for a model without convolutions, a layer that is none, no images, and weights that
    are NaN or infinite.

    Source: Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural
    networks" (kinds); Bigün and Granlund 1987, "Optimal orientation detection of linear symmetry"
    (coherence).

    >>> import numpy as np
    >>> from chainrule.layers import Conv2d
    >>> sobel = np.outer([1, 2, 1], [1, 0, -1])[..., None] * np.ones(3)
    >>> filter_kinds(Conv2d(3, 1, 3, init=lambda rng, shape: sobel[..., None]).init(0)).kinds
    ('edge',)
    """
    path, conv = convolution(model, 0 if layer is None else layer)
    expect_finite(model)
    w = conv.weight.value.transpose(3, 0, 1, 2).astype(np.float64)
    color, edge = color_share(w), edge_share(w)
    norms = np.sqrt((w**2).sum(axis=(1, 2, 3)))
    spans = None if images is None else _spans(model, conv, images)
    dead = norms <= FAINT * np.median(norms) if spans is None else spans <= STILL * spans.max()
    rules = [(dead, "dead"), (color >= COLOR, "color"), (edge >= EDGE, "edge")]
    kinds = ["other"] * len(w)
    for holds, kind in reversed(rules):
        kinds = [kind if holds[i] else before for i, before in enumerate(kinds)]
    return FilterKinds(path, w.shape[1:], tuple(kinds), edge, color, spans)


def color_share(w: Array) -> Array:
    """Σ (w - l)² / Σ w² of filters w (O, kh, kw, C): 0 unless they see three colors."""
    if w.shape[3] != 3:
        return np.zeros(len(w))
    colors = w - w.mean(axis=3, keepdims=True)
    return _share((colors**2).sum(axis=(1, 2, 3)), w)


def edge_share(w: Array) -> Array:
    """C Σ (l - mean l)² / Σ w², times the coherence of l; 0 for a filter of one row or column."""
    if min(w.shape[1:3]) < 2:
        return np.zeros(len(w))
    change = w.mean(axis=3)
    change = change - change.mean(axis=(1, 2), keepdims=True)
    a, b = change[:, :-1], change[:, 1:]  # the rows above and below
    dx = (a[..., 1:] - a[..., :-1] + b[..., 1:] - b[..., :-1]) / 2
    dy = (b[..., 1:] + b[..., :-1] - a[..., 1:] - a[..., :-1]) / 2
    xx, yy, xy = ((p * q).sum(axis=(1, 2)) for p, q in ((dx, dx), (dy, dy), (dx, dy)))
    whole = xx + yy
    coherence = np.hypot(xx - yy, 2 * xy) / np.where(whole > 0, whole, 1)
    share: Array = _share(w.shape[3] * (change**2).sum(axis=(1, 2)), w) * coherence
    return share


def _share(part: Array, w: Array) -> Array:
    whole = (w**2).sum(axis=(1, 2, 3))
    share: Array = part / np.where(whole > 0, whole, 1)
    return share


def _spans(model: Layer, conv: Conv2d, images: Array | Dataset) -> Array:
    """Greatest minus least response of each filter over all images and places."""
    leaves = [each for each in named_leaves(model) if each[1] is conv or _follows(each[1])]
    low, high = np.full(conv.out_channels, np.inf), np.full(conv.out_channels, -np.inf)
    last: list[Array] = []  # what the convolution, and then each that follows it, gave

    def around(
        at: str, layer: Layer, verb: str, run: Callable[..., Any], given: tuple[Any, ...]
    ) -> Any:
        y = run(*given)
        if layer is conv or (last and given[0] is last[0]):
            last[:] = [y]
        return y

    with intercept(leaves, around, ("__call__",)):
        for some in batches(model, images):
            model(some)
            np.minimum(low, last[0].min(axis=(0, 1, 2)), out=low)
            np.maximum(high, last[0].max(axis=(0, 1, 2)), out=high)
    spans: Array = high - low
    return spans


def _follows(layer: Layer) -> bool:
    """Whether it is a norm or an activation, of which a channel stays a channel."""
    return isinstance(layer, FOLLOWERS)
