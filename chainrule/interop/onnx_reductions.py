"""Pooling, means and norms: what takes several numbers together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..kernels.geometry import Pair
from ..layers import (
    AvgPool2d,
    BatchNorm,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Linear,
    Maxout,
    MaxPool2d,
    ReLU,
    ReLU6,
)
from ..types import Array, Shape
from .importer import Importer
from .onnx_file import Node
from .onnx_products import added, border, expect_image, pairs
from .onnx_values import Grouped, Padded, Value
from .onnx_weights import set_arrays


def _kernel(node: Node) -> Pair:
    if "kernel_shape" not in node.attributes:
        raise InputError("kernel_shape: expected two numbers, received none")
    return pairs(node, "kernel_shape", 1)


def _pool(to: Importer, node: Node) -> Value:
    found = to.read(node, 0)
    is_max = node.kind == "MaxPool"
    if isinstance(found, Padded):
        _expect_border(to, found, is_max, node)
        x, outer = found.base, found.padding
    else:
        x, outer = to.value(found, node), ((0, 0), (0, 0))
    expect_image(x)
    if pairs(node, "dilations", 1) != (1, 1):
        raise InputError("dilations: a dilated window cannot be expressed")
    kernel, stride = _kernel(node), pairs(node, "strides", 1)
    h, w, _ = x.ours
    size = (h + sum(outer[0]), w + sum(outer[1]))
    padding = added(outer, border(node, size, kernel, stride, (1, 1)))
    ceil = bool(node.attributes.get("ceil_mode", 0))
    none = ((0, 0), (0, 0))
    counted = bool(node.attributes.get("count_include_pad", 0)) or outer != none or padding == none
    starts = (padding[0][0], padding[1][0])
    wanted = tuple(
        _outputs(n, k, s, p, ceil)
        for n, k, s, p in zip((h, w), kernel, stride, padding, strict=True)
    )
    equal = all(a == b for a, b in padding)
    for rounded_up in (False, True):
        options: dict[str, Any] = {"ceil_mode": rounded_up}
        if not is_max:
            options["count_include_pad"] = counted
            if counted and not equal:
                continue  # the border counts, and ours is another
            if counted and rounded_up != ceil:
                continue
        try:
            steps = None if stride == kernel else stride  # as PyTorch and Keras leave it out
            layer = (MaxPool2d if is_max else AvgPool2d)(kernel, steps, starts, **options)
            made = layer.output_shape(x.ours)
        except InputError:
            continue
        if made[:2] == wanted:
            return to.emit(layer, x)
    raise InputError(f"pads of {padding} around a window of {kernel} cannot be expressed")


def _outputs(size: int, kernel: int, stride: int, padding: Pair, ceil: bool) -> int:
    """How many windows ONNX puts along an axis."""
    room = size + sum(padding) - kernel
    if not ceil:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding[0] else count


def _expect_border(to: Importer, found: Padded, is_max: bool, node: Node) -> None:
    """InputError for a border that the pooling would see and ours would not."""
    if found.mode != "constant":
        raise InputError("a pooling of mirrored pixels cannot be expressed")
    if not is_max and (found.value != 0 or (not node.attributes.get("count_include_pad", 0) and any(
        node.attributes.get("pads", ())
    ))):  # fmt: skip
        raise InputError("a mean over such a border cannot be expressed")
    if is_max and found.value != -np.inf:
        before = to.layers.get(found.base.node)
        if found.value > 0 or before is None or not isinstance(before[0], (ReLU, ReLU6)):
            raise InputError(
                f"a border of {found.value:g} around a maximum cannot be expressed: ours never wins"
            )


def _global_average(to: Importer, node: Node) -> Value:
    x = to.take(node)
    if x.flat and x.axes == "CHW":
        return x
    expect_image(x)
    value = to.emit(GlobalAvgPool2d(), x)
    return replace(value, shape=(*value.shape, 1, 1), axes="CHW")


def _global_max(to: Importer, node: Node) -> Value:
    x = to.take(node)
    expect_image(x)
    value = to.emit(Flatten(), to.emit(MaxPool2d((x.ours[0], x.ours[1])), x))
    return replace(value, shape=(*value.shape, 1, 1), axes="CHW")


def _axes(to: Importer, node: Node) -> list[int]:
    found = (
        to.constant(node, 1, "axes").tolist() if len(node.inputs) > 1 and node.inputs[1] else None
    )
    return found if isinstance(found, list) else node.attributes.get("axes") or []


def _reduce_mean(to: Importer, node: Node) -> Value:
    x = to.take(node)
    places = {axis if axis >= 0 else axis + len(x.axes) + 1 for axis in _axes(to, node)}
    letters = {x.axes[place - 1] for place in places if 1 <= place <= len(x.axes)}
    if x.flat or len(letters) != len(places) or letters != {"H", "W"}:
        raise InputError("a mean over other axes than those of the pixels cannot be expressed")
    value = to.emit(GlobalAvgPool2d(), x)
    if not node.attributes.get("keepdims", 1):
        return value
    shape = tuple(value.features if a == "C" else 1 for a in x.axes)
    return replace(value, shape=shape, axes=x.axes)


def _reduce_max(to: Importer, node: Node) -> Value:
    """Over the pieces of a Linear: Maxout."""
    found = to.read(node, 0)
    base = found.base if isinstance(found, Grouped) else None
    before = to.layers[base.node] if base is not None and base.node in to.layers else None
    if (
        base is None
        or before is None
        or type(before[0]) is not Linear
        or not base.alone
        or _axes(to, node) != [1]
        or node.attributes.get("keepdims", 1)
    ):
        raise InputError("a maximum of other things than the pieces of Maxout cannot be expressed")
    linear: Any = before[0]
    rows, columns = linear.weight.shape
    layer = Maxout(rows, columns // found.groups, found.groups)
    set_arrays(layer, weight=linear.weight.value, bias=linear.bias.value)
    to.layers[base.node] = (layer, before[1])
    return Value(base.node, (columns // found.groups,), "C", True)


def _vectors(to: Importer, node: Node, x: Value, names: tuple[str, ...]) -> list[Array]:
    """The weights of a norm in our order, one number a channel or feature."""
    width = x.features if x.flat else x.channels
    arrays = [to.weight(node, place, name) for place, name in enumerate(names, 1)]
    for name, array in zip(names, arrays, strict=True):
        if array.shape != (width,):
            raise InputError(f"{name}: expected shape ({width},), received {array.shape}")
    return [x.vector(array) for array in arrays]


def _eps(node: Node, default: float = 1e-5) -> float:
    """Without the noise of float32."""
    return float(f"{node.attributes.get('epsilon', default):.7g}")


def _batch_norm(to: Importer, node: Node) -> Value:
    x = to.take(node)
    if node.attributes.get("training_mode", 0):
        raise InputError("training_mode: expected a graph for inference")
    if not x.flat and x.axes[0] != "C":
        raise InputError("expected channels on axis 1")
    gamma, beta, mean, var = _vectors(to, node, x, ("scale", "B", "mean", "var"))
    if (var < 0).any():
        raise InputError("var: expected variances of 0 or more")
    momentum = float(f"{node.attributes.get('momentum', 0.9):.7g}")
    layer = BatchNorm(len(gamma), momentum=min(max(momentum, 0.0), 0.9999), eps=_eps(node))
    set_arrays(layer, gamma=gamma, beta=beta, running_mean=mean, running_var=var)
    return to.emit(layer, x, like=x)


def _instance_norm(to: Importer, node: Node) -> Any:
    found = to.read(node, 0)
    if isinstance(found, Grouped):
        scales = [to.weight(node, place, name) for place, name in ((1, "scale"), (2, "B"))]
        if any(s.shape != (found.groups,) for s in scales):
            raise InputError(f"expected a scale and a shift of each of {found.groups} groups")
        scale, shift = scales
        return Grouped(
            _grouped(to, found.base, found.groups, scale, shift, _eps(node)), found.groups
        )
    x = to.take(node)
    expect_image(x)
    gamma, beta = _vectors(to, node, x, ("scale", "B"))
    layer = InstanceNorm(len(gamma), eps=_eps(node))
    set_arrays(layer, gamma=gamma, beta=beta)
    return to.emit(layer, x, like=x)


def _grouped(to: Importer, x: Value, groups: int, scale: Array, shift: Array, eps: float) -> Value:
    """GroupNorm of an image or of features, with a scale of each group or channel."""
    width = x.features if x.flat else x.channels
    if x.order is not None or (not x.flat and x.axes != "CHW"):
        raise InputError("groups of flattened pixels cannot be expressed")
    if width % groups or len(scale) not in (groups, width) or len(shift) != len(scale):
        raise InputError(f"{groups} groups do not cut {width} channels evenly")
    layer = GroupNorm(width, groups=groups, eps=eps)
    gamma, beta = (np.repeat(n, width // len(n)) for n in (scale, shift))
    set_arrays(layer, gamma=gamma, beta=beta)
    return to.emit(layer, x, like=x)


def _group_norm(to: Importer, node: Node) -> Value:
    x = to.take(node)
    groups = node.attributes.get("num_groups")
    if not isinstance(groups, int) or groups < 1:
        raise InputError(f"num_groups: expected a whole number above 0, received {groups!r}")
    scale, shift = (to.weight(node, place, name) for place, name in ((1, "scale"), (2, "bias")))
    return _grouped(to, x, groups, scale, shift, _eps(node))


def _layer_norm(to: Importer, node: Node) -> Value:
    x = to.take(node)
    axis = node.attributes.get("axis", -1)
    axis = axis + len(x.axes) + 1 if axis < 0 else axis
    letters = x.axes[axis - 1 :] if 1 <= axis <= len(x.axes) else ""
    shape: Shape = x.shape[axis - 1 :] if letters else ()
    gamma = to.weight(node, 1, "Scale")
    beta = to.weight(node, 2, "B") if len(node.inputs) > 2 else np.zeros_like(gamma)
    if not letters or gamma.shape != shape or beta.shape != shape:
        raise InputError(f"expected a scale and a shift of shape {shape}, received {gamma.shape}")
    if x.flat and letters == x.axes:
        sizes: Shape = (x.features,)
        arrays = [x.vector(a.ravel()) for a in (gamma, beta)]
    elif letters == "C":
        sizes, arrays = (x.channels,), [gamma, beta]
    elif len(letters) == 3:
        sizes = x.ours
        arrays = [a.transpose([letters.index(c) for c in "HWC"]) for a in (gamma, beta)]
    else:
        raise InputError(f"a norm over the axes {letters} alone cannot be expressed")
    layer = LayerNorm(sizes if len(sizes) > 1 else sizes[0], eps=_eps(node))
    set_arrays(layer, gamma=arrays[0], beta=arrays[1])
    return to.emit(layer, x, like=x)


OPERATORS = {
    "AveragePool": _pool,
    "BatchNormalization": _batch_norm,
    "GlobalAveragePool": _global_average,
    "GlobalMaxPool": _global_max,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "MaxPool": _pool,
    "ReduceMax": _reduce_max,
    "ReduceMean": _reduce_mean,
}
