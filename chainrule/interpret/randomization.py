"""Whether a heat map is about the model at all: does it change when the weights are random?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .. import notebook
from ..declared import checked
from ..errors import InputError, did_you_mean
from ..initializers import he_normal
from ..layers import Normalize
from ..layers.base import Layer, named_arrays, named_children, named_layers
from ..layers.observe import observe
from ..layers.variables import Parameter
from ..printable import received
from ..random import generator
from ..ranges import Count, NonNegativeInt
from ..text import aligned
from ..types import Array
from .given import Target
from .grad_cam import grad_cam
from .guided_backprop import guided_backprop
from .heat_maps import HeatMaps, colored, displayed, picture
from .inference import twin
from .integrated_gradients import integrated_gradients
from .occlusion import occlusion
from .saliency import saliency

ALIKE, APART = 0.5, 0.1
"""Rank correlation with the map of random weights from which a map is said not to change, and by
how much more that must be than with shuffled pixels to be the image's doing."""

METHODS: dict[str, Callable[..., HeatMaps]] = {
    "saliency": saliency,
    "smoothgrad": partial(saliency, samples=32),
    "guided_backprop": guided_backprop,
    "grad_cam": grad_cam,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}
"""What draws heat maps, by name."""


@dataclass(frozen=True, eq=False, repr=False)
class RandomizationCheck:
    """How alike the heat maps of a model stay while its layers are randomized from the top.

    original      the `HeatMaps` of the model as it is, maps (N, H, W)
    layers        the paths of the layers that each stage randomizes, besides those before it;
                  after the last stage all weights are random
    correlations  (S, N), Spearman's rank correlation of each image's map with the original one,
                  after each of S stages; NaN for an original that is the same number everywhere,
                  0 where the later map is
    maps          (S, N, H, W), after each stage
    architecture  (N,), the correlation with the map of random weights for the image with its pixels
                  shuffled: what the layers alone make alike, such as borders that they seldom see

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> check = randomization_check(model, data.digits()[1].images[:4])
    >>> check.layers, check.correlations.shape
    ((('layers.4',), ('layers.2',)), (2, 4))
    """

    original: HeatMaps
    layers: tuple[tuple[str, ...], ...]
    correlations: Array
    maps: Array
    architecture: Array

    @property
    def correlation(self) -> float:
        """The mean over images with all weights randomized; NaN where no image has one."""
        return _mean(self.correlations[-1])

    @property
    def passed(self) -> bool:
        """Whether the maps depend on the weights: that mean is below 0.5."""
        return bool(self.correlation < ALIKE)

    @property
    def verdict(self) -> str:
        """What the check says, in a sentence."""
        if np.isnan(self.correlation):
            return "not known: the maps are the same number everywhere"
        if self.passed:
            return f"ok: with random weights the maps differ (correlation {self.correlation:.2f})"
        shuffled = _mean(self.architecture)
        said = f"failed: with random weights the maps stay much the same ({self.correlation:.2f})"
        if self.by_architecture:
            return (
                f"{said}, and with shuffled pixels too ({shuffled:.2f}), so that is the "
                "architecture: look at what differs, not at where there is anything"
            )
        return (
            f"{said}, more than with shuffled pixels ({shuffled:.2f}), so they show the image more "
            "than what the model has learned"
        )

    @property
    def by_architecture(self) -> bool:
        """Whether a check that has not passed is due to the layers, whatever the image."""
        return not self.passed and self.correlation - _mean(self.architecture) < APART

    def rows(self) -> list[list[str]]:
        """A header, and a row for each stage."""
        found = [["randomized down to", "correlation"]]
        for paths, row in zip(self.layers, self.correlations, strict=True):
            found.append(
                [paths[-1] or "the model", "–" if np.isnan(_mean(row)) else f"{_mean(row):.2f}"]
            )
        return found

    @property
    def title(self) -> str:
        """The method, and how many images, in words."""
        return f"Randomization check: {self.original.title}"

    def __repr__(self) -> str:
        return "\n".join([self.title, *aligned(self.rows(), right={1}), self.verdict])

    def _repr_html_(self) -> str:
        header, *rows = self.rows()
        first = [
            picture(displayed(self.original.images[0])),
            picture(colored(self.original.maps[0])),
        ]
        stages = [
            ["", picture(colored(maps[0])), *row] for maps, row in zip(self.maps, rows, strict=True)
        ]
        return notebook.html(
            self.title, [["image 0", "its map", *header], [*first, "no layer", "1.00"], *stages],
            self.verdict,
        )  # fmt: skip


@checked
def randomization_check(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    method: str | Callable[..., HeatMaps] = "saliency",
    stages: Count = 8,
    seed: NonNegativeInt = 0,
    **options: Any,
) -> RandomizationCheck:
    """ρₛ[n] = rank correlation of map(model)[n] and map(model, layers 1 … s from the top random)[n]

        images (N, H, W, C) · ρ (S, N)

    Layers are randomized one after the other, from the output to the input, and stay random: their
    arrays are drawn anew from their initializers, on a copy. A map that explains the model must
    change; one that stays, as that of guided backpropagation often does, is an edge detector, and
    the check says so (``passed``, ``verdict``). ``method`` is a name of `METHODS` or such a
    function, ``options`` are its own. Of a deep net, correlations are taken after ``stages`` of the
    layers, evenly. The classes asked about are those of the model as it is.

    Some of what stays may be due to the layers, whatever the weights and the image: a convolution
    without padding sees a border less often. The map of random weights for shuffled pixels measures
    that (``architecture``), and the verdict tells the two apart.

    InputError for an unknown method, a model without weights, and as from the method.

    Source: Adebayo et al. 2018, "Sanity checks for saliency maps".

    >>> from chainrule import data, models
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> randomization_check(model, data.digits()[1].images[:4], method="occlusion").passed
    True
    """
    function = _method(method)
    _expect_options(function, options)
    original = function(model, images, target, **options)
    if not isinstance(original, HeatMaps):
        raise InputError(
            f"method: expected one that returns HeatMaps, received {received(original)}"
        )
    copy = twin(model)
    stack = weighted_layers(copy, original.images[:1])
    if not stack:
        raise InputError("model: expected one with weights, received one without")
    stops = np.unique(np.linspace(0, len(stack), min(stages, len(stack)) + 1).round().astype(int))
    groups: list[tuple[str, ...]] = []
    maps: list[Array] = []
    for start, stop in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
        for path, layer in stack[start:stop]:
            randomize(path, layer, seed)
        groups.append(tuple(path for path, _ in stack[start:stop]))
        maps.append(function(copy, images, original.targets.tolist(), **options).maps)
    shuffled = function(
        copy, _shuffled(original.images, seed), original.targets.tolist(), **options
    )
    correlations = [
        [rank_correlation(a, b) for a, b in zip(original.maps, each, strict=True)] for each in maps
    ]
    architecture = [
        rank_correlation(a, b) for a, b in zip(original.maps, shuffled.maps, strict=True)
    ]
    return RandomizationCheck(
        original, tuple(groups), np.array(correlations), np.stack(maps), np.array(architecture)
    )


def _shuffled(images: Array, seed: int) -> Array:
    """The images (N, H, W, C) with their pixels in another order, the same for all."""
    n, h, w, c = images.shape
    order = generator("randomize", seed, "pixels").permutation(h * w)
    return images.reshape(n, h * w, c)[:, order].reshape(images.shape)


def weighted_layers(model: Layer, x: Array) -> list[tuple[str, Layer]]:
    """Layers with arrays of their own to randomize, the nearest to the output first."""
    known = dict(named_layers(model))
    seen: list[str] = []

    def note(path: str, *_: Any) -> None:
        if path not in seen:
            seen.append(path)

    with observe(model, on_forward=note):
        model(x)
    rest = [path for path in known if path not in seen]
    return [
        (path, known[path])
        for path in reversed([*rest, *seen])
        if not isinstance(known[path], Normalize) and _own_parameters(known[path])
    ]


def randomize(path: str, layer: Layer, seed: int) -> None:
    """Draw the layer's own arrays anew. Weights that begin as one number everywhere, which would
    leave no gradient, are drawn as He's."""
    for name, node in _own(layer):
        stream = generator("randomize", seed, path, name)
        dtype = node.value.dtype
        drawn = np.array(node.init(stream, node.shape), dtype, order="C")
        if isinstance(node, Parameter) and drawn.ndim > 1 and np.ptp(drawn) == 0:
            drawn = np.array(he_normal(stream, node.shape), dtype, order="C")
        node.value = drawn


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's ρ of two arrays of one shape: the correlation of their ranks, of equals the mean.

    NaN where ``a`` is the same number everywhere, and 0 where only ``b`` is: nothing of the order
    is left.
    """
    x, y = ranks(a.ravel()), ranks(b.ravel())
    x, y = x - x.mean(), y - y.mean()
    if not x.any():
        return np.nan
    return float(x @ y / np.sqrt((x @ x) * (y @ y))) if y.any() else 0.0


def ranks(values: Array) -> Array:
    """float64 (n,): the place of each in their order from 1, of equals the mean place."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = count.cumsum()
    found: Array = (last - (count - 1) / 2)[place.ravel()]
    return found


def _own(layer: Layer) -> list[tuple[str, Any]]:
    """The arrays of a layer that no layer inside it holds."""
    inner = {id(node) for _, child in named_children(layer) for _, node in named_arrays(child)}
    return [(path, node) for path, node in named_arrays(layer) if id(node) not in inner]


def _own_parameters(layer: Layer) -> bool:
    return any(isinstance(node, Parameter) for _, node in _own(layer))


def _method(method: Any) -> Callable[..., HeatMaps]:
    if callable(method):
        return method  # type: ignore[no-any-return]
    if method not in METHODS:
        raise InputError(f"method: unknown name {method!r}{did_you_mean(method, METHODS)}")
    return METHODS[method]


def _expect_options(function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """InputError for an option that the method does not have."""
    known = inspect.signature(function).parameters
    if any(each.kind is each.VAR_KEYWORD for each in known.values()):
        return
    for name in options:
        if name not in known:
            own = [each for each in known if each not in ("model", "images", "target")]
            raise InputError(f"method: it has no option {name!r}{did_you_mean(name, own)}")


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
