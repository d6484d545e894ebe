"""The view *gates*: an expression as a graph, forward and backward, one gate at a time.

    evaluate("(x + y) * z", {"x": -2, "y": 5, "z": -4})

answers with all that the page shows: the nodes with their numbers, the steps of both passes, the
numeric check of every gradient and every slope, and the drawing. The page walks through the steps
by itself, and asks again when the expression or a number changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..circuit.parsing import Written
from ..circuit.places import ExpressionError
from ..errors import InputError
from .stepping import described
from .wiring import drawn

if TYPE_CHECKING:
    from starlette.routing import Route

    from .context import PlayContext

MOST_CHARACTERS, MOST_GATES, MOST_INPUTS, DEEPEST = 400, 100, 40, 100
DEFAULTS = (2.0, -1.0, 3.0, 0.5, 4.0, -2.0, 1.5, 1.0)
"""The numbers of inputs that were given none, in turn; distinct, so that they can be followed."""

EXAMPLES: tuple[tuple[str, str, Mapping[str, float]], ...] = (
    ("product", "(x + y) * z", {"x": -2, "y": 5, "z": -4}),
    ("neuron", "1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))",
     {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}),
    ("twice", "x*y + x", {"x": 3, "y": -4}),
    ("router", "max(x, y) * z", {"x": 3, "y": -1, "z": 2}),
    ("squared", "(w*x + b - y)**2", {"w": 2, "x": 3, "b": -1, "y": 4}),
    ("softmax", "-log(exp(a) / (exp(a) + exp(b) + exp(c)))", {"a": 1, "b": 2, "c": -1}),
    ("swish", "x * sigmoid(x) + relu(y - x)", {"x": 1, "y": 2.5}),
)  # fmt: skip


def routes(context: PlayContext) -> list[Route]:
    """``GET /api/gates/examples`` and ``POST /api/gates/evaluate``."""
    from .answers import get, post

    return [
        get("/api/gates/examples", examples),
        post("/api/gates/evaluate", evaluate),
    ]


def examples() -> list[dict[str, Any]]:
    """Expressions to begin with, each with a name and numbers."""
    return [
        {"name": name, "expression": text, "values": dict(values)}
        for name, text, values in EXAMPLES
    ]


def evaluate(expression: Any, values: Any = None) -> dict[str, Any]:
    """The circuit of ``expression`` at ``values``, a number for each input by name; inputs without
    one get one. Where the expression cannot be read or computed, the answer is ``{"error":
    {"sentence", "start", "end"}, "inputs"}``: the place in characters of the text, or None, and
    the inputs with their numbers as far as the text could be read."""
    numbers: dict[str, Any] = {}
    try:
        written = read(expression)
        numbers = numbers_for(written.names, values)
        circuit = written.value(numbers).circuit()
        if len(circuit.gates) > MOST_GATES:
            raise InputError(
                f"expected at most {MOST_GATES} gates, received {len(circuit.gates)}: "
                "a larger circuit is drawn by chainrule.circuit"
            )
        return described(circuit, written) | {
            "expression": written.text,
            "drawing": drawn(circuit),
        }
    except InputError as error:
        start, end = None, None
        if isinstance(error, ExpressionError):
            start, end = error.start, error.end
        return {
            "error": {"sentence": str(error), "start": start, "end": end},
            "inputs": [{"name": name, "value": value} for name, value in numbers.items()],
        }


def read(expression: Any) -> Written:
    """The expression, if it is a text of a size that a page can show. InputError for others."""
    if not isinstance(expression, str):
        raise InputError(f"expression: expected text, received {type(expression).__name__}")
    if len(expression) > MOST_CHARACTERS:
        raise InputError(
            f"expression: expected at most {MOST_CHARACTERS} characters, "
            f"received {len(expression):,}"
        )
    if not expression.strip():
        raise ExpressionError("expected an expression such as (x + y) * z", 0, len(expression))
    written = Written(expression)
    if written.depth > DEEPEST:
        raise InputError(f"expression: expected at most {DEEPEST} levels, received {written.depth}")
    if len(written.names) > MOST_INPUTS:
        raise InputError(
            f"expression: expected at most {MOST_INPUTS} inputs, received {len(written.names)}"
        )
    return written


def numbers_for(names: tuple[str, ...], values: Any) -> dict[str, Any]:
    """A number for every input: the given ones, which are checked where they are used."""
    if values is not None and not isinstance(values, Mapping):
        raise InputError(f"values: expected a number by name, received {type(values).__name__}")
    given = values or {}
    return {
        name: given[name] if name in given else DEFAULTS[i % len(DEFAULTS)]
        for i, name in enumerate(names)
    }
