from __future__ import annotations

import pytest

from chainrule.circuit import expression, report_e
from chainrule.errors import InputError


def test_an_expression_is_the_same_circuit():
    f = expression("1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    f.backward()
    expected = {x.name: x.grad for x in report_e().inputs}
    assert {x.name: x.grad for x in f.circuit().inputs} == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(0, x)", 3),
        ("2 * 3 * x", 18),
        ("+x - -1", 4),
        ("x ** 2 / 2", 4.5),
        ("minimum(x, y, 1)", -4),
        ("relu(y) + square(x)", 9),
    ],
)
def test_values(text, value):
    given = {"x": 3, "y": -4}
    f = expression(text, **{name: given[name] for name in given if name in text.replace("max", "")})
    assert f.value == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x +", "not an expression"),
        ("", "not an expression"),
        ("x\0", "not an expression"),
        ("(" * 500 + "x" + ")" * 500, "not an expression, or one too deep"),
        ("-" * 5000 + "x", "not an expression, or one too deep"),
        ("x ^ 2", "expected numbers, inputs"),
        ("x.real", "expected numbers, inputs"),
        ("__import__('os').system('true')", "expected numbers, inputs"),
        ("open(x)", "open: no such function"),
        ("exq(x)", "exq: no such function; did you mean 'exp'"),
        ("exp(x, x)", "exp: expected one argument, received 2"),
        ("exp(x=x)", "expected numbers, inputs"),
        ("'a' * x", "expected numbers, inputs"),
        ("True * x", "expected numbers, inputs"),
        ("x + y", "y: no number was given for this input"),
        ("1 + 2", "no input in it"),
        ("x * (1 / 0)", "division by zero"),
        ("x * 10 ** 10 ** 10", "10"),
        ("x * (-8) ** 0.5", "expected a number"),
        ("log(x - 3)", "the logarithm needs a positive number"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(InputError, match=message) as caught:
        expression(text, x=3)
    assert "\n" not in str(caught.value)


def test_idle_inputs_are_named():
    with pytest.raises(InputError, match="y: not in the expression"):
        expression("x + 1", x=1, y=2)
