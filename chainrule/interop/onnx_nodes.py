"""Each step as nodes of an ONNX graph, in its layout: channels first, (N, C, H, W)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..types import Array
from .plan import Plan, Step, array_name
from .weight_layouts import dense_transposed

NCHW = {1: 2, 2: 3, 3: 1}
"""An axis of (N, H, W, C) there."""
FLATTENED = ("linear", "maxout")
"""What reads flattened images by weights whose rows can be put in their order."""


@dataclass
class Nodes:
    """The nodes and weights written so far. A step's first value may become several nodes."""

    plan: Plan
    onnx: Any
    nodes: list[Any] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)
    flattened: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Values (N, C·H·W) whose readers know that they are in that order, with (H, W, C)."""

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        name = f"{output}/{kind}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], name, **attributes))
        return output

    def weight(self, name: str, array: Array) -> str:
        """The name of an initializer. Equal names with equal values are one, of shared layers."""
        known = self.weights.get(name)
        if known is not None and not (known.shape == array.shape and (known == array).all()):
            return self.weight(f"{name}'", array)
        self.weights[name] = np.ascontiguousarray(array)
        return name

    def of(self, step: Step, name: str, array: Array | None = None) -> str:
        """The initializer of a weight of ``step``, or of what was made of it."""
        return self.weight(array_name(step, name), step.arrays[name] if array is None else array)

    def constant(self, step: Step, name: str, value: Any, dtype: Any = np.float32) -> str:
        return self.weight(f"{step.output}/{name}", np.array(value, dtype))

    def step(self, step: Step) -> None:
        EMITTERS[step.op](self, step)


Emitter = Callable[[Nodes, Step], object]


def channelwise(array: Array, step: Step) -> Array:
    """(C,) so that it meets the channels of the step's value: (C, 1, 1) beside images."""
    return array.reshape(-1, 1, 1) if len(step.shape) == 3 and array.size > 1 else array


def _normalize(to: Nodes, step: Step) -> None:
    x = step.inputs[0]
    if step.options["unit"] == 255:
        x = to.node("Cast", [x], f"{step.output}/float", to=to.onnx.TensorProto.FLOAT)
    mean, std = (
        channelwise(step.arrays[name].astype(np.float64), step) for name in ("mean", "std")
    )
    scale = to.of(step, "scale", (1 / (std * step.options["unit"])).astype(np.float32))
    shift = to.of(step, "shift", (-mean / std).astype(np.float32))
    to.node("Add", [to.node("Mul", [x, scale], f"{step.output}/scaled"), shift], step.output)


def _batch_norm(to: Nodes, step: Step) -> None:
    arrays = [to.of(step, name) for name in ("gamma", "beta", "mean", "var")]
    to.node("BatchNormalization", [*step.inputs, *arrays], step.output, epsilon=step.options["eps"])


def _pads(padding: Any) -> list[int]:
    (top, bottom), (left, right) = padding
    return [top, left, bottom, right]


def _conv(to: Nodes, step: Step) -> None:
    o, x, pads = step.options, step.inputs[0], _pads(step.options["padding"])
    if o["mode"] == "reflect" and any(pads):
        ends = to.constant(step, "pads", [0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64)
        x = to.node("Pad", [x, ends], f"{step.output}/padded", mode="reflect")
        pads = [0] * 4
    weight = to.of(step, "weight", step.arrays["weight"].transpose(3, 2, 0, 1))
    bias = [to.of(step, "bias")] if "bias" in step.arrays else []
    to.node(
        "Conv",
        [x, weight, *bias],
        step.output,
        kernel_shape=step.arrays["weight"].shape[:2],
        strides=o["stride"],
        pads=pads,
        dilations=o["dilation"],
        group=o["groups"],
    )


def _conv_transpose(to: Nodes, step: Step) -> None:
    """Groups as one dense weight with zeros between them: onnx's evaluator knows no others."""
    o = step.options
    weight = to.of(step, "weight", dense_transposed(step.arrays["weight"], o["groups"]))
    bias = [to.of(step, "bias")] if "bias" in step.arrays else []
    to.node(
        "ConvTranspose",
        [step.inputs[0], weight, *bias],
        step.output,
        kernel_shape=step.arrays["weight"].shape[:2],
        strides=o["stride"],
        pads=_pads(o["padding"]),
        output_padding=o["output_padding"],
        dilations=o["dilation"],
    )


def _product(to: Nodes, step: Step, output: str) -> str:
    """x W + b, with the rows of W in the order of what is read."""
    weight, x = step.arrays["weight"], step.inputs[0]
    if x in to.flattened:
        h, w, c = to.flattened[x]
        rows = weight.reshape(h, w, c, -1).transpose(2, 0, 1, 3)
        weight = rows.reshape(weight.shape)
    bias = [to.of(step, "bias")] if "bias" in step.arrays else []
    return to.node("Gemm", [x, to.of(step, "weight", weight), *bias], output)


def _linear(to: Nodes, step: Step) -> None:
    _product(to, step, step.output)


def _maxout(to: Nodes, step: Step) -> None:
    z = _product(to, step, f"{step.output}/pieces")
    shape = to.constant(step, "shape", [0, step.options["pieces"], step.shape[0]], np.int64)
    split = to.node("Reshape", [z, shape], f"{step.output}/split")
    axis = to.constant(step, "axis", [1], np.int64)
    to.node("ReduceMax", [split, axis], step.output, keepdims=0)


def _max_pool(to: Nodes, step: Step) -> None:
    o = step.options
    to.node(
        "MaxPool",
        step.inputs,
        step.output,
        kernel_shape=o["kernel"],
        strides=o["stride"],
        pads=_pads(o["padding"]),
    )


def _average_pool(to: Nodes, step: Step) -> None:
    """By AveragePool where all windows are alike, else by a matrix for rows and for columns."""
    h, w, _ = step.shapes[0]
    rows, columns = (_regular(step.options[name], n) for name, n in (("rows", h), ("columns", w)))
    counted = {axis.counted for axis in (rows, columns) if axis and axis.pads}
    if rows and columns and len(counted) < 2:
        to.node(
            "AveragePool",
            step.inputs,
            step.output,
            kernel_shape=[rows.kernel, columns.kernel],
            strides=[rows.stride, columns.stride],
            pads=[rows.before, columns.before, rows.after, columns.after],
            count_include_pad=int(True in counted),
        )
        return
    left = to.constant(step, "rows", _means(step.options["rows"], h))
    right = to.constant(step, "columns", _means(step.options["columns"], w).T)
    by_row = to.node("MatMul", [left, step.inputs[0]], f"{step.output}/by_row")
    to.node("MatMul", [by_row, right], step.output)


@dataclass(frozen=True)
class Windows:
    """Windows along an axis: all alike, with borders that are counted or not."""

    kernel: int
    stride: int
    before: int
    after: int
    counted: bool

    @property
    def pads(self) -> bool:
        return self.before + self.after > 0


def _regular(spans: Any, size: int) -> Windows | None:
    """What makes these windows (first, last, count), if they are alike."""
    stride = spans[-1][0] - spans[-2][0] if len(spans) > 1 else 1
    longest = max(last - first for first, last, _ in spans)
    kernel = max(longest, *(count for _, _, count in spans)) if len(spans) > 1 else longest
    for before in range(kernel // 2 + 1):
        starts = [i * stride - before for i in range(len(spans))]
        after = max(0, starts[-1] + kernel - size)
        ends = [(max(s, 0), min(s + kernel, size)) for s in starts]
        for counted in (False, True):
            made = [(a, b, kernel if counted else b - a) for a, b in ends]
            if stride > 0 and after < kernel and made == [tuple(span) for span in spans]:
                return Windows(kernel, stride, before, after, counted)
    return None


def _means(spans: Any, size: int) -> Array:
    """(outputs, size): the mean over each window as a row."""
    matrix = np.zeros((len(spans), size), np.float32)
    for row, (first, last, count) in zip(matrix, spans, strict=True):
        row[first:last] = 1 / count
    return matrix


def _global_average(to: Nodes, step: Step) -> None:
    mean = to.node("GlobalAveragePool", step.inputs, f"{step.output}/mean")
    to.node("Flatten", [mean], step.output)


def _scaled(to: Nodes, step: Step, x: str) -> None:
    """x γ + β, a channel, or only the name where there are none."""
    if "gamma" not in step.arrays:
        to.node("Identity", [x], step.output)
        return
    gamma, beta = (to.of(step, n, channelwise(step.arrays[n], step)) for n in ("gamma", "beta"))
    to.node("Add", [to.node("Mul", [x, gamma], f"{step.output}/scaled"), beta], step.output)


def _group_norm(to: Nodes, step: Step) -> None:
    """As PyTorch writes it: instance norm of the groups, since opset 18 has one γ for a group."""
    groups, eps, shape = step.options["groups"], step.options["eps"], step.shape
    if groups == shape[-1] and len(shape) == 3:
        gamma = step.arrays.get("gamma", np.ones(groups, np.float32))
        beta = step.arrays.get("beta", np.zeros(groups, np.float32))
        arrays = [to.of(step, "gamma", gamma), to.of(step, "beta", beta)]
        to.node("InstanceNormalization", [*step.inputs, *arrays], step.output, epsilon=eps)
        return
    split = to.constant(step, "groups", [0, groups, -1], np.int64)
    x = to.node("Reshape", [step.inputs[0], split], f"{step.output}/groups_of")
    ones, zeros = (to.constant(step, name, [v] * groups) for name, v in (("ones", 1), ("zeros", 0)))
    x = to.node("InstanceNormalization", [x, ones, zeros], f"{step.output}/normalized", epsilon=eps)
    whole = [0, shape[-1], *shape[:-1]]
    x = to.node(
        "Reshape", [x, to.constant(step, "whole", whole, np.int64)], f"{step.output}/joined"
    )
    _scaled(to, step, x)


def _layer_norm(to: Nodes, step: Step) -> None:
    x, axes, images = step.inputs[0], step.options["axes"], len(step.shape) == 3
    sizes = step.shape[-axes:]
    gamma = step.arrays.get("gamma", np.ones(sizes, np.float32))
    beta = step.arrays.get("beta", np.zeros(sizes, np.float32))
    last = images and axes < 3  # over axes that stand last in our layout only
    if images and axes == 3:
        gamma, beta = gamma.transpose(2, 0, 1), beta.transpose(2, 0, 1)
    if last:
        x = to.node("Transpose", [x], f"{step.output}/channels_last", perm=[0, 2, 3, 1])
    y = f"{step.output}/normalized" if last else step.output
    arrays = [to.of(step, "gamma", gamma), to.of(step, "beta", beta)]
    to.node("LayerNormalization", [x, *arrays], y, axis=-axes, epsilon=step.options["eps"])
    if last:
        to.node("Transpose", [y], step.output, perm=[0, 3, 1, 2])


def _switchable_norm(to: Nodes, step: Step) -> None:
    """Means and variances of instance and layer from x, those of the batch from training."""
    y, x, a = step.output, step.inputs[0], step.arrays
    axes, channel = (to.constant(step, n, v, np.int64) for n, v in (("axes", [2, 3]), ("c", [1])))

    def op(kind: str, name: str, *inputs: str) -> str:
        extra = {"keepdims": 1} if kind == "ReduceMean" else {}
        return to.node(kind, list(inputs), f"{y}/{name}", **extra)

    def mixed(kind: str, instance: str, layer: str, batch: Array, weights: Array) -> str:
        parts = [
            op("Mul", f"{kind}_{name}", value, to.constant(step, f"{kind}_{name}_weight", w))
            for name, value, w in (("i", instance, weights[0]), ("l", layer, weights[1]))
        ]
        own = op("Add", f"{kind}_own", *parts)
        known = to.constant(step, f"{kind}_batch", channelwise(weights[2] * batch, step))
        return op("Add", kind, own, known)

    mean = op("ReduceMean", "i_mean", x, axes)
    off = op("Sub", "i_off", x, mean)
    var = op("ReduceMean", "i_var", op("Mul", "i_square", off, off), axes)
    l_mean = op("ReduceMean", "l_mean", mean, channel)
    between = op("Sub", "l_off", mean, l_mean)
    within = op("Add", "l_within", var, op("Mul", "l_square", between, between))
    l_var = op("ReduceMean", "l_var", within, channel)
    mu = mixed("mean", mean, l_mean, a["mean"], a["mean_weights"])
    sigma2 = mixed("var", var, l_var, a["var"], a["var_weights"])
    eps = to.constant(step, "eps", step.options["eps"])
    root = op("Sqrt", "std", op("Add", "var_eps", sigma2, eps))
    _scaled(to, step, op("Div", "normalized", op("Sub", "off", x, mu), root))


def _scale_channels(to: Nodes, step: Step) -> None:
    axes = to.constant(step, "axes", [2, 3], np.int64)
    scale = to.node("Unsqueeze", [step.inputs[1], axes], f"{step.output}/scale")
    to.node("Mul", [step.inputs[0], scale], step.output)


def _flatten(to: Nodes, step: Step) -> None:
    h, w, c = step.shapes[0]
    readers = to.plan.readers()[step.output]
    known = step.output != to.plan.output and all(r.op in FLATTENED for r in readers)
    x = step.inputs[0]
    if min(c, h * w) > 1:
        if known:
            to.flattened[step.output] = (h, w, c)
        else:
            x = to.node("Transpose", [x], f"{step.output}/channels_last", perm=[0, 2, 3, 1])
    to.node("Flatten", [x], step.output)


def _sum(to: Nodes, step: Step) -> None:
    to.node("Add" if len(step.inputs) == 2 else "Sum", step.inputs, step.output)


def _multiply(to: Nodes, step: Step) -> None:
    product, *others = step.inputs
    for i, other in enumerate(others, 1):
        name = step.output if i == len(others) else f"{step.output}/{i}"
        product = to.node("Mul", [product, other], name)


def _concat(to: Nodes, step: Step) -> None:
    axis = step.options["axis"]
    axis = NCHW[axis] if len(step.shape) == 3 else axis
    to.node("Concat", step.inputs, step.output, axis=axis)


def _prelu(to: Nodes, step: Step) -> None:
    slope = to.of(step, "slope", channelwise(step.arrays["slope"], step))
    to.node("PRelu", [*step.inputs, slope], step.output)


def _relu6(to: Nodes, step: Step) -> None:
    ends = [to.constant(step, name, value) for name, value in (("min", 0), ("max", 6))]
    to.node("Clip", [*step.inputs, *ends], step.output)


def _silu(to: Nodes, step: Step) -> None:
    (x,) = step.inputs
    to.node("Mul", [x, to.node("Sigmoid", [x], f"{step.output}/gate")], step.output)


def _gelu(to: Nodes, step: Step) -> None:
    """½ x (1 + erf(x / √2)); Gelu is a node of its own only from opset 20 on."""
    (x,), y = step.inputs, step.output
    scaled = to.node("Div", [x, to.constant(step, "root", 2**0.5)], f"{y}/scaled")
    erf = to.node("Erf", [scaled], f"{y}/erf")
    gate = to.node("Add", [erf, to.constant(step, "one", 1)], f"{y}/gate")
    product = to.node("Mul", [x, gate], f"{y}/product")
    to.node("Mul", [product, to.constant(step, "half", 0.5)], y)


def _gelu_tanh(to: Nodes, step: Step) -> None:
    (x,), y = step.inputs, step.output
    square = to.node("Mul", [x, x], f"{y}/square")
    cubic = to.node("Mul", [square, to.constant(step, "cubic", 0.044715)], f"{y}/cubic_part")
    factor = to.node("Add", [cubic, to.constant(step, "one", 1)], f"{y}/factor")
    scaled = to.node("Mul", [x, to.constant(step, "root", (2 / np.pi) ** 0.5)], f"{y}/scaled")
    tanh = to.node("Tanh", [to.node("Mul", [scaled, factor], f"{y}/u")], f"{y}/tanh")
    gate = to.node("Add", [tanh, to.constant(step, "one", 1)], f"{y}/gate")
    product = to.node("Mul", [x, gate], f"{y}/product")
    to.node("Mul", [product, to.constant(step, "half", 0.5)], y)


def _softplus(to: Nodes, step: Step) -> None:
    beta, (x,) = step.options["beta"], step.inputs
    if beta == 1:
        to.node("Softplus", [x], step.output)
        return
    factor = to.constant(step, "beta", beta)
    soft = to.node("Softplus", [to.node("Mul", [x, factor], f"{step.output}/in")],
                   f"{step.output}/soft")  # fmt: skip
    to.node("Div", [soft, factor], step.output)


def _plain(kind: str, **attributes: str) -> Emitter:
    """A node of its own, with the options of the step as attributes."""
    return lambda to, step: to.node(
        kind, step.inputs, step.output, **{a: step.options[o] for a, o in attributes.items()}
    )


EMITTERS: dict[str, Emitter] = {
    "add": _sum,
    "average_pool": _average_pool,
    "batch_norm": _batch_norm,
    "concat": _concat,
    "conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "elu": _plain("Elu", alpha="alpha"),
    "flatten": _flatten,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "global_average_pool": _global_average,
    "group_norm": _group_norm,
    "hard_swish": _plain("HardSwish"),
    "layer_norm": _layer_norm,
    "leaky_relu": _plain("LeakyRelu", alpha="slope"),
    "linear": _linear,
    "max_pool": _max_pool,
    "maxout": _maxout,
    "mish": _plain("Mish"),
    "multiply": _multiply,
    "normalize": _normalize,
    "prelu": _prelu,
    "relu": _plain("Relu"),
    "relu6": _relu6,
    "scale_channels": _scale_channels,
    "selu": _plain("Selu"),
    "sigmoid": _plain("Sigmoid"),
    "silu": _silu,
    "softmax": lambda to, step: to.node("Softmax", step.inputs, step.output, axis=-1),
    "softplus": _softplus,
    "switchable_norm": _switchable_norm,
    "tanh": _plain("Tanh"),
}
