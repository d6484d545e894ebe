"""Names for types. Shapes go into docstrings, where they can be read; mypy sees arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

Shape: TypeAlias = tuple[int, ...]
