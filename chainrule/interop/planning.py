"""The plan of a model: see `Plan`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..device import expect_on_cpu
from ..errors import InputError
from ..layers.base import Layer, Signature, named_layers
from ..types import Shape
from .lowering import LOWERINGS
from .plan import INPUT, InputDtype, Plan, Planner, Step, array_name


def plan(
    model: Layer,
    image_shape: Sequence[int] | None = None,
    input_dtype: InputDtype | None = None,
    softmax: bool = False,
) -> Plan:
    """The steps of ``model`` for images of ``image_shape``, that of its signature unless given.

    ``input_dtype`` None is uint8 where the model takes that, as one that begins with Normalize,
    and was not trained on floats in 0..1. InputError for a layer that no format knows.
    """
    expect_on_cpu(model)
    shape = _shape(model, image_shape)
    if not model.initialized:
        raise InputError("model: it has no weights yet: call model.init(seed) first, or train it")
    if input_dtype is None:
        scale = Signature.scale if model.signature is None else model.signature.scale
        try:
            return plan(model, shape, "uint8" if scale == 255 else "float32", softmax)
        except InputError:
            if scale != 255:
                raise
            return plan(model, shape, "float32", softmax)
    planner = Planner({id(layer): path for path, layer in named_layers(model)}, LOWERINGS)
    planner.shapes[INPUT], planner.dtypes[INPUT] = shape, input_dtype
    output = planner.layer(model, INPUT)
    if planner.dtypes[output] == "uint8":
        raise InputError("model: it computes nothing from its uint8 images")
    if softmax:
        features = planner.shapes[output]
        if len(features) != 1:
            raise InputError(f"softmax: expected a model with logits (N, K), received {features}")
        output = planner.step(model, "softmax", output, shape=features, path="probabilities")
    _expect_finite(planner.steps)
    made = planner.shapes[output]
    return Plan(tuple(planner.steps), shape, input_dtype, output, made, model.signature)


def _shape(model: Layer, given: Sequence[int] | None) -> Shape:
    if given is None:
        if model.signature is None:
            raise InputError(
                "image_shape: expected the shape (H, W, C) of an image, since the model does not "
                "say it, received None"
            )
        return tuple(model.signature.image_shape)
    sizes = tuple(given)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in sizes)
    if len(sizes) not in (1, 3) or not whole or min(sizes) < 1:
        raise InputError(
            f"image_shape: expected (H, W, C) or (features,), whole numbers above 0, received "
            f"{given!r}"
        )
    return tuple(map(int, sizes))


def _expect_finite(steps: Sequence[Step]) -> None:
    for step in steps:
        for name, array in step.arrays.items():
            if not np.isfinite(array).all():
                bad = int(array.size - np.isfinite(array).sum())
                raise InputError(
                    f"{array_name(step, name)}: expected finite numbers, received {bad:,} of "
                    f"{array.size:,} that are NaN or infinite in float32"
                )
