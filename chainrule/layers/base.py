"""What a layer is, and how the arrays inside it are found, drawn, saved and loaded."""

from __future__ import annotations

import inspect
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any, ClassVar, Self

import numpy as np

from ..arrays import native
from ..declared import Checked, checked
from ..device import CPU, Device, beside, device_of, gpu_in_use, is_out_of_memory, on_host
from ..device import device as device_named
from ..errors import InputError, ShapeError, did_you_mean
from ..hints import Hinted
from ..printable import received
from ..random import generator
from ..types import Array, Shape
from .example import Example
from .operations import Operations
from .overview import overview
from .variables import Parameter, Variable


@dataclass(frozen=True)
class Signature:
    """What a classifier takes and what its outputs mean; kept in its model file.

    ``image_shape`` is (H, W, C) of the uint8 images it was trained on, ``classes`` the names
    of its outputs in order. ``resize`` is how images of another size are made to fit: see
    ``chainrule.data.formats.images.read_image``. ``scale`` is the highest value of the pixels that
    it was trained on, 255, or 1 for floats in 0..1.

    >>> signature = Signature((8, 8, 1), ("cat", "dog"))
    >>> signature.classes[1], signature.resize
    ('dog', 'stretch')
    """

    image_shape: tuple[int, ...]
    classes: tuple[str, ...]
    resize: str = "stretch"
    scale: int = 255


class Layer(Checked, Hinted, ABC):
    """A differentiable function that owns its parameters and remembers nothing else.

        y        = layer(x)                   predict: running statistics, no dropout, no cache
        y, cache = layer.forward(x)           learn: ``cache`` is all that backward will need
        dx       = layer.backward(dy, cache)  adds to each parameter's grad, returns dL/dx

    There is no train or eval mode: the verb is the mode. A cache belongs to the caller and is
    spent by one backward. No method writes into its arguments.

    Parameters, buffers and inner layers are found by walking the attributes; the dotted path
    is their name. The constructor's arguments are recorded: they make the ``repr`` and let a
    model file rebuild the layer.

    What a layer may state about itself, so that costs and shapes are known in advance:
    ``operations`` (or ``operations_per_element``) and ``output_shape``.

    InputError where a layer is used before `init`, for an argument out of its range, and (as
    ShapeError) for an x that does not fit.

    >>> import numpy as np
    >>> from chainrule.layers import Linear
    >>> layer = Linear(3, 2).init(0)
    >>> y, cache = layer.forward(np.ones((4, 3), np.float32))
    >>> layer.backward(np.ones_like(y), cache).shape
    (4, 3)
    """

    described = "a layer"
    signature: Signature | None = None
    _arguments: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        layer = super().__new__(cls, *args, **kwargs)
        signature = inspect.signature(cls)
        given = signature.bind_partial(*args, **kwargs).arguments
        options = [p for p in signature.parameters.values() if p.default is not p.empty]
        layer._arguments = {p.name: p.default for p in options} | given
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """What a layer of any class is given is an array of numbers, or refused in one line."""
        super().__init_subclass__(**kwargs)
        for verb in ("__call__", "forward", "backward"):
            if verb in vars(cls):
                setattr(cls, verb, _takes_arrays(vars(cls)[verb], verb))

    def __call__(self, x: Array) -> Array:
        return self.forward(x)[0]

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Any]:
        """(y, cache) when learning: y (N, …), and what backward needs. ShapeError for an ``x`` of
        another shape or dtype than the layer takes."""

    def forward_parameters(self, x: Array) -> tuple[Array, Any]:
        """Like ``forward`` where nobody needs dL/dx; ``backward_parameters`` takes the cache. The
        layers before the first that learns need keep nothing, and those that are frozen predict.
        """
        return self.forward(x)

    @abstractmethod
    def backward(self, dy: Array, cache: Any) -> Array:
        """dL/dx, in the shape of x, from ``dy`` = dL/dy, in the shape (N, …) of y. dL/dw of each
        parameter w is added to its ``grad``. The ``cache`` is spent by it."""

    def backward_parameters(self, dy: Array, cache: Any) -> None:
        """Like ``backward`` where nobody needs dL/dx: a first layer need not compute it."""
        self.backward(dy, cache)

    @property
    def uses_batch_statistics(self) -> bool:
        """Whether learning takes statistics across the batch, which one image does not have."""
        return False

    def init(self, seed: int = 0) -> Self:
        """Draw every parameter and buffer from its own stream, keyed by (seed, path)."""
        for path, node in named_arrays(self):
            node.draw(generator("init", seed, path))
        return self

    @property
    def initialized(self) -> bool:
        """Whether every parameter and buffer has a value."""
        return all(node.drawn for _, node in named_arrays(self))

    def state(self) -> dict[str, Array]:
        """Every parameter and buffer by its path, arrays of any shape: the layer's own, not copies.
        InputError before `init`."""
        return {path: node.value for path, node in named_arrays(self)}

    @checked
    def load_state(self, state: Mapping[str, Array]) -> None:
        """Copy arrays in by path. InputError if a name, a shape or the kind of numbers differs,
        and nothing changes."""
        nodes = dict(named_arrays(self))
        for path in state:
            if path not in nodes:
                raise InputError(f"the model has no array {path!r}{did_you_mean(path, nodes)}")
        for path, node in nodes.items():
            if path not in state:
                raise InputError(f"the state lacks the array {path!r} of shape {node.shape}")
            if state[path].shape != node.shape:
                raise InputError(
                    f"{path}: the model has shape {node.shape}, the state {state[path].shape}"
                )
            kind, given = np.dtype(node.dtype).kind, state[path].dtype
            if given.kind != kind:
                raise InputError(f"{path}: expected {np.dtype(node.dtype)}, received {given}")
        for path, node in nodes.items():
            dtype = node.value.dtype if node.drawn else node.dtype
            with np.errstate(over="ignore"):  # a float64 may be too large for float32: it is inf
                copy = np.array(on_host(state[path]), dtype, order="C")
            node.value = beside(node.value, copy) if node.drawn else copy

    def astype(self, dtype: type[np.floating[Any]]) -> Self:
        """Turn every floating-point array into ``dtype`` (float64 for a gradient check)."""
        try:
            fits = np.issubdtype(np.dtype(dtype), np.floating)
        except TypeError:
            fits = False
        if not fits:
            raise InputError(
                f"dtype: expected one of floating point, as np.float64, received {received(dtype)}"
            )
        for _, node in named_arrays(self):
            if np.issubdtype(node.value.dtype, np.floating):
                node.value = node.value.astype(dtype)
        return self

    def to(self, device: str | Device) -> Self:
        """Bring every array to "cpu", "gpu" or "gpu:1"; x is to lie there too. A model file and a
        checkpoint say nothing of it. Counters and flags stay where Python reads them.

        InputError before `init`, and for a device that is not there.
        """
        place, before = device_named(device), self.device
        try:
            for _, node in named_arrays(self):
                node.move(place)
        except Exception as error:
            for _, node in named_arrays(self):
                node.move(before)
            if is_out_of_memory(error):
                raise InputError(f"device: {place} has too little memory for the model") from None
            raise
        place.use()
        return self

    @property
    def device(self) -> Device:
        """Where the arrays are; the CPU for a layer that has none."""
        if not gpu_in_use():  # a walk over the layers would take a tenth of a prediction's time
            return CPU
        arrays = (node for _, node in nodes(self) if isinstance(node, Variable))
        first = next((node for node in arrays if node.drawn and not node.counts), None)
        return CPU if first is None else device_of(first.value)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file, atomically, as `chainrule.save`; `chainrule.load` reads it."""
        import_module("chainrule.saving").save(self, path)  # which stands above this module

    def clear_grads(self) -> None:
        """Forget all gradients: ``grad`` is None until the next backward."""
        for _, parameter in named_parameters(self):
            parameter.grad = None

    operations_per_element: ClassVar[Operations | None] = None
    """The operations for each element of the input, where they are the same for all."""

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations | None:
        """Operations on a batch whose inputs and output have these shapes, the batch's axis
        included, without those of layers inside; None where they are unknown."""
        each = self.operations_per_element
        return None if each is None else each.times(math.prod(inputs[0]))

    example: ClassVar[Example] = Example()
    """What small input shows best what the layer does, for `chainrule.explain`: a
    `chainrule.layers.example.Example`, where the first shape that fits would show little."""

    def output_shape(self, x: Shape) -> Shape | None:
        """The shape of an output sample from that of an input sample, as (H, W, C) or (features,);
        None where it is unknown. ShapeError where ``forward`` would refuse it.

        Whoever overrides ``forward`` states it anew; `infer_shape` asks for it and adds what is
        the same for all layers.
        """
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_shown_arguments(self))})"

    def _repr_html_(self) -> str:
        return overview(nodes(self), self.signature)


def _takes_arrays(method: Callable[..., Any], verb: str) -> Callable[..., Any]:
    """A method that sees its array, or arrays, before it runs; a cache is nobody else's."""

    @wraps(method)
    def run(layer: Layer, *given: Any, **named: Any) -> Any:
        try:
            if verb == "backward":
                return method(layer, *map(as_batch, ("dy",), given), *given[1:], **named)
            return method(layer, *[as_batch("x", x) for x in given], **named)
        except Exception as error:  # asked only then: it would take time at every call
            expect_together(layer, "dy" if verb == "backward" else "x", given, error)
            raise

    return run


def expect_together(layer: Layer, name: str, given: tuple[Any, ...], error: Exception) -> None:
    """InputError where an ``error`` comes of an array on another device than the layer's."""
    if isinstance(error, InputError) or not given or not layer.initialized:
        return
    place, there = layer.device, device_of(given[0])
    if place != there and any(not node.counts for _, node in named_arrays(layer)):
        raise InputError(
            f"{name}: expected an array on {place}, where the weights are, received one on "
            f"{there}; use model.device.put({name}), or model.to({str(there)!r})"
        ) from error


def as_batch(name: str, x: Any) -> Any:
    """``x`` as an array of numbers with a first axis; ShapeError, about ``name``, for others."""
    if type(x) is np.ndarray and x.ndim and x.dtype.kind in "fiub":
        return x
    array = native(name, x)
    if not array.ndim or array.dtype.kind not in "fiub":
        raise ShapeError(f"{name}: expected a batch of numbers (N, …), received {received(x)}")
    return array


def arguments(layer: Layer) -> dict[str, Any]:
    """The constructor's arguments by name; an attribute of the same name is the newer value."""
    return {
        name: getattr(layer, name) if _is_attribute(layer, name) else given
        for name, given in layer._arguments.items()
    }


def _is_attribute(layer: Layer, name: str) -> bool:
    """Whether ``name`` is a value of this layer: ``Linear.init``, an argument, is a method, and
    ``Conv2d.bias`` the parameter that the argument asked for."""
    if name in vars(layer):
        return not isinstance(vars(layer)[name], Variable)
    return isinstance(getattr(type(layer), name, None), property)


def _shown_arguments(layer: Layer) -> Iterator[str]:
    """Arguments for ``repr``: the required ones bare, the others by name where they differ."""
    given = arguments(layer)
    for name, parameter in inspect.signature(type(layer)).parameters.items():
        if name not in given or given[name] == parameter.default:
            continue
        value = given[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            yield from map(repr, value)
        else:
            text = getattr(value, "__name__", None) or repr(value)
            yield text if parameter.default is parameter.empty else f"{name}={text}"


def nodes(layer: Layer) -> Iterator[tuple[str, Layer | Variable]]:
    """``layer`` as "", and every layer and array inside it with its dotted path, outermost first
    and in the order of the attributes. One that is shared appears once, under its first path."""
    todo: list[tuple[str, Layer | Variable]] = [("", layer)]
    seen: set[int] = set()
    while todo:
        path, node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield path, node
        if isinstance(node, Layer):
            prefix = f"{path}." if path else ""
            todo += reversed([(prefix + name, child) for name, child in _inside(node)])


def _inside(layer: Layer) -> Iterator[tuple[str, Layer | Variable]]:
    """The layers and arrays of a layer that no other layer inside it holds, by attribute."""
    for name, value in vars(layer).items():
        if name[0] != "_":
            yield from _nearest(value, name)


def _nearest(value: object, path: str) -> Iterator[tuple[str, Layer | Variable]]:
    """Layers and arrays in lists, tuples and dicts, without those inside of these layers."""
    if isinstance(value, (Layer, Variable)):
        yield path, value
    elif isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            yield from _nearest(each, f"{path}.{i}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _nearest(each, f"{path}.{key}")


def named_layers(layer: Layer) -> list[tuple[str, Layer]]:
    """``layer`` as "", and every layer inside it with its dotted path, each once."""
    return [(path, node) for path, node in nodes(layer) if isinstance(node, Layer)]


def named_children(layer: Layer) -> list[tuple[str, Layer]]:
    """The layers directly inside ``layer``, each once, with their paths such as layers.0."""
    found: dict[int, tuple[str, Layer]] = {}
    for path, node in _inside(layer):
        if isinstance(node, Layer):
            found.setdefault(id(node), (path, node))
    return list(found.values())


def walk(layer: Layer) -> Iterator[Layer]:
    """``layer`` and every layer inside it, outermost first, each once."""
    return (node for _, node in nodes(layer) if isinstance(node, Layer))


def named_arrays(layer: Layer) -> list[tuple[str, Variable]]:
    """Every Parameter and Buffer below ``layer`` with its dotted path, such as layers.0.weight.

    >>> from chainrule.layers import BatchNorm
    >>> [path for path, _ in named_arrays(BatchNorm(2))]
    ['gamma', 'beta', 'running_mean', 'running_var']
    """
    return [(path, node) for path, node in nodes(layer) if isinstance(node, Variable)]


def named_parameters(layer: Layer) -> list[tuple[str, Parameter]]:
    """The trained arrays of ``layer`` with their dotted paths.

    >>> from chainrule.layers import Linear
    >>> [(path, w.shape) for path, w in named_parameters(Linear(3, 2))]
    [('weight', (3, 2)), ('bias', (2,))]
    """
    return [(path, node) for path, node in named_arrays(layer) if isinstance(node, Parameter)]


def has_parameters(layer: Layer) -> bool:
    """Whether ``layer`` has parameters, frozen or not."""
    return any(isinstance(node, Parameter) for _, node in nodes(layer))


def learns(layer: Layer) -> bool:
    """Whether ``layer`` has anything to learn: a parameter that is not frozen."""
    return any(isinstance(node, Parameter) and not node.frozen for _, node in nodes(layer))


def trained_parameters(layer: Layer) -> list[tuple[str, Parameter]]:
    """`named_parameters` without those that are frozen."""
    return [(path, node) for path, node in named_parameters(layer) if not node.frozen]


def expect(x: Array, weight: Array, shape: str, fits: bool) -> None:
    """Raise ShapeError unless ``x`` fits ``shape`` and has the dtype of ``weight``."""
    if not fits:
        raise ShapeError(f"expected an input of shape {shape}, received {x.shape}")
    expect_native(x)
    if x.dtype != weight.dtype:
        raise ShapeError(
            f"expected {weight.dtype} input, received {x.dtype}; "
            "start a model with Normalize() to feed it uint8 images"
        )


def expect_axes(x: Array, least: int) -> None:
    """Raise ShapeError unless ``x`` has so many axes, the first of them that of the batch."""
    if x.ndim < least:
        shape = "(N, ..., C)" if least > 1 else "(N, ...)"
        raise ShapeError(f"expected an input of shape {shape}, received {x.shape}")


def expect_samples(x: Array) -> None:
    """Raise ShapeError where ``x`` is empty: its mean and variance would be NaN, and so would
    running ones from then on."""
    if x.size == 0:
        raise ShapeError(
            "expected at least one sample to take a mean and a variance of, received an empty "
            f"input of shape {x.shape}; leave empty batches out"
        )


def expect_native(x: Array) -> None:
    """Raise ShapeError unless ``x`` is in the machine's byte order. Containers turn it round; a
    layer alone keeps what it is given, and its backward pass would read other numbers."""
    if not x.dtype.isnative:
        raise ShapeError(
            f"expected numbers in native byte order, received {x.dtype.str!r}; "
            "use x.astype(x.dtype.newbyteorder('='))"
        )
