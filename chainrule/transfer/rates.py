"""Smaller learning rates for the layers near the images."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..declared import checked
from ..layers.base import Layer
from ..layers.depth import blocks

Decay = Annotated[float, Meta(gt=0, le=1)]


@checked
def rates(model: Layer, layer_decay: Decay = 0.8) -> dict[str, dict[str, float]]:
    """Groups for an optimizer: block b of B has the rate times layer_decay^(B - b + 1), b = 1 … B
    from the images on, and the head the rate itself

    The first layers know edges and colors, which every task needs, and are to move least. 1 is
    one rate for all. The layer-wise decay is that of timm's ``layer_decay``.

    InputError unless 0 < ``layer_decay`` ≤ 1, and for a model without a head.

    Source: Howard and Ruder 2018, "Universal language model fine-tuning for text classification";
    Clark et al. 2020, "ELECTRA", section 3 of its appendix.

    >>> import chainrule as cr
    >>> model = cr.models.mlp((8, 8, 1), (32, 16), 10)
    >>> rates(model, 0.5)
    {'layers.2.*': {'lr_scale': 0.25}, 'layers.4.*': {'lr_scale': 0.5}}
    >>> optimizer = cr.optim.Adam(1e-3, groups=rates(model, 0.5))
    """
    body = blocks(model)
    return {
        f"{path}.*": {"lr_scale": layer_decay ** (len(body) - b)}
        for b, block in enumerate(body)
        for path in block.paths
        if layer_decay < 1
    }
