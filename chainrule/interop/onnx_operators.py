"""The operators that are read, each by the function that knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import onnx_elementwise, onnx_products, onnx_reductions, onnx_shapes
from .importer import Importer
from .onnx_file import Node

Operator = Callable[[Importer, Node], Any]

OPERATORS: dict[str, Operator] = {
    **onnx_elementwise.OPERATORS,
    **onnx_products.OPERATORS,
    **onnx_reductions.OPERATORS,
    **onnx_shapes.OPERATORS,
}
