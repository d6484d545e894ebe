"""A model's prediction as a list of steps: what every format that is written here starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..errors import InputError
from ..layers.base import Layer, Signature
from ..layers.shapes import infer_shape
from ..types import Array, Shape

InputDtype = Literal["uint8", "float32"]
INPUT = "input"
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Step:
    """output = op(inputs), on batches of samples in chainrule's layout, channels last.

    op       the name of an operation, such as "conv2d"
    inputs   names of values: "input", or outputs of steps before
    output   the name of its value
    shapes   of a sample of each input
    shape    of a sample of the output, (H, W, C) or (features,)
    arrays   weights by what they are called in the layer
    options  numbers and words
    layer    the path of the layer that it comes from, and its kind
    """

    op: str
    inputs: tuple[str, ...]
    output: str
    shapes: tuple[Shape, ...]
    shape: Shape
    arrays: Mapping[str, Array]
    options: Mapping[str, Any]
    path: str = ""
    kind: str = ""

    @property
    def place(self) -> str:
        """How an error names it: "layers.3 (Conv2d)"."""
        return f"{self.path or 'the model'} ({self.kind})"


@dataclass(frozen=True)
class Plan:
    """The steps of a model for images of one shape, each after those whose values it reads.

    input_dtype  "uint8" or "float32", of what it takes
    input_shape  (H, W, C) or (features,)
    output       the name of the value that the model returns
    signature    of the model, if it has one
    """

    steps: tuple[Step, ...]
    input_shape: Shape
    input_dtype: str
    output: str
    output_shape: Shape
    signature: Signature | None = None

    def readers(self) -> dict[str, list[Step]]:
        """The steps that read each value."""
        found: dict[str, list[Step]] = {INPUT: [], self.output: []}
        for step in self.steps:
            found.setdefault(step.output, [])
            for name in step.inputs:
                found.setdefault(name, []).append(step)
        return found

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Every weight once, by the path of its layer and its name there."""
        seen = set()
        for step in self.steps:
            for name, array in step.arrays.items():
                full = array_name(step, name)
                if full not in seen:
                    seen.add(full)
                    yield full, array

    @property
    def parameters(self) -> int:
        """How many numbers all weights have."""
        return sum(array.size for _, array in self.arrays())


def array_name(step: Step, name: str) -> str:
    """What a weight of a step is called in a file."""
    return f"{step.path}.{name}" if step.path else name


@dataclass
class Planner:
    """Writes the steps down while it walks through the layers of a model."""

    paths: dict[int, str]
    lowerings: Mapping[type[Layer], Callable[..., str]]
    steps: list[Step] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)

    def layer(self, layer: Layer, *inputs: str) -> str:
        """The value that ``layer`` makes of ``inputs``."""
        lower = self.lowerings.get(type(layer))
        path = self.paths.get(id(layer), "")
        if lower is None:
            raise InputError(
                f"{path or 'model'}: a layer {type(layer).__name__} cannot be exported; those of "
                "chainrule.layers can"
            )
        return lower(self, layer, *inputs)

    def step(
        self,
        layer: Layer,
        op: str,
        *inputs: str,
        shape: Shape | None = None,
        path: str | None = None,
        arrays: Mapping[str, Array] | None = None,
        **options: Any,
    ) -> str:
        """One step of ``layer``; the shape of its value is the layer's unless given."""
        shapes = tuple(self.shapes[name] for name in inputs)
        where = self.paths.get(id(layer), "") if path is None else path
        kind = type(layer).__name__
        made = infer_shape(layer, *shapes) if shape is None else shape
        if made is None or len(made) not in (1, 3):
            raise InputError(
                f"{where or 'model'}: expected images (H, W, C) or features, received {shapes[0]} "
                f"at {kind}"
            )
        if op not in ("normalize", "flatten", "concat") and "uint8" in map(self.dtypes.get, inputs):
            raise InputError(
                f"{where or 'model'}: {kind} takes floats, not uint8 images; start the model with "
                "Normalize()"
            )
        if len(self.steps) >= MOST_STEPS:
            raise InputError(f"model: expected at most {MOST_STEPS:,} steps")
        output = self._name(where or kind.lower())
        floats = {name: float32(array) for name, array in (arrays or {}).items()}
        self.steps.append(Step(op, inputs, output, shapes, made, floats, options, where, kind))
        self.shapes[output] = made
        uint8 = op in ("flatten", "concat") and self.dtypes[inputs[0]] == "uint8"
        self.dtypes[output] = "uint8" if uint8 else "float32"
        return output

    def _name(self, wanted: str) -> str:
        """A layer that is used twice makes two values."""
        self.uses[wanted] = self.uses.get(wanted, 0) + 1
        return wanted if self.uses[wanted] == 1 else f"{wanted}:{self.uses[wanted]}"


def float32(array: Array) -> Array:
    return np.array(array, np.float32, order="C")


def renamed(step: Step, inputs: Mapping[str, str]) -> Step:
    """``step`` that reads other values."""
    return replace(step, inputs=tuple(inputs.get(name, name) for name in step.inputs))
