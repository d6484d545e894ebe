"""What an expression may be made of: its operators and functions, and what each of them makes."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InputError, did_you_mean
from . import functions
from .numbers import finite
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
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
TAKEN = "expected numbers, inputs, + - * / ** and functions such as exp"


class UnknownFunction(InputError):
    """A call of what is no function; ``node`` is where its name stands."""

    def __init__(self, message: str, node: ast.expr) -> None:
        super().__init__(message)
        self.node = node


def operands(node: ast.expr) -> list[ast.expr]:
    """The parts that are computed before ``node`` is."""
    match node:
        case ast.UnaryOp(operand=x):
            return [x]
        case ast.BinOp(left=x, right=y):
            return [x, y]
        case ast.Call(args=arguments):
            return arguments
    return []


def made(node: ast.expr, parts: list[Any], inputs: Mapping[str, Value]) -> Value | float:
    """What ``node`` makes of its computed ``parts``."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return finite(float(number), "number")
        case ast.Name(id=name):
            return _input(name, inputs)
        case ast.UnaryOp(op=sign) if type(sign) in SIGNS:
            signed: Value | float = SIGNS[type(sign)](*parts)
            return signed
        case ast.BinOp(op=sign) if type(sign) in OPERATORS:
            result = OPERATORS[type(sign)](*parts)
            return result if isinstance(result, Value) else finite(result, SYMBOLS[type(sign)])
        case ast.Call(func=ast.Name(id=name) as called, keywords=[]):
            if name not in FUNCTIONS:
                hint = did_you_mean(name, FUNCTIONS)
                raise UnknownFunction(f"{name}: no such function{hint}", called)
            return _call(name, parts)
        case ast.BinOp(op=ast.BitXor()):
            raise InputError(f"{source(node)}: {TAKEN}; a power is written x**2")
    raise InputError(f"{source(node)}: {TAKEN}")


def _input(name: str, inputs: Mapping[str, Value]) -> Value:
    if name in inputs:
        return inputs[name]
    hint = did_you_mean(name, inputs) if inputs else ""
    raise InputError(f"{name}: no number was given for this input{hint}")


def _call(name: str, arguments: list[Any]) -> Value | float:
    several = name.startswith(("max", "min"))
    if not several and len(arguments) != 1:
        raise InputError(f"{name}: expected one argument, received {len(arguments)}")
    if arguments and not any(isinstance(x, Value) for x in arguments):
        return FUNCTIONS[name](*(Value(f"{x:g}", x) for x in arguments)).value
    return FUNCTIONS[name](*arguments)


def source(node: ast.expr) -> str:
    """A part as it is written."""
    return f"{ast.unparse(node)!r:.60}"
