"""Circuits drawn by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from chainrule.circuit import (
    Value,
    copy,
    exp,
    log,
    maximum,
    minimum,
    reciprocal,
    relu,
    sigmoid,
    sqrt,
    square,
    tanh,
)

SMOOTH = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (square(y) + 1),
    "negate": lambda x, y: -x,
    "plus": lambda x, y: x + 0.5,
    "scale": lambda x, y: 3 * x,
    "shrink": lambda x, y: x / 4,
    "cube": lambda x, y: tanh(x) ** 3,
    "exp": lambda x, y: exp(tanh(x)),
    "log": lambda x, y: log(square(x) + 1),
    "reciprocal": lambda x, y: reciprocal(square(x) + 1),
    "sqrt": lambda x, y: sqrt(square(x) + 0.5),
    "sigmoid": lambda x, y: sigmoid(x),
    "tanh": lambda x, y: tanh(x),
    "copy": lambda x, y: copy(x),
}
KINKED = {
    "max": lambda x, y: maximum(x, y),
    "max3": lambda x, y: maximum(x, 0.25, y),
    "min": lambda x, y: minimum(x, y),
    "relu": lambda x, y: relu(x),
}


@st.composite
def circuits(draw, gates=None, *, most=12, inputs=4):
    """A circuit of up to ``most`` operations on up to ``inputs`` inputs; parts may be unused."""
    table = gates or {**SMOOTH, **KINKED}
    numbers = st.floats(-2, 2).map(lambda number: round(number, 3))
    pool = [Value(f"x{i}", draw(numbers)) for i in range(draw(st.integers(1, inputs)))]
    for _ in range(draw(st.integers(1, most))):
        operation = table[draw(st.sampled_from(sorted(table)))]
        x, y = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        made = tanh(operation(x, y)) if draw(st.booleans()) else operation(x, y)
        if abs(made.value) < 1e3:
            pool.append(made)
            if made.gate and draw(st.booleans()):
                made.named(
                    f"{draw(st.sampled_from(['q', 'h_', 'a rather long name ']))}{len(pool)}"
                )
    return pool[-1].circuit()
