"""The conversion of arguments to what a CUDA kernel is declared with."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.kernels.gpu import launch

from .fake_cupy import placed


def test_arguments_get_the_types_of_their_parameters(monkeypatch):
    seen = []
    monkeypatch.setattr(launch, "_function", lambda *name: lambda *call: seen.append((name, call)))
    x = placed(np.zeros(300, np.float32))
    launch.elements("elementwise", "dropout", 300, x, 300, 1, 2, 3, 2**32 - 1, 2, x)
    [(name, (grid, block, arguments))] = seen
    assert (name, grid, block) == (("elementwise", "dropout"), (2,), (256,))
    assert arguments[0] is x
    kinds = [type(a) for a in arguments[1:-1]]
    assert kinds == [np.int64, *[np.uint32] * 4, np.float32]


def test_no_elements_are_no_launch(monkeypatch):
    monkeypatch.setattr(launch, "_function", lambda *name: pytest.fail("launched"))
    launch.elements("elementwise", "gelu", 0, None, 0, None)


def test_a_missing_array_is_a_null_pointer(monkeypatch):
    seen = []
    monkeypatch.setattr(launch, "_function", lambda *name: lambda *call: seen.append(call))
    launch.elements("operands", "split", 1, None, 1, None, None)
    assert [type(a) for a in seen[0][2]] == [np.uint64, np.int64, np.uint64, np.uint64]


def test_too_few_arguments_are_refused():
    with pytest.raises(ValueError, match="zip"):
        launch.elements("operands", "split", 1, None)
