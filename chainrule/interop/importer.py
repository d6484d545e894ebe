"""What each name of an ONNX file stands for, and the layers that are made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import (
    Add,
    BatchNorm,
    Multiply,
    Normalize,
)
from ..layers.base import Layer
from ..layers.shapes import infer_shape
from ..types import Array, Shape
from .elementwise import activation, line
from .onnx_constants import fold
from .onnx_file import Node, OnnxFile
from .onnx_values import Grouped, Lazy, Padded, Softmaxed, Value, shared
from .onnx_weights import FOLDS, set_arrays

INPUT = "input"
LARGEST = 2**26
"""Values of one sample between two layers: 256 MiB."""


@dataclass
class Importer:
    """The nodes of our graph so far, and what each name of the file stands for."""

    file: OnnxFile
    operators: Mapping[str, Callable[[Importer, Node], Any]]
    layers: dict[str, tuple[Layer, tuple[str, ...]]] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    done: dict[int, Value] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    uint8: bool = False
    batch: int | None = None
    input: Value = field(init=False)

    def __post_init__(self) -> None:
        self.env.update(self.file.constants)
        self.uses.update(name for node in self.file.nodes for name in node.inputs)
        self.uses[self.file.output] += 1

    # What goes in, and what comes out

    def start(self, image_shape: Sequence[int] | None) -> None:
        """Take up the input."""
        given = self.file.input
        sizes = given.sizes
        if given.dtype not in ("float32", "uint8"):
            raise InputError(
                f"input {given.name[:100]!r}: expected float32 or uint8, received {given.dtype}"
            )
        if len(sizes) not in (2, 4):
            raise InputError(
                f"input {given.name[:100]!r}: expected (N, C, H, W) or (N, features), received "
                f"{len(sizes)} axes"
            )
        self.uint8, self.batch = given.dtype == "uint8", sizes[0]
        last = len(sizes) == 4 and self._channels_last(given.name)
        axes = "C" if len(sizes) == 2 else "HWC" if last else "CHW"
        known: dict[str, int | None] = dict(zip(axes, sizes[1:], strict=True))
        if image_shape is not None:
            wanted = dict(zip("HWC" if len(axes) == 3 else "C", image_shape, strict=False))
            if len(image_shape) != len(axes) or any(
                known[a] not in (None, wanted[a]) for a in known
            ):
                raise InputError(
                    f"image_shape: the file takes {_sizes(known)}, received {tuple(image_shape)}"
                )
            known = {**wanted}
        if None in known.values():
            raise InputError(
                f"the file leaves the size of an image open, {_sizes(known)}: say image_shape"
            )
        shape = tuple(known[a] for a in axes)
        value = Value(INPUT, shape, axes, len(axes) == 1, alone=False)  # type: ignore[arg-type]
        self._expect_size(value.ours)
        self.env[given.name] = self.input = value

    def _channels_last(self, name: str) -> bool:
        """Whether the first thing done to the input is to put its channels first."""
        while True:
            readers = [n for n in self.file.nodes if name in n.inputs]
            if len(readers) != 1:
                return False
            if readers[0].kind == "Transpose":
                return readers[0].attributes.get("perm") == [0, 3, 1, 2]
            if readers[0].kind not in ("Cast", "Mul", "Div", "Sub", "Add", "Identity"):
                return False
            name = readers[0].outputs[0]

    @property
    def shape(self) -> Shape:
        """Of an image, in our layout."""
        return self.input.ours

    @property
    def logits(self) -> str:
        """What the file calls the output, or what its softmax reads."""
        found = self.env.get(self.file.output)
        logits: str = found.node.inputs[0] if isinstance(found, Softmaxed) else self.file.output
        return logits

    def output(self) -> str:
        """The node of our graph that makes the output."""
        value = self.env.get(self.file.output)
        value = self.value(value.base if isinstance(value, Softmaxed) else value, None)
        if value.order is not None or (not value.flat and value.axes != "CHW"):
            raise InputError(
                "its output has flattened pixels or moved axes; expected logits (N, K)"
            )
        return value.node

    # One node

    def node(self, node: Node) -> None:
        found = [self.env.get(name) for name in node.inputs if name]
        if all(isinstance(x, np.ndarray) for x in found):
            constant = fold(node, found)  # type: ignore[arg-type]
            if constant is not None:
                self.env[node.outputs[0]] = constant
                return
        made = self.operators.get(node.kind)
        if made is None:
            raise InputError(f"{node.place}: no layer of chainrule expresses this operator")
        for name in node.outputs[1:]:
            if name and self.uses[name]:
                raise InputError(f"{node.place}: its output {name[:100]!r} cannot be expressed")
        try:
            value = made(self, node)
        except InputError as error:
            said = str(error)
            raise InputError(
                said if said.startswith("node ") else f"{node.place}: {said}"
            ) from None
        alone = self.uses[node.outputs[0]] == 1
        self.env[node.outputs[0]] = value if alone else shared(value)

    def read(self, node: Node, place: int) -> Any:
        """What an input of ``node`` stands for; None where it is left out."""
        if place >= len(node.inputs) or not node.inputs[place]:
            return None
        return self.env.get(node.inputs[place])

    def constant(self, node: Node, place: int, name: str) -> Array:
        """An input that must be known in advance."""
        found = self.read(node, place)
        if not isinstance(found, np.ndarray):
            raise InputError(f"{name}: expected a constant, received a value of the graph")
        return found

    def weight(self, node: Node, place: int, name: str) -> Array:
        """The same, as float32."""
        found = self.constant(node, place, name)
        if found.dtype.kind != "f" or not found.size:
            raise InputError(f"{name}: expected floats, received {found.dtype} {found.shape}")
        return found.astype(np.float32)

    def take(self, node: Node, place: int = 0) -> Value:
        """An input as the value of a node of ours."""
        return self.value(self.read(node, place), node)

    def value(self, found: Any, node: Node | None) -> Value:
        """``found`` as the value of a node of ours, which may add layers."""
        if isinstance(found, Value):
            if found.node == INPUT and self.uint8:
                return self.scaled(found, np.ones(1), np.zeros(1))
            return found
        if isinstance(found, Lazy):
            if id(found) not in self.done:
                self.kept.append(found)  # so that its id stays its own
                value = self._settled(found)
                self.done[id(found)] = value if found.alone else shared(value)
            return self.done[id(found)]
        if isinstance(found, np.ndarray):
            raise InputError("expected a value of the graph, received a constant")
        raise InputError(
            {
                Grouped: "groups of channels are read by norms alone",
                Padded: "a border is taken up by convolutions and poolings alone",
                Softmaxed: "a softmax is expressed at the end alone",
            }.get(type(found), "it reads what cannot be expressed")
        )

    def _settled(self, lazy: Lazy) -> Value:
        """The layers of an elementwise function."""
        for base, values in lazy.views:
            straight = line(values)
            if straight is not None:
                x = base if isinstance(base, Value) else self.value(base, lazy.node)
                return self.scaled(x, *(np.array([number]) for number in straight))
            layer = activation(values)
            if layer is not None:
                x = self.value(base, lazy.node)
                return self.emit(layer, x, like=x)
        inputs = [self.value(part, lazy.node) for part in lazy.parts]
        if len(inputs) == 2 and lazy.node.kind in ("Add", "Sum", "Mul"):
            return self.merged(Multiply() if lazy.node.kind == "Mul" else Add(), inputs)
        if lazy.bare is None:
            raise InputError(
                f"{lazy.node.place}: no layer of chainrule expresses this function of one value"
            )
        return lazy.bare(self, inputs[0])

    # Nodes of ours

    def emit(self, layer: Layer, *values: Value, like: Value | None = None) -> Value:
        """One more node. Its value is that of ``like``, or an image, or features."""
        name = self._name(type(layer).__name__)
        self.layers[name] = (layer, tuple(value.node for value in values))
        shape = infer_shape(layer, *[value.ours for value in values])
        if shape is None:
            raise InputError(f"{type(layer).__name__}: the shape of its output is unknown")
        self._expect_size(shape)
        if like is not None:
            return replace(like, node=name, alone=True)
        if len(shape) == 1:
            return Value(name, shape, "C", True)
        h, w, c = shape
        return Value(name, (c, h, w), "CHW", False)

    def _name(self, kind: str) -> str:
        return f"{kind.lower()}{len(self.layers) + 1}"

    def _expect_size(self, shape: Shape) -> None:
        count = 1
        for n in shape:
            count *= n
        if count > LARGEST:
            raise InputError(f"expected at most {LARGEST:,} values of one sample, received {shape}")

    def merged(self, layer: Layer, values: Sequence[Value]) -> Value:
        """A sum or a product of values of one shape."""
        first = values[0]
        for value in values[1:]:
            same = value.flat == first.flat and value.shape == first.shape
            if not same or value.axes != first.axes or not _same(value.order, first.order):
                raise InputError(
                    f"it combines values of shapes (N, {_list(first.shape)}) and "
                    f"(N, {_list(value.shape)}), and layers broadcast nothing"
                )
        return self.emit(layer, *values, like=first)

    def scaled(self, value: Value, scale: Array, shift: Array) -> Value:
        """y = scale x + shift, of one number or one a channel: taken up by the weights before
        where nothing else reads them, else Normalize at the input and batch norm elsewhere."""
        width = value.features if value.flat else value.channels
        numbers = [np.broadcast_to(np.ravel(n).astype(np.float64), width) for n in (scale, shift)]
        a, b = (value.vector(np.array(n)) for n in numbers)
        at_input = value.node == INPUT
        if at_input and (self.uint8 or (a > 0).all()):
            return self._normalized(value, a, b)
        if (a == 1).all() and (b == 0).all():
            return value
        before = None if at_input else self.layers[value.node][0]
        take_up = FOLDS.get(type(before)) if value.alone and before is not None else None
        if take_up is not None and take_up(before, a, b):
            return value
        layer = BatchNorm(width, frozen=True)
        set_arrays(layer, gamma=a, beta=b, running_mean=0 * a, running_var=0 * a + 1 - layer.eps)
        return self.emit(layer, value, like=value)

    def _normalized(self, value: Value, a: Array, b: Array) -> Value:
        unit = 255.0 if self.uint8 else 1.0
        if not (a > 0).all():
            raise InputError("its uint8 input is scaled by numbers that are not above 0")
        one = (a == a[0]).all() and (b == b[0]).all() and (value.flat or len(a) == 1)
        layer = Normalize(1 if one else len(a))
        some = slice(1 if one else None)
        std = 1 / (a[some] * unit)
        mean = -b[some] * std * unit / unit
        set_arrays(layer, mean=mean, std=std)
        layer.fitted.value = np.array(True)
        return self.emit(layer, value, like=value)


def _same(a: Array | None, b: Array | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def _list(shape: Shape) -> str:
    return ", ".join(map(str, shape))


def _sizes(known: dict[str, int | None]) -> str:
    return f"({', '.join(str(known[a] or '?') for a in sorted(known, key='HWC'.index))})"
