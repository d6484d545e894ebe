"""The names of SqueezeNets."""

from __future__ import annotations

from collections.abc import Sequence

from ..layers import (
    Concat,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    MaxPool2d,
    Parallel,
    ReLU,
    Sequential,
)
from ..layers.base import Layer
from .naming import Named


def squeezenet(layers: Sequence[Layer]) -> Named | None:
    """torchvision: features.0, features.3.squeeze, features.3.expand1x1 …, classifier.1"""
    named: Named = []
    for place, layer in enumerate(layers):
        match layer:
            case Sequential(
                layers=[
                    Conv2d() as squeeze,
                    ReLU(),
                    Parallel(
                        branches=[
                            Sequential(layers=[Conv2d() as one, ReLU()]),
                            Sequential(layers=[Conv2d() as three, ReLU()]),
                        ],
                        merge=Concat(),
                    ),
                ]
            ):
                parts = {"squeeze": squeeze, "expand1x1": one, "expand3x3": three}
                named += [(f"features.{place}.{name}", part) for name, part in parts.items()]
            case Conv2d():
                named.append((f"features.{place}" if not place else "classifier.1", layer))
            case ReLU() | MaxPool2d() | Dropout() | GlobalAvgPool2d():
                pass
            case _:
                return None
    names = [name for name, _ in named]
    fires = any(name.endswith(".squeeze") for name in names)
    return named if fires and names.count("classifier.1") == 1 else None


def squeezenet_keras(layers: Sequence[Layer]) -> Named | None:
    """conv1, fire2/squeeze1x1, fire2/expand1x1, fire2/expand3x3 …, conv10"""
    named = squeezenet(layers)
    if named is None:
        return None
    ends = {"squeeze": "squeeze1x1", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}
    fires = named[1:-1]
    return [
        ("conv1", named[0][1]),
        *(
            (f"fire{i // 3 + 2}/{ends[name.rpartition('.')[2]]}", layer)
            for i, (name, layer) in enumerate(fires)
        ),
        ("conv10", named[-1][1]),
    ]
