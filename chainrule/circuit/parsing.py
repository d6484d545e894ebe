"""A circuit from an expression in a string, as a command line or a web page has it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, SupportsFloat

from ..declared import checked
from ..errors import InputError, did_you_mean
from . import functions
from .value import Value

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: lambda x: x,
}
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "copy": functions.copy,
    "exp": functions.exp,
    "log": functions.log,
    "max": functions.maximum,
    "maximum": functions.maximum,
    "min": functions.minimum,
    "minimum": functions.minimum,
    "reciprocal": functions.reciprocal,
    "relu": functions.relu,
    "sigmoid": functions.sigmoid,
    "sqrt": functions.sqrt,
    "square": functions.square,
    "tanh": functions.tanh,
}


@checked
def expression(text: str, **values: SupportsFloat) -> Value:
    """The value of ``text``, written as in Python, at the given inputs.

    >>> f = expression("(x + y) * z", x=-2, y=5, z=-4)
    >>> f.backward()
    >>> f
    Value(f = -12, grad=1)

    Nothing but + - * / **, numbers, the inputs and the functions of this package is understood,
    so the text may come from anywhere. Raises InputError for whatever else it holds, for inputs
    without a number and for numbers without an input.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        inputs = {name: Value(name, number) for name, number in values.items()}
        result = _build(tree, inputs)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{text!r:.60}: this is not an expression, or one too deep") from error
    except ArithmeticError as error:
        raise InputError(f"{text!r:.60}: {error}") from error
    if not isinstance(result, Value):
        raise InputError(f"{text!r:.60}: there is no input in it, so no gradient either")
    used = {x.name for x in result.circuit().inputs}
    if idle := sorted(inputs.keys() - used):
        raise InputError(f"{', '.join(idle)}: not in the expression {text!r:.60}")
    if result.gate is not None and "f" not in inputs:
        result.named("f")
    return result


def _build(node: ast.expr, inputs: Mapping[str, Value]) -> Any:
    """A Value, or a float where no input is involved."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return _input(name, inputs)
        case ast.UnaryOp(op=sign, operand=x) if type(sign) in SIGNS:
            return SIGNS[type(sign)](_build(x, inputs))
        case ast.BinOp(left=x, op=sign, right=y) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_build(x, inputs), _build(y, inputs))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in FUNCTIONS:
                raise InputError(f"{name}: no such function{did_you_mean(name, FUNCTIONS)}")
            return _call(name, [_build(x, inputs) for x in arguments])
    raise InputError(
        f"{ast.unparse(node)!r:.60}: expected numbers, inputs, + - * / ** and functions such as exp"
    )


def _input(name: str, inputs: Mapping[str, Value]) -> Value:
    if name in inputs:
        return inputs[name]
    hint = did_you_mean(name, inputs) if inputs else ""
    raise InputError(f"{name}: no number was given for this input{hint}")


def _call(name: str, arguments: list[Any]) -> Value:
    several = name.startswith(("max", "min"))
    if not several and len(arguments) != 1:
        raise InputError(f"{name}: expected one argument, received {len(arguments)}")
    return FUNCTIONS[name](*arguments)
