from __future__ import annotations

import pytest

from chainrule.circuit import ExpressionError, expression, report_e
from chainrule.circuit.parsing import Written
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
        ("exp(0) * x", 3),
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
        ("1" * 5000 + " * x", "a number has too many digits"),
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


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x +", ""),
        ("", ""),
        ("(x + y", "("),
        ("x + y)", ")"),
        ("2x + 1", "2"),
        ("1 * (x ^ 2)", "x ^ 2"),
        ("  2 * log(x - 4)", "log(x - 4)"),
        ("x * y", "y"),
        ("1 + exq(x)", "exq"),
        ("x + 9**9**9", "9**9**9"),
        ("x + 1e999", "1e999"),
        ("x + (-8)**0.5", "(-8)**0.5"),
        ("x + 1/0", "1/0"),
        ("3 / (x - x) + 1", "3 / (x - x)"),
        ("exp(1000 * x)", "exp(1000 * x)"),
        ("(x +\n  log(-x))", "log(-x)"),
        ("日本 * x", "日本"),
        ("x + x.real", "x.real"),
        ("x - 'π' + 1", "'π'"),
        ("2 * 3", "2 * 3"),
    ],
)
def test_an_error_says_where(text, place):
    with pytest.raises(ExpressionError) as caught:
        expression(text, x=3)
    assert text[caught.value.start : caught.value.end] == place


def test_the_place_of_what_follows_other_letters_counts_characters():
    text = "β*β + 日本 + log(-β)"
    with pytest.raises(ExpressionError) as caught:
        expression(text, **{"β": 1, "日本": 2})
    assert text[caught.value.start : caught.value.end] == "log(-β)"


def test_what_is_written_can_be_computed_again():
    written = Written("max(b, 3 / a) - b")
    assert written.names == ("b", "a")
    assert written.value({"a": 1, "b": 2}).value == 1
    result = written.value({"a": 2, "b": 4})
    assert result.value == 0
    names = {result.circuit().name(node): written.places[node] for node in result.circuit().nodes}
    assert {name: written.text[slice(*place)] for name, place in names.items()} == {
        "b": "b", "a": "a", "g1": "3 / a", "g2": "3 / a", "g3": "max(b, 3 / a)",
        "f": "max(b, 3 / a) - b",
    }  # fmt: skip


def test_messages_keep_the_parentheses_that_are_needed():
    with pytest.raises(InputError, match=r"^\(x - x\) / 0 with x - x = 0: division by zero"):
        expression("(x - x) / 0", x=3)
    with pytest.raises(InputError, match=r"^x / \(y × x\) with x = 3, y × x = 0"):
        expression("x / (y * x)", x=3, y=0)
