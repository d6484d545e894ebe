from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.circuit import Value, exp, inputs, log, maximum, sqrt
from chainrule.errors import InputError


def test_operators_compute_like_numbers():
    x, y = inputs(x=3, y=-4)
    assert [v.value for v in (x + y, x - y, x * y, x / y, -x, x**2)] == [-1, 7, -12, -0.75, -3, 9]
    assert [v.value for v in (x + 1, 1 + x, x - 1, 1 - x, 2 * x, x * 2, x / 2, 2 / x)] == [
        4, 4, 2, -2, 6, 6, 1.5, 2 / 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("write", "slope"),
    [
        (lambda x: x + 1, 1),
        (lambda x: x - 1, 1),
        (lambda x: 1 - x, -1),
        (lambda x: 5 * x, 5),
        (lambda x: x / 4, 0.25),
        (lambda x: 2 / x, -2 / 9),
        (lambda x: 1 / x, -1 / 9),
        (lambda x: x**-1, -1 / 9),
        (lambda x: x**0, 0),
        (lambda x: x * x, 6),
        (lambda x: sum([x, x, x]), 3),
    ],
)
def test_slopes_of_operators(write, slope):
    (x,) = inputs(x=3)
    write(x).backward()
    assert x.grad == pytest.approx(slope, rel=1e-14)


def test_numpy_numbers_leave_the_operators_alone():
    (x,) = inputs(x=np.float32(2))
    f = np.float64(3) * x + np.int64(1)
    assert isinstance(f, Value)
    assert f.value == 7


def test_learning_by_hand():
    """Steps against the gradient of (w - 3)² end at 3."""
    (w,) = inputs(w=0)
    loss = (w - 3) ** 2
    for _ in range(50):
        loss.backward()
        w.value -= 0.2 * w.grad
    assert w.value == pytest.approx(3, abs=1e-9)
    assert loss.forward() == pytest.approx(0, abs=1e-18)


def test_repr_is_short():
    x, y = inputs(x=-2, y=5)
    f = (x + y) * x
    assert [repr(v) for v in (x, x + y, f)] == [
        "Value('x', -2)", "Value(x + y = 3)", "Value(… × x = -6)",
    ]  # fmt: skip
    f.backward()
    assert repr(x) == "Value('x', -2, grad=1)"


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda x, y: x + "1", r"\+: expected a number, received '1' \(str\)"),
        (lambda x, y: [1] * x, r"\*: expected a number"),
        (lambda x, y: np.ones(3) * x, r"\*: expected a number"),
        (lambda x, y: x + True, "expected a number, received True"),
        (lambda x, y: x - math.nan, "expected a finite number"),
        (lambda x, y: x * 10**400, "expected a finite number"),
        (lambda x, y: x**y, "the exponent is a constant; write exp"),
        (lambda x, y: 2**x, "the exponent is a constant; write exp"),
        (lambda x, y: max(x, y), "use maximum or minimum"),
        (lambda x, y: math.exp(x), "x: ask .value for its number"),
        (lambda x, y: maximum(x), "max: expected 2 or more inputs, received 1"),
        (lambda x, y: exp(1.0), "exp: expected at least one Value"),
        (lambda x, y: x / 0, "x / 0 with x = 1: division by zero"),
        (lambda x, y: x / (y - y), r"division by zero"),
        (lambda x, y: 1 / y, "1 / y with y = 0: the reciprocal of zero"),
        (lambda x, y: log(y - 1), "the logarithm needs a positive number"),
        (lambda x, y: sqrt(-x), "the square root needs a number of 0 or more"),
        (lambda x, y: (-x) ** 0.5, "a power needs x > 0"),
        (lambda x, y: y**-1, "a power needs x > 0"),
        (lambda x, y: exp(1000 * x), "the result does not fit into a float64"),
        (lambda x, y: (x * 1e200) * (x * 1e200), "the result does not fit into a float64"),
        (lambda x, y: sqrt(y).backward(), "sqrt|√.*no finite slope"),
    ],
)
def test_what_cannot_be_computed_is_said_in_one_line(write, message):
    with pytest.raises(InputError, match=message) as caught:
        write(*inputs(x=1, y=0))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", 3, "\x00"])
def test_names_are_one_line_of_text(name):
    with pytest.raises(InputError, match="name: expected one line of text"):
        Value(name, 1)


def test_only_inputs_can_be_set():
    x, y = inputs(x=1, y=2)
    f = maximum(x, y, 0)
    with pytest.raises(InputError, match="only the value of an input can be set"):
        f.value = 3
    with pytest.raises(InputError, match="only the value of an input can be set"):
        f.inputs[2].value = 3
    with pytest.raises(InputError, match="x: expected a number, received None"):
        x.value = None
    with pytest.raises(AttributeError):
        x.grads = 1


def test_an_input_keeps_its_name():
    (x,) = inputs(x=1)
    with pytest.raises(InputError, match="has its name already"):
        x.named("y")
