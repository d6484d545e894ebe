"""From the arrays of another library into a model, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..declared import checked
from ..device import on_host
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, named_arrays, named_layers
from ..layers.variables import Parameter, Variable
from ..types import Array
from .libraries import candidates
from .match import Match, WeightsMismatch, compare
from .slots import Slot

IGNORED = ("num_batches_tracked", "total_ops", "total_params")
"""Ends of names of what is no weight: a counter of PyTorch's norms, and what a profiler left."""


@checked
def from_torch(model: Layer, tensors: Mapping[str, Array], *, head: bool = True) -> Match:
    """Copy the weights ``tensors``, as `read` returns them, into ``model``; what was matched.

    The names are those of torchvision, timm or another library for a net of this family, whichever
    fits best, else those of a ``torch.nn.Sequential`` of the same layers. Layouts are turned into
    the ones here: convolutions (O, I, kh, kw) → (kh, kw, I, O), linear layers (O, I) → (I, O), and
    a flattened image from (C, H, W) to (H, W, C). Counters of batches are left out, and the mean
    and std of ``Normalize`` stay as they are: PyTorch's files do not have them.

    ``head=False`` leaves the last layer with parameters as it is, and the file's as well: for a
    model of other classes. A model without weights is initialized first.

    WeightsMismatch, an InputError with a table of what matched, where arrays are missing, left
    over, or of another shape; InputError for values that are no finite floating-point numbers.
    Nothing changes then.

    >>> from chainrule import models
    >>> model = models.mlp((4, 4, 1), (8,), 3)
    >>> tensors = to_torch(model.init(0))
    >>> {name: array.shape for name, array in tensors.items()}
    {'1.weight': (8, 16), '1.bias': (8,), '3.weight': (3, 8), '3.bias': (3,)}
    >>> from_torch(model.init(1), tensors).ok
    True
    """
    tensors = {name: a for name, a in tensors.items() if not name.endswith(IGNORED)}
    # Of equally good ones the first: max takes that.
    slots, match = max(
        ((slots, compare(library, slots, tensors)) for library, slots in candidates(model)),
        key=lambda found: (len(found[1].matched), len(found[1].reshaped)),
    )
    if not head:
        own = set(map(id, _own(head_of(model))))
        last = {slot.name for slot in slots if id(slot.variable) in own}
        slots = [slot for slot in slots if slot.name not in last]
        tensors = {name: array for name, array in tensors.items() if name not in last}
        match = compare(match.library, slots, tensors)
    if not match.ok:
        raise WeightsMismatch(match)
    values = {id(slot.variable): _value(slot, tensors[slot.name]) for slot in slots}
    if not model.initialized:
        model.init(0)
    model.load_state({p: values.get(id(node), node.value) for p, node in named_arrays(model)})
    return match


@checked
def to_torch(model: Layer, *, library: str | None = None) -> dict[str, Array]:
    """The weights of ``model`` by the names and in the layouts of PyTorch: copies.

    Convolutions are (out, in / groups, h, w), linear layers (out, in), a linear layer after a
    flattened image with its inputs in the order (C, H, W).

    ``library`` says whose names: "torchvision" or "timm" for nets of their families, which is the
    default there, "torch.nn.Sequential" for every model. The mean and std of ``Normalize`` are not
    among them.

    InputError for a library that has no such net, and before the model has weights.

    >>> from chainrule import models
    >>> model = models.resnet18(stem="imagenet").init(0)
    >>> {name: array.shape for name, array in list(to_torch(model).items())[:2]}
    {'conv1.weight': (64, 3, 7, 7), 'bn1.weight': (64,)}
    """
    own = candidates(model)
    known = dict(reversed(own))  # the first of a library counts
    if library is not None and library not in known:
        raise InputError(
            f"library: expected one that has names for this model, received {library!r}"
            f"{did_you_mean(library, known)}"
        )
    slots = known[library or own[0][0]]
    return {
        slot.name: np.array(slot.layout.out(on_host(slot.variable.value)), order="C")
        for slot in slots
    }


def head_of(model: Layer) -> Layer:
    """The last layer that has parameters of its own. InputError if none has."""
    own = [layer for _, layer in named_layers(model) if any(map(_is_trained, _own(layer)))]
    if not own:
        raise InputError("model: expected one with weights, received one without any")
    return own[-1]


def _own(layer: Layer) -> list[Variable]:
    return [node for node in vars(layer).values() if isinstance(node, Variable)]


def _is_trained(node: Variable) -> bool:
    return isinstance(node, Parameter)


def _value(slot: Slot, tensor: Array) -> Array:
    """The tensor as it lies here. InputError unless it holds finite floating-point numbers."""
    if tensor.dtype.kind != "f":
        raise InputError(
            f"{slot.name}: expected floating-point numbers, received {tensor.dtype}; quantized "
            "weights are not supported"
        )
    dtype = slot.variable.value.dtype if slot.variable.drawn else slot.variable.dtype
    with np.errstate(over="ignore"):
        value = np.array(slot.layout.back(np.asarray(tensor)), dtype, order="C")
    if not np.isfinite(value).all():
        bad = int(value.size - np.isfinite(value).sum())
        raise InputError(
            f"{slot.name}: expected finite numbers, received {bad:,} of {value.size:,} that are "
            "NaN or infinite"
        )
    if slot.name.endswith("running_var") and value.size and value.min() < 0:
        raise InputError(f"{slot.name}: expected variances of 0 or more, received {value.min():g}")
    return value
