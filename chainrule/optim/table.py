"""What an optimizer does to each parameter, as a table in text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..layers.variables import Parameter
from ..text import aligned
from ..types import Array
from .groups import Options

HEADER = ("parameter", "shape", "numbers", "rule", "lr", "weight decay")
RIGHT = (2, 4, 5)


def table(
    options: Mapping[str, Options],
    parameters: Sequence[tuple[str, Parameter]],
    rule: Callable[[Array], str],
    rate_of: Callable[[Options], float],
) -> str:
    """One line a parameter, and the count of all numbers below. A rate of 0 reads "frozen"."""
    rows = [HEADER]
    for path, parameter in parameters:
        w, given = parameter.value, options[path]
        rate = rate_of(given)
        shape = "x".join(map(str, w.shape)) or "()"
        shown = f"{rate:.3g}" if rate else "frozen"
        rows.append((path, shape, f"{w.size:,}", rule(w), shown, f"{given.weight_decay:g}"))
    total = sum(parameter.value.size for _, parameter in parameters)
    rows.append(("", "", f"{total:,}", "", "", ""))
    return "\n".join(aligned(rows, right=RIGHT))
