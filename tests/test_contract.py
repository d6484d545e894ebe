"""Every public layer keeps the contract on every back end."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels, layers
from chainrule.errors import CheckFailed, InputError
from chainrule.initializers import Normal
from chainrule.layers import (
    ELU,
    GELU,
    SELU,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    DropPath,
    Flatten,
    GlobalAvgPool2d,
    Graph,
    GroupNorm,
    HardSwish,
    InstanceNorm,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Maxout,
    MaxPool2d,
    Merge,
    Mish,
    Multiply,
    Normalize,
    Parallel,
    PReLU,
    ReLU,
    ReLU6,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    SpatialDropout,
    SqueezeExcitation,
    SwitchableNorm,
    Tanh,
    WeightStandardization,
)
from chainrule.layers.base import walk

from . import contract
from .contract import BACKENDS, CHECKS, CHECKS_OF_ANY_BACKEND, Case, public

LAYERS = [
    Case(lambda: AdaptiveAvgPool2d((3, 2)), (2, 5, 7, 3), refuses=((2, 5, 7), (2, 0, 7, 3))),
    Case(lambda: AdaptiveAvgPool2d(4), (2, 3, 8, 1)),
    Case(lambda: AvgPool2d(2), (2, 5, 4, 3), refuses=((2, 1, 4, 3), (2, 5, 4))),
    Case(lambda: AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (2, 6, 5, 2)),
    Case(lambda: BatchNorm(3), (8, 3), refuses=((8, 4), (8, 5, 3), (3,))),
    Case(lambda: BatchNorm(5, momentum=0.5, eps=1e-3), (2, 4, 3, 5), refuses=((2, 4, 3, 1),)),
    Case(lambda: BatchNorm(3, frozen=True), (8, 3), refuses=((8, 4), (3,))),
    Case(lambda: BatchNorm(2, frozen=True), (2, 3, 1, 2), refuses=((2, 3, 1, 3),)),
    Case(lambda: Conv2d(2, 3, 3), (2, 5, 4, 2), refuses=((2, 5, 4, 3), (2, 5, 4), (2, 2, 4, 2))),
    Case(lambda: Conv2d(1, 1, 1, bias=False), (2, 3, 3, 1)),
    Case(lambda: Conv2d(2, 4, (3, 2), stride=2, padding="valid", bias=True), (2, 6, 5, 2)),
    Case(lambda: Conv2d(3, 3, 3, padding="same", groups=3), (2, 4, 5, 3)),
    Case(lambda: Conv2d(4, 6, 2, padding="same", dilation=(3, 1), groups=2), (2, 4, 3, 4)),
    Case(lambda: Conv2d(3, 3, 5, stride=2, padding="same", groups=3), (2, 5, 6, 3)),
    Case(
        lambda: Conv2d(2, 3, 3, stride=2, padding="same", padding_mode="reflect"),
        (2, 4, 5, 2),
        refuses=((2, 4, 1, 2),),
    ),
    Case(
        lambda: Conv2d(2, 3, 3, stride=(2, 1), padding=(2, 1), padding_mode="reflect"),
        (2, 5, 4, 2),
        refuses=((2, 2, 4, 2), (2, 5, 1, 2)),
    ),
    Case(lambda: ConvTranspose2d(3, 2, 3), (2, 3, 4, 3), refuses=((2, 3, 4, 2), (2, 0, 4, 3))),
    Case(
        lambda: ConvTranspose2d(
            4, 6, (3, 2), stride=(2, 3), padding=1, output_padding=(1, 2), groups=2, bias=False
        ),
        (2, 3, 4, 4),
    ),
    Case(lambda: ConvTranspose2d(2, 3, 2, padding=1, dilation=2), (2, 4, 3, 2)),
    Case(lambda: Dropout(0.4), (6, 7)),
    Case(lambda: Dropout(0.0), (2, 3, 3, 2)),
    Case(lambda: DropPath(0.4), (6, 3, 2, 2)),
    Case(lambda: DropPath(0.5), (7, 3)),
    Case(lambda: ELU(), (5, 6)),
    Case(lambda: ELU(alpha=0.3), (2, 3, 1, 3)),
    Case(lambda: Flatten(), (4, 3, 2, 5)),
    Case(lambda: GELU(), (5, 6)),
    Case(lambda: GELU(approximate="tanh"), (2, 3, 1, 3)),
    Case(
        lambda: Graph(
            {
                "sum": (Add(), "act", "stem", "act"),
                "stem": (Linear(5, 4), "input"),
                "norm": (BatchNorm(4), "stem"),
                "act": (GELU(), "norm"),
                "both": (Concat(), "sum", "input"),
                "logits": (Linear(9, 2), "both"),
            },
            output="logits",
        ),
        (3, 5),
        refuses=((3, 4), (5,)),
    ),
    Case(lambda: Graph({"only": (Multiply(), "input", "input", "input")}), (2, 3, 3, 2)),
    Case(lambda: GroupNorm(6, groups=3), (3, 4, 2, 6), refuses=((3, 4, 2, 5), (3, 4, 6), (6,))),
    Case(lambda: GroupNorm(8, groups=2, affine=False), (5, 8), refuses=((5, 4),)),
    Case(lambda: GroupNorm(32), (2, 3, 3, 32)),
    Case(lambda: GlobalAvgPool2d(), (3, 4, 2, 5), refuses=((3, 5), (3, 0, 2, 5))),
    Case(lambda: HardSwish(), (5, 6)),
    Case(lambda: InstanceNorm(3), (2, 4, 3, 3), refuses=((2, 3), (2, 4, 3, 1))),
    Case(lambda: InstanceNorm(1, eps=1e-2, affine=False), (2, 5, 3, 1), refuses=((5, 1),)),
    Case(lambda: LayerNorm(7), (5, 7), refuses=((5, 6), (7,))),
    Case(lambda: LayerNorm(3, eps=1e-3), (2, 3, 2, 3), refuses=((2, 3, 2, 4),)),
    Case(lambda: LayerNorm((3, 2, 4)), (4, 3, 2, 4), refuses=((4, 2, 3, 4), (3, 2, 4))),
    Case(lambda: LayerNorm(6, affine=False), (3, 6), refuses=((3, 5),)),
    Case(lambda: LeakyReLU(), (2, 3, 1, 3)),
    Case(lambda: LeakyReLU(negative_slope=0.0), (5, 6)),
    Case(lambda: LeakyReLU(negative_slope=1.5), (5, 6)),
    Case(lambda: Linear(5, 3), (4, 5), refuses=((4, 6), (5,), (2, 4, 5))),
    Case(lambda: Linear(1, 7, init=Normal(0.5)), (3, 1), refuses=((3, 2),)),
    Case(lambda: Maxout(5, 3), (4, 5), refuses=((4, 6), (5,), (2, 4, 5))),
    Case(lambda: Maxout(3, 2, pieces=1), (4, 3)),
    Case(lambda: Maxout(2, 1, pieces=5, init=Normal(0.5)), (7, 2), refuses=((7, 5),)),
    Case(lambda: MaxPool2d(2), (2, 5, 4, 3), refuses=((2, 1, 4, 3), (2, 5, 4))),
    Case(lambda: MaxPool2d((3, 2), (2, 1), 1, ceil_mode=True), (2, 6, 4, 2)),
    Case(lambda: Mish(), (5, 6)),
    Case(lambda: Normalize(), (3, 4)),
    Case(lambda: Normalize(3), (2, 4, 5, 3), refuses=((2, 4, 5, 1), (2, 4))),
    Case(lambda: Normalize(3), (2, 4, 5, 3), dtype=np.uint8),
    Case(lambda: PReLU(), (5, 6)),
    Case(lambda: PReLU(3, init=0.0), (2, 4, 5, 3), refuses=((2, 4, 5, 1), (3,))),
    Case(lambda: Parallel(Linear(4, 3), Linear(4, 3)), (5, 4), refuses=((5, 3),)),
    Case(lambda: Parallel(ReLU(), Sequential(), BatchNorm(3), merge=Concat()), (2, 2, 3, 3)),
    Case(lambda: Parallel(Linear(4, 3), Sequential(), merge=Concat(axis=1)), (5, 4)),
    Case(lambda: Parallel(Tanh(), Linear(4, 4), Sigmoid(), merge=Multiply()), (5, 4)),
    Case(lambda: ReLU(), (5, 6)),
    Case(lambda: ReLU(), (2, 4, 4, 3)),
    Case(lambda: ReLU6(), (5, 6)),
    Case(
        lambda: Residual(Sequential(Linear(4, 4), Tanh(), Linear(4, 4))),
        (3, 4),
        refuses=((3, 3), (4,)),
    ),
    Case(lambda: Residual(Linear(4, 6), Linear(4, 6)), (3, 4), refuses=((3, 6),)),
    Case(lambda: Residual(Sequential(), Sequential()), (2, 3, 3, 1)),
    Case(lambda: SELU(), (5, 6)),
    Case(lambda: SiLU(), (2, 3, 1, 3)),
    Case(lambda: Sigmoid(), (5, 6)),
    Case(lambda: Softplus(), (5, 6)),
    Case(lambda: Softplus(beta=2.5), (2, 3, 1, 3)),
    Case(lambda: SpatialDropout(0.4), (3, 4, 5, 6)),
    Case(lambda: SpatialDropout(0.0), (5, 6)),
    Case(lambda: SqueezeExcitation(4, 2), (2, 3, 3, 4), refuses=((2, 3, 3, 5), (2, 4))),
    Case(lambda: SwitchableNorm(3), (4, 3, 2, 3), refuses=((4, 3), (4, 3, 2, 2))),
    Case(lambda: SwitchableNorm(2, momentum=0.5, eps=1e-3), (1, 2, 3, 2)),
    Case(lambda: Tanh(), (5, 6)),
    Case(lambda: WeightStandardization(Linear(5, 3)), (4, 5), refuses=((4, 6), (5,))),
    Case(
        lambda: WeightStandardization(Conv2d(4, 6, 3, padding=1, groups=2, bias=False)),
        (2, 4, 3, 4),
        refuses=((2, 4, 3, 3),),
    ),
    Case(
        lambda: Sequential(
            Normalize(2), Flatten(), Linear(12, 8), BatchNorm(8), ReLU(), Dropout(0.3), Linear(8, 4)
        ),
        (6, 3, 2, 2),
        refuses=((6, 3, 3, 2), (6, 3, 2, 3)),
    ),
    Case(lambda: Sequential(Sequential(ReLU()), Sequential()), (4, 3)),
    Case(lambda: Sequential(BatchNorm(3), ReLU()), (5, 4, 3, 3), refuses=((5, 4, 3, 2),)),
    Case(
        lambda: Sequential(Conv2d(2, 4, 3, padding=1), BatchNorm(4), ReLU(), MaxPool2d(2)),
        (3, 5, 4, 2),
        refuses=((3, 1, 4, 2), (3, 5, 4, 1)),
    ),
    Case(
        lambda: Sequential(Residual(Sequential(Linear(4, 4), BatchNorm(4))), ReLU()),
        (6, 4),
        refuses=((6, 3),),
    ),
    Case(
        lambda: Sequential(
            Residual(Sequential(Linear(4, 6), BatchNorm(6)), Sequential(Linear(4, 6))), ReLU()
        ),
        (6, 4),
    ),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", LAYERS, ids=str)
@pytest.mark.parametrize("backend", BACKENDS)
def test_layer(case: Case, check, backend: str):
    check(case, backend)


@pytest.mark.parametrize("check", CHECKS_OF_ANY_BACKEND, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_layer_whatever_the_back_end(case: Case, check):
    check(case)


def outcomes(case: Case, x: np.ndarray, backend: str) -> list[object]:
    """The shape that each verb gives for ``x``, or that it was refused."""
    layer = case.layer()

    def learn(x: np.ndarray) -> np.ndarray:
        y, cache = layer.forward(x)
        return layer.backward(np.ones_like(y), cache)

    found: list[object] = []
    for verb in (layer, lambda x: layer.forward(x)[0], learn):
        with kernels.use(backend):
            try:
                found.append(np.shape(verb(x)))
            except InputError:
                found.append("refused")
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the mean of nothing
@pytest.mark.parametrize(
    "shape", [(), (0,), (3, 0), (0, 3), (2, 0, 4, 3), (2, 4, 0, 3), (2, 4, 4, 0)], ids=str
)
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_arrays_without_axes_or_numbers_go_through_or_are_refused(case: Case, shape):
    """On every back end alike, and by an error of ours, whatever the dtype."""
    for dtype in {np.float32, case.dtype or np.float32}:
        by_backend = [outcomes(case, np.zeros(shape, dtype), backend) for backend in BACKENDS]
        assert all(found == by_backend[0] for found in by_backend)


def test_every_public_layer_is_in_the_table():
    """Layers of several inputs are there inside the containers that feed them."""
    built = [case.build() for case in LAYERS]
    merges = {type(part) for whole in built for part in walk(whole) if isinstance(part, Merge)}
    assert public(layers, Layer) == {type(whole) for whole in built} | merges


class InPlace(ReLU):
    def backward(self, dy, y):
        dy[y <= 0] = 0
        return dy


class Forgetful(Linear):
    """Keeps its input on itself: the second forward overwrites the first."""

    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dy, cache):
        return super().backward(dy, self.x)


class Overwriting(Linear):
    def backward_parameters(self, dy, x):
        self.weight.grad = x.T @ dy
        self.bias.grad = dy.sum(axis=0)


class Doubling(Linear):
    def backward_parameters(self, dy, x):
        super().backward_parameters(dy, x)
        self.weight.accumulate(0 * self.weight.value)
        self.bias.accumulate(dy.sum(axis=0))


class Widening(ReLU):
    def backward(self, dy, y):
        return dy * (y > 0).astype(np.float64)


class Batchwise(ReLU):
    def __call__(self, x):
        return super().__call__(x - x.mean(axis=0))


class Counting(ReLU):
    calls = 0

    def __call__(self, x):
        self.calls += 1
        return super().__call__(x)


class Unchecked(Linear):
    """Takes the first of too many features."""

    def forward(self, x):
        return super().forward(x[..., : self.weight.shape[0]])


class Confused(Linear):
    """Finds out too late, in NumPy's words."""

    def forward(self, x):
        return x @ self.weight.value + self.bias.value, x


class Rounding(ReLU):
    def forward(self, x):
        y, cache = super().forward(x.astype(np.float32))
        return y, cache


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (lambda: InPlace(), contract.leaves_its_arguments_alone),
        (lambda: Forgetful(5, 3), contract.keeps_caches_apart),
        (lambda: Overwriting(5, 3), contract.accumulates_gradients),
        (lambda: Doubling(5, 3), contract.differentiates),
        (lambda: Widening(), contract.keeps_the_dtype),
        (lambda: Batchwise(), contract.predicts_each_sample_on_its_own),
        (lambda: Counting(), contract.predicts_without_a_trace),
        (lambda: Unchecked(5, 3), contract.takes_or_refuses_other_shapes),
        (lambda: Confused(5, 3), contract.takes_or_refuses_other_shapes),
        (lambda: Rounding(), contract.refuses_the_wrong_dtype),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_checks_catch_a_broken_layer(broken, check):
    with pytest.raises((AssertionError, ValueError, CheckFailed)):
        check(Case(broken, (4, 5)), "reference")
