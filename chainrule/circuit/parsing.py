"""A circuit from an expression in a string, as a command line or a web page has it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import SupportsFloat

from ..declared import checked
from ..errors import InputError
from .grammar import TAKEN, UnknownFunction, made, operands, source
from .places import ExpressionError, Place, Places
from .value import Value

DEEP = "this is not an expression, or one too deep"
TOO_LARGE = "the result does not fit into a float64"


@checked
def expression(text: str, **values: SupportsFloat) -> Value:
    """The value of ``text``, written as in Python, at the given inputs.

    >>> f = expression("(x + y) * z", x=-2, y=5, z=-4)
    >>> f.backward()
    >>> f
    Value(f = -12, grad=1)

    Nothing but + - * / **, numbers, the inputs and the functions of this package is understood,
    so the text may come from anywhere. Raises InputError for whatever else it holds, for inputs
    without a number and for numbers without an input; for what has a place in the text it is an
    `ExpressionError`, which says where.
    """
    read = Written(text)
    result = read.value(values)
    if idle := sorted(values.keys() - set(read.names)):
        raise InputError(f"{', '.join(idle)}: not in the expression {text!r:.60}")
    return result


class Written:
    """An expression that has been read: it can be computed at any numbers.

    names    its inputs, in the order in which they are written
    depth    how deep its parts are nested
    places   where in the text each value of the circuit that was made last is written
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._shift = len(text) - len(text.lstrip())  # Python would call it an indented line
        self._places = Places(text[self._shift :])
        self.places: dict[Value, Place] = {}
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise self._unreadable(error) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"{text!r:.60}: {DEEP}", 0, len(text)) from error
        names: dict[tuple[int, str], None] = {}
        self.depth, level = 0, [self._tree]
        while level:
            self.depth += 1
            below: list[ast.expr] = []
            for node in level:
                if isinstance(node, ast.Name):
                    names[self._place(node)[0], node.id] = None
                below += operands(node)
            level = below
        self.names = tuple(dict.fromkeys(name for _, name in sorted(names)))

    def value(self, values: Mapping[str, SupportsFloat]) -> Value:
        """What the expression is at these numbers. Errors are those of `expression`."""
        inputs = {name: Value(name, number) for name, number in values.items()}
        self.places = {}
        try:
            result = self._build(self._tree, inputs)
        except (RecursionError, MemoryError) as error:
            raise ExpressionError(f"{self.text!r:.60}: {DEEP}", 0, len(self.text)) from error
        if not isinstance(result, Value):
            raise ExpressionError(
                f"{self.text!r:.60}: there is no input in it, so no gradient either",
                0, len(self.text),
            )  # fmt: skip
        if result.gate is not None and "f" not in inputs:
            result.named("f")
        return result

    def _build(self, node: ast.expr, inputs: Mapping[str, Value]) -> Value | float:
        """A Value, or a float where no input is involved."""
        parts = [self._build(part, inputs) for part in operands(node)]
        try:
            result = made(node, parts, inputs)
        except UnknownFunction as error:
            raise ExpressionError(str(error), *self._place(error.node)) from error
        except ArithmeticError as error:
            words = "division by zero" if isinstance(error, ZeroDivisionError) else TOO_LARGE
            raise ExpressionError(f"{source(node)}: {words}", *self._place(node)) from error
        except InputError as error:
            raise ExpressionError(str(error), *self._place(node)) from error
        new = [result] if isinstance(result, Value) else []
        while new:  # 3 / x is two gates
            if (value := new.pop()) not in self.places:
                self.places[value] = self._place(node)
                new += value.inputs
        return result

    def _place(self, node: ast.expr) -> Place:
        start, end = self._places.of(node)
        return self._shift + start, self._shift + end

    def _unreadable(self, error: SyntaxError) -> ExpressionError:
        start, end = (at + self._shift for at in self._places.of_error(error))
        said = str(error.msg)
        if "too many nested" in said or "too deep" in said:
            reason = DEEP
        elif "never closed" in said or "unmatched" in said or "does not match" in said:
            reason = f"this is not an expression: {said}"
        elif "Exceeds the limit" in said:
            reason = "this is not an expression: a number has too many digits"
        elif "literal" in said:
            reason = "this is not an expression: after a number an operator is missing, as in 2*x"
        else:
            reason = f"this is not an expression: {TAKEN}"
        return ExpressionError(f"{self.text!r:.60}: {reason}", start, end)
