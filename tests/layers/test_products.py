"""Products of matrices go through the kernel that keeps BLAS's threads where they pay."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule
from chainrule import kernels
from chainrule.layers import Linear, Maxout

PACKAGE = Path(chainrule.__file__).parent
HOMES = ["ensemble.py", "layers", "losses", "models", "optim", "penalties.py", "training"]

# Products that are no work for a second thread, and how many there are.
SMALL = {
    "layers/normalize.py": 2,  # 256 levels a channel, once a training
    "layers/switchable_norm.py": 2,  # three weights
}
FUNCTIONS = {"dot", "matmul", "einsum", "tensordot", "inner"}


def products(path: Path) -> int:
    """How many products in a file NumPy would do on threads of its own choice."""
    found = 0
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        found += isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult)
        found += (
            isinstance(node, ast.Attribute)
            and node.attr in FUNCTIONS
            and isinstance(node.value, ast.Name)
            and node.value.id in ("np", "numpy")
        )
    return found


def test_nothing_above_the_kernels_multiplies_matrices_by_itself():
    paths = [path for home in HOMES for path in [PACKAGE / home, *(PACKAGE / home).rglob("*.py")]]
    files = [path for path in paths if path.is_file()]
    assert len(files) > 50
    found = {path.relative_to(PACKAGE).as_posix(): products(path) for path in files}
    assert {name: count for name, count in found.items() if count} == SMALL


@pytest.mark.parametrize("source", ["y = a @ b", "a @= b", "np.matmul(a, b)", "np.einsum('i', a)"])
def test_a_product_is_found_however_it_is_written(source, tmp_path):
    path = tmp_path / "layer.py"
    path.write_text(source)
    assert products(path) == 1


@pytest.mark.parametrize("layer", [Linear(5, 4), Maxout(5, 4, pieces=3)], ids=repr)
def test_all_three_products_of_a_dense_layer_are_the_kernel_s(layer, rng):
    shapes = []

    def matmul(a, b):
        shapes.append((a.shape, b.shape))
        return kernels.REFERENCE.matmul(a, b)

    layer.init(0)
    width = layer.bias.shape[0]
    with kernels.use(SimpleNamespace(**vars(kernels.REFERENCE) | {"matmul": matmul})):
        y, cache = layer.forward(rng.standard_normal((7, 5), np.float32))
        layer.backward(np.ones_like(y), cache)
        layer(np.ones((2, 5), np.float32))
    forward, dw, dx, predicted = shapes
    assert forward == ((7, 5), (5, width))
    assert predicted == ((2, 5), (5, width))
    assert {dw, dx} == {((5, 7), (7, width)), ((7, width), (width, 5))}
