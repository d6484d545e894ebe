"""Grad-CAM: which parts of a layer's feature maps speak for a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..layers import AdaptiveAvgPool2d, AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d
from ..layers.base import Layer, named_layers
from ..layers.observe import Verb, intercept
from ..ranges import Count
from ..types import Array, Shape
from .given import Target, given
from .heat_maps import HeatMaps, found
from .inference import Inference, Score, batches
from .resampling import resized

CONVOLUTIONS = (Conv2d, ConvTranspose2d)
POOLING = (MaxPool2d, AvgPool2d, AdaptiveAvgPool2d)


@checked
def grad_cam(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    layer: str | None = None,
    score: Score = "logit",
    batch_size: Count | None = None,
) -> HeatMaps:
    """map = max(Σₖ αₖ A[…, k], 0),  αₖ = mean over i, j of ∂s / ∂A[i, j, k]

        A (N, h, w, K) the output of ``layer`` · α (N, K) · maps (N, H, W) · values (N, h, w)

    s is the score of ``target`` as in `saliency`. The map of h x w pixels is resized to the image,
    linearly. ``layer`` is a path as in ``model.state()`` and `layers.named_parameters`, such as
    "layers.4"; by default it is the last layer with feature maps of more than one pixel, after the
    norm and activation of the last convolution and before the pooling.

    InputError for a path that there is not, a layer without feature maps, a model without
    convolution, and as from `saliency`.

    Source: Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via
    gradient-based localization".

    >>> from chainrule import data, models
    >>> model = models.convnet((8, 8, 1), 10, filters=(4,)).init(0)
    >>> found = grad_cam(model, data.digits()[1].images[:3])
    >>> found.maps.shape, found.values.shape
    ((3, 8, 8), (3, 8, 8))
    """
    asked = given(model, images, target)
    inference = asked.inference
    path = feature_layer(inference, asked.x[:1], layer)
    parts: list[Array] = []
    for x, targets in zip(
        batches(asked.x, batch_size), batches(asked.targets, batch_size, asked.x), strict=True
    ):
        kept: dict[str, Array] = {}

        def around(
            _: str, __: Layer, verb: str, run: Verb, arguments: Any, kept: Any = kept
        ) -> Any:
            result = run(*arguments)
            kept[verb] = result[0] if verb == "forward" else arguments[0]
            return result

        node = dict(named_layers(inference.model))[path]
        with intercept([(path, node)], around, ("forward", "backward")):
            inference.gradient(x, targets, score, len(x))
        alpha = kept["backward"].mean(axis=(1, 2))
        parts.append(np.maximum(np.einsum("nhwk,nk->nhw", kept["forward"], alpha), 0))
    values = np.concatenate(parts)
    size = (asked.x.shape[1], asked.x.shape[2])
    return HeatMaps(**found(asked, resized(values, size), values, "grad_cam"))


def feature_layer(inference: Inference, x: Array, path: str | None) -> str:
    """The path of the layer that is meant, or of the one to look at if none is named."""
    outputs = _outputs(inference, x)
    maps = [name for name, _, y in outputs if len(y) == 4]
    if path is not None:
        known = {name for name, _ in named_layers(inference.model) if name}
        if path not in known:
            raise InputError(f"layer: unknown path {path!r}{did_you_mean(path, maps or known)}")
        if path not in maps:
            shapes = [y for name, _, y in outputs if name == path]
            said = (
                f"an output of shape (N, {', '.join(map(str, shapes[0][1:]))})"
                if shapes
                else ("a layer that is not run")
            )
            raise InputError(
                f"layer: expected one whose output is feature maps (N, h, w, K), received {path!r} "
                f"with {said}{_near(maps)}"
            )
        return path
    convolutions = [i for i, (_, node, y) in enumerate(outputs) if _is_map(node, y)]
    if not convolutions:
        raise InputError(
            "model: expected one with a convolution whose feature maps have more than one pixel, "
            "received one without; use saliency or integrated_gradients"
        )
    found = outputs[convolutions[-1]]
    for each in outputs[convolutions[-1] + 1 :]:
        _, node, y = each
        if len(y) != 4 or not _is_leaf(node):
            continue  # a gate beside the feature maps, or what holds layers that were seen
        if y != found[2] or isinstance(node, POOLING):
            break
        found = each
    return found[0]


def _is_map(node: Layer, y: Shape) -> bool:
    return isinstance(node, CONVOLUTIONS) and len(y) == 4 and y[1] * y[2] > 1


def _is_leaf(node: Layer) -> bool:
    return len(named_layers(node)) == 1


def _near(maps: Sequence[str]) -> str:
    return f"; choose from {', '.join(maps)}" if maps else ""


def _outputs(inference: Inference, x: Array) -> list[tuple[str, Layer, Shape]]:
    """(path, layer, shape of its output) of every layer, in the order in which they end."""
    outputs: list[tuple[str, Layer, Shape]] = []

    def around(path: str, layer: Layer, verb: str, run: Verb, arguments: Any) -> Any:
        result = run(*arguments)
        outputs.append((path, layer, np.shape(result[0])))
        return result

    layers = [(path, layer) for path, layer in named_layers(inference.model) if path]
    with intercept(layers, around, ("forward",)), np.errstate(all="ignore"):
        inference.model.forward(x)
    return outputs
