from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from chainrule.errors import CheckFailed
from chainrule.gradient_check import NO_PATTERN, check_function, check_layer, gradcheck
from chainrule.gradient_check.findings import FOLLOWS
from chainrule.layers import (
    Add,
    BatchNorm,
    Conv2d,
    Dropout,
    Graph,
    Layer,
    LeakyReLU,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Tanh,
)
from chainrule.models import mlp
from chainrule.types import Array

from . import planted

TANH = Sequential(Linear(5, 5), Tanh())
shared = planted.Overwriting(5, 5)
diamond = {
    "a": (Linear(5, 5), "input"),
    "b": (Tanh(), "a"),
    "c": (Linear(5, 5), "a"),
    "sum": (Add(), "b", "c"),
}

PLANTED = [  # the layer with its mistake, an input shape, the array, the name
    (planted.Averaged(5, 3), (6, 5), "weight", "one 1/N too many"),
    (planted.BiasOverWrongAxis(5, 6), (6, 5), "bias", "summed over the wrong axis"),
    (planted.BiasOverWrongAxis(5, 3), (6, 5), "bias", "summed over the wrong axis"),
    (planted.BiasNotSummed(5, 3), (6, 5), "bias", "not summed over the batch"),
    (planted.BiasForgotten(5, 3), (6, 5), "bias", "gradient never written"),
    (planted.BiasZero(5, 3), (6, 5), "bias", "gradient all zero"),
    (planted.TransposedWeight(5, 5), (6, 5), "dL/dx", "transposed weight"),
    (planted.TransposedGradient(5, 5), (6, 5), "weight", "transposed"),
    (planted.TransposedGradient(5, 3), (6, 5), "weight", "transposed"),
    (planted.LastSampleOnly(5, 3), (6, 5), "weight", "only one sample counts"),
    (planted.ProductOfSums(5, 3), (6, 5), "weight", "right for a batch of one"),
    (planted.Reshaped(5, 3), (6, 5), "weight", "reshape for transpose"),
    (planted.AxisKept(5, 3), (6, 5), "bias", "wrong shape"),
    (planted.Negated(5, 3), (6, 5), "dL/dx", "wrong sign"),
    (planted.NotANumber(5, 3), (6, 5), "bias", "not finite"),
    (Sequential(shared, Tanh(), shared), (6, 5), "layers.0.weight", "overwritten, not accumulated"),
    (planted.OpenGate(), (6, 5), "dL/dx", "gate missing"),
    (planted.OppositeGate(), (6, 5), "dL/dx", "gate on the wrong side"),
    (planted.GateOfGradient(), (6, 5), "dL/dx", "gated by dy"),
    (planted.SlopeForgotten(0.1), (6, 5), "dL/dx", "wrong only where x < 0"),
    (planted.Unscaled(0.3), (6, 5), "dL/dx", "dropout scale missing"),
    (planted.DrawnAgain(0.3), (6, 5), "dL/dx", "another mask than forward's"),
    (planted.NoMeanPath(5), (12, 5), "dL/dx", "mean path missing or wrong"),
    (planted.NoVariancePath(5), (12, 5), "dL/dx", "variance path missing or wrong"),
    (planted.NoStatisticsPaths(5), (12, 5), "dL/dx", "mean and variance paths missing or wrong"),
    (planted.MeanOverChannels(5), (12, 5), "dL/dx", "mean over the wrong axis"),
    (planted.ScaleOverWrongAxis(5), (5, 5), "gamma", "summed over the wrong axis"),
    (planted.NotRotated(2, 3, 3, padding=1), (2, 4, 5, 2), "dL/dx", "kernel not rotated by 180°"),
    (planted.KernelGradientFlipped(2, 3, 3), (2, 4, 5, 2), "weight", "flipped"),
    (planted.ChannelsShuffled(4, 2, 3), (2, 4, 5, 4), "dL/dx", "slices in the wrong order"),
    (planted.BiasAveraged(2, 3, 1), (2, 4, 5, 2), "bias", "one 1/(H·W of the input) too many"),
    (planted.WithoutShortcut(TANH), (6, 5), "dL/dx", "fan-out not summed"),
    (planted.ShortcutTwice(TANH), (6, 5), "dL/dx", "a use counted twice"),
    (planted.LastReaderOnly(diamond), (6, 5), "the output of layers.a", "fan-out not summed"),
]  # fmt: skip


def names(case: Any) -> str | None:
    return type(case).__name__ if isinstance(case, Layer) else None


@pytest.mark.parametrize(("layer", "shape", "where", "name"), PLANTED, ids=names)
def test_a_planted_mistake_is_named(
    layer: Layer, shape: tuple[int, ...], where: str, name: str, rng: np.random.Generator
) -> None:
    diagnoses = check_layer(layer.init(0), rng.standard_normal(shape)).diagnoses
    assert (diagnoses[0].where, diagnoses[0].name) == (where, name), diagnoses
    assert {diagnosis.name for diagnosis in diagnoses} == {name}


RIGHT = [
    (Linear(5, 5), (6, 5)),
    (planted.Norm(5), (12, 5)),
    (BatchNorm(3), (4, 3, 3, 3)),
    (Conv2d(2, 3, 3, padding=1), (2, 4, 4, 2)),
    (ReLU(), (6, 5)),
    (LeakyReLU(0.1), (6, 5)),
    (Dropout(0.3), (6, 5)),
    (Residual(Sequential(Linear(5, 5), Tanh())), (6, 5)),
    (Graph(diamond), (6, 5)),
]


@pytest.mark.parametrize(("layer", "shape"), RIGHT, ids=names)
def test_what_is_right_gets_no_diagnosis(
    layer: Layer, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    result = check_layer(layer.init(0), rng.standard_normal(shape))
    assert result.ok
    assert result.diagnoses == ()


class Odd(Linear):
    """A mistake of its own in each ``kind``; none of them is in any book."""

    def __init__(self, kind: str) -> None:
        super().__init__(5, 4)
        self.kind = kind

    def backward(self, dy: Array, x: Array) -> Array:
        dx = super().backward(dy, x)
        w, b = self.weight, self.bias
        match self.kind:
            case "cubed weight":
                w.grad = w.grad**3
            case "one weight":
                w.grad[2, 1] *= 1.1
            case "one row":
                w.grad[2] = np.cos(w.grad[2])
            case "shifted weight":
                w.grad = w.grad + 0.1
            case "noise":
                w.grad = w.grad + 1e-3 * np.random.default_rng(0).standard_normal(w.shape)
            case "one bias":
                b.grad[1] += 0.3
            case "sine":
                b.grad = b.grad + 0.01 * np.sin(np.arange(4))
            case "one sample":
                dx[0] *= 1.1
            case "two factors":
                dx[:, :2] *= 3
                dx[:, 2:] *= 0.4
            case "of x":
                dx = dx + 0.1 * x**2
            case "tanh":
                dx = dx * (1 - np.tanh(x))
        return dx


ODD = "cubed weight|one weight|one row|shifted weight|noise|one bias|sine|one sample|of x|tanh"


@pytest.mark.parametrize("kind", [*ODD.split("|"), "two factors"])
def test_an_unusual_mistake_is_given_no_wrong_name(kind: str, rng: np.random.Generator) -> None:
    (diagnosis,) = check_layer(Odd(kind).init(0), rng.standard_normal((6, 5))).diagnoses
    assert diagnosis.name == NO_PATTERN
    assert "wrong in " in diagnosis.evidence


def test_where_the_errors_sit_is_said(rng: np.random.Generator) -> None:
    (diagnosis,) = check_layer(Odd("one row").init(0), rng.standard_normal((6, 5))).diagnoses
    assert "wrong in 4 of 20 entries, all at 2 of axis 0" in diagnosis.evidence


@pytest.fixture
def batch(rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.random((8, 6)), rng.integers(4, size=8)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (planted.SummedLoss(), "missing 1/N"),
        (planted.LabelsForgotten(), "label's term missing or wrong"),
    ],
)
def test_a_wrong_loss_is_to_blame_for_every_array(batch: Any, loss: Any, name: str) -> None:
    model = mlp(6, (8, 7), 4, norm="batch", dropout=0.2).init(0)
    first, rest = gradcheck(model, *batch, loss=loss, raise_on_failure=False).diagnoses
    assert first.where == f"dL/dlogits of {type(loss).__name__}"
    assert first.name == name
    assert rest.where.startswith("layers.2.weight")
    assert "because of it" in rest.name


def test_the_layer_to_blame_is_named_and_not_those_before_it(batch: Any) -> None:
    inner = Residual(Sequential(planted.TransposedWeight(8, 8), Tanh()))
    model = Sequential(Linear(6, 8), ReLU(), inner, Linear(8, 4)).init(0)
    with pytest.raises(CheckFailed) as failed:
        gradcheck(model, *batch)
    assert (
        "diagnosis: dL/dx of layers.2.body.layers.0 (TransposedWeight): transposed weight"
        in str(failed.value)
    )
    result = gradcheck(model, *batch, raise_on_failure=False)
    assert [d.where for d in result.diagnoses[1:]] == ["layers.0.weight, layers.0.bias, input"]
    assert "DIAGNOSIS  dL/dx of layers.2.body.layers.0" in str(result)


def test_two_mistakes_are_both_named(batch: Any) -> None:
    model = Sequential(planted.BiasZero(6, 8), ReLU(), planted.Averaged(8, 4)).init(0)
    result = gradcheck(model, *batch, raise_on_failure=False)
    assert [(d.where, d.name) for d in result.diagnoses] == [
        ("layers.2.weight", "one 1/N too many"),
        ("layers.0.bias", "gradient all zero"),
    ]


def test_a_layer_of_several_inputs_can_be_to_blame(rng: np.random.Generator) -> None:
    nodes = {
        "a": (Linear(5, 4), "input"),
        "b": (Linear(5, 4), "input"),
        "times": (planted.OtherFactorForgotten(), "a", "b"),
    }
    result = check_layer(Graph(nodes).init(0), rng.standard_normal((6, 5)))
    where = "layers.times (OtherFactorForgotten)"
    assert [d.where for d in result.diagnoses[:2]] == [
        f"dL/dx.0 of {where}", f"dL/dx.1 of {where}",
    ]  # fmt: skip


def test_a_penalty_that_is_overwritten_is_missed(batch: Any) -> None:
    model = Sequential(Linear(6, 8), ReLU(), planted.Overwriting(8, 4)).init(0)
    assert gradcheck(model, *batch).ok
    (diagnosis,) = gradcheck(model, *batch, reg=0.5, raise_on_failure=False).diagnoses
    assert (diagnosis.where, diagnosis.name) == ("layers.2.weight", "L2 penalty missing")
    assert "= -0.5 W, reg = 0.5" in diagnosis.evidence


def test_a_bare_function_is_diagnosed_by_its_numbers(rng: np.random.Generator) -> None:
    w = rng.standard_normal((4, 4))

    def f(arrays: Any) -> float:
        return float((np.sin(arrays["w"]) * np.arange(16).reshape(4, 4)).sum())

    right = np.cos(w) * np.arange(16).reshape(4, 4)
    for gradient, name in ((right.T, "transposed"), (2 * right, "counted twice"), (right, None)):
        diagnoses = check_function(f, {"w": w}, {"w": gradient}).diagnoses
        assert [d.name for d in diagnoses] == ([name] if name else [])


def test_numbers_of_seven_digits_are_found(rng: np.random.Generator) -> None:
    result = check_layer(planted.SinglePrecision(5, 3).init(0), rng.standard_normal((6, 5)))
    assert {d.name for d in result.diagnoses} == {"float32 inside"}


def test_what_only_rounding_makes_wrong_is_no_mistake(rng: np.random.Generator) -> None:
    x = rng.standard_normal(5)
    strict = {"tolerance": 1e-13, "floor": 1e-300}
    result = check_function(
        lambda a: float(np.sin(a["x"]).sum()), {"x": x}, {"x": np.cos(x)}, **strict
    )
    assert [d.name for d in result.diagnoses] == ["no mistake found"]


def test_a_layer_that_cannot_be_taken_apart_is_diagnosed_as_a_whole(
    rng: np.random.Generator,
) -> None:
    class Peeking(Layer):
        """It looks into the cache of the layer inside, which a recording replaces."""

        def __init__(self) -> None:
            self.inner = planted.BiasZero(5, 3)

        def forward(self, x: Array) -> tuple[Array, Any]:
            return self.inner.forward(x)

        def backward(self, dy: Array, cache: Any) -> Array:
            return self.inner.backward(dy, cache.copy())

    (diagnosis,) = check_layer(Peeking().init(0), rng.standard_normal((6, 5))).diagnoses
    assert (diagnosis.where, diagnosis.name) == ("inner.bias", "gradient all zero")


OTHERS = [
    (planted.CacheOfFirst(5, 5), "weight"),
    (planted.CacheOfLast(5, 5), "weight"),
    (planted.CacheOfPrevious(5, 5), "weight"),
    (planted.CacheOfClass(5, 5), "weight"),
    (planted.CachesInOrder(5, 5), "weight"),
    (planted.CacheInBuffer(5, 5), "weight"),
    (planted.WeightOfFirst(5, 5), "dL/dx"),
    (planted.MaskOfFirst(), "dL/dx"),
    (planted.StatisticsOfFirst(5), "gamma"),
]


@pytest.mark.parametrize("called", [False, True], ids=["new", "called before"])
@pytest.mark.parametrize(("layer", "where"), OTHERS, ids=names)
def test_a_cache_of_another_forward_is_found(
    layer: Layer, where: str, called: bool, rng: np.random.Generator
) -> None:
    """Also where the layer has seen the very x of the check before."""
    planted.CacheOfClass.seen.clear()
    layer, x = copy.deepcopy(layer).init(0), rng.standard_normal((6, 5))
    if called:
        layer.forward(x.astype(np.float32))
    result = check_layer(layer, x)
    assert not result.ok
    assert result.diagnoses[0].where == where
    if not (called and isinstance(layer, (planted.WeightOfFirst, planted.StatisticsOfFirst))):
        assert result.diagnoses[0].name in (
            "cache of another forward", "another mask than forward's"
        ), result.diagnoses  # fmt: skip


@pytest.mark.parametrize(("layer", "where"), OTHERS, ids=names)
def test_a_cache_of_another_forward_is_found_inside_a_model(
    layer: Layer, where: str, rng: np.random.Generator
) -> None:
    planted.CacheOfClass.seen.clear()
    model = Sequential(Linear(5, 5), Tanh(), copy.deepcopy(layer), ReLU(), Linear(5, 3)).init(0)
    x, labels = rng.standard_normal((6, 5)), rng.integers(3, size=6)
    first = gradcheck(model, x, labels, raise_on_failure=False).diagnoses[0]
    assert "layers.2" in first.where and where in first.where, first
    assert first.name == "cache of another forward"


WRITERS = [
    (planted.WritesInput(), "forward changes its input"),
    (planted.ScalesInput(5, 5), "forward changes its input"),
    (planted.WritesGradient(), "backward changes dy"),
    (planted.WritesCache(), "backward changes its output"),
    (planted.WritesWeight(5, 5), "forward changes weight"),
    (planted.UsesOutputAgain(5, 5), "forward changes the output of an earlier one"),
]


@pytest.mark.parametrize(("layer", "what"), WRITERS, ids=names)
def test_who_writes_into_what_is_not_its_own_is_named(
    layer: Layer, what: str, rng: np.random.Generator
) -> None:
    layer = copy.deepcopy(layer)
    kind = type(layer).__name__
    alone = check_layer(layer.init(0), rng.standard_normal((6, 5)))
    assert not alone.ok
    assert (alone.diagnoses[0].where, alone.diagnoses[0].evidence) == (kind, what)
    with pytest.raises(CheckFailed, match=what):
        alone.raise_if_failed()

    block = Residual(Sequential(layer, Linear(5, 5), Tanh()))
    model = Sequential(Linear(5, 5), block, Linear(5, 3)).init(0)
    x, labels = rng.standard_normal((6, 5)), rng.integers(3, size=6)
    result = gradcheck(model, x, labels, raise_on_failure=False)
    assert {d.where for d in result.writes} == {f"layers.1.body.layers.0 ({kind})"}
    assert result.diagnoses[0] == result.writes[0]
    blamed = {d.where for d in result.diagnoses if d.name not in (result.writes[0].name, FOLLOWS)}
    assert not blamed, result.diagnoses
