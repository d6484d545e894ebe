"""The weights in what a file holds: taken out of a checkpoint, with dotted names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..data.formats.pickled_arrays import Refused
from ..types import Array

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
"""Keys of a checkpoint under which the weights lie, in the order of looking."""

PREFIXES = ("module.", "_orig_mod.", "model.")
"""What DataParallel, torch.compile and Lightning put before every name."""

DEEPEST = 16
MOST = 200_000  # values in all, so that one that holds itself many times over comes to an end


def state_of(value: Any) -> dict[str, Array]:
    """Arrays by dotted names. Raises Refused if there is none, or two of one name."""
    arrays: dict[str, Array] = {}
    for name, array in _arrays(_unwrapped(value)):
        if name in arrays:
            raise Refused(f"it has two arrays called {name[:100]!r}")
        arrays[name] = array
    if not arrays:
        raise Refused(f"it holds no arrays, but {_kind(value)}")
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in arrays):
            arrays = {name.removeprefix(prefix): array for name, array in arrays.items()}
    return arrays


def _unwrapped(value: Any) -> Any:
    for _ in range(3):
        if not isinstance(value, dict) or any(map(_is_array, value.values())):
            return value
        inside = [value[key] for key in WRAPPERS if isinstance(value.get(key), dict)]
        if not inside:
            return value
        value = inside[0]
    return value


def _arrays(value: Any) -> Iterator[tuple[str, Array]]:
    """Every array in dicts, lists and tuples, with its path. What else there is, is no weight."""
    todo: list[tuple[str, Any, int]] = [("", value, DEEPEST)]
    seen = 0
    while todo:
        name, item, left = todo.pop()
        if (seen := seen + 1) > MOST:
            raise Refused(f"it unfolds to more than {MOST:,} values")
        if _is_array(item):
            yield name or "array", item
        elif isinstance(item, (dict, list, tuple)):
            if not left:
                raise Refused(f"it is nested more than {DEEPEST} deep")
            pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
            prefix = f"{name}." if name else ""
            todo += [(prefix + _text(key), each, left - 1) for key, each in reversed(pairs)]


def _text(key: Any) -> str:
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        keys = ", ".join(repr(_text(key)[:30]) for key in list(value)[:5])
        return f"a dict of {keys or 'nothing'}"
    return f"a {type(value).__name__}"
