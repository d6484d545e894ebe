from __future__ import annotations

import copy
import inspect
import re

import numpy as np
import pytest

from chainrule import layers, losses, optim
from chainrule.errors import InputError, ShapeError
from chainrule.explanation import explain
from chainrule.layers import BatchNorm, Dropout, Layer, Linear, ReLU, Sequential
from chainrule.losses import MSE, Loss, SoftmaxCrossEntropy
from chainrule.optim import SGD, Adam, Optimizer
from tests.contract import Case, public
from tests.test_contract import LAYERS

# One of each class: the first row of the contract's table, and the layers of several inputs.
LAYER_OF = {type(case.build()): case.build for case in reversed(LAYERS)}
merges = sorted(public(layers, layers.Merge), key=lambda kind: kind.__name__)
LAYER_OF |= {kind: kind for kind in merges}


@pytest.mark.parametrize("build", LAYER_OF.values(), ids=(kind.__name__ for kind in LAYER_OF))
def test_every_public_layer_is_explained_with_an_input_of_its_own(build):
    layer = build()
    page = explain(layer)
    assert page.startswith(repr(layer).splitlines()[0])
    for section in ("\nforward\n", "\nbackward\n", "\ncheck "):
        assert section in page
    assert "numeric" in page and "WRONG" not in page
    assert len(page.splitlines()) <= 100
    assert "more line" not in page
    assert max(map(len, page.splitlines())) <= 160


def test_every_public_layer_has_a_page():
    assert public(layers, Layer) == set(LAYER_OF)


@pytest.mark.parametrize("case", LAYERS, ids=str)
@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_every_case_of_the_contract_is_explained(case: Case, backend: str):
    layer, x = case.layer(), case.input()
    page = explain(layer, x, backend=backend)
    assert str(x.shape) in page
    assert "WRONG" not in page


def test_numbers_are_those_of_the_layer():
    layer = Linear(2, 1).init(0)
    layer.weight.value = np.array([[3.0], [-2.0]], np.float32)
    page = explain(layer, [[1.0, 0.5]], dy=[[10.0]])
    assert lines_of(page, "y") == ["(1, 1)", "2.000"]
    assert lines_of(page, "dx") == ["(1, 2)", "30.000", "-20.000"]
    assert lines_of(page, "bias.grad") == ["(1,)", "10.000"]
    assert "weight.grad          [0, 0]  backward 10, numeric 10" in page
    assert "cache                x itself" in page


def lines_of(page: str, label: str) -> list[str]:
    """The cells of the first line with a label: its shape and its numbers."""
    line = next(text for text in page.splitlines() if text.startswith(f"  {label}  "))
    shape, numbers = line.removeprefix(f"  {label} ").strip().split(")", 1)
    return [f"{shape})", *numbers.split()]


def test_a_wrong_backward_is_called_wrong():
    class Wrong(ReLU):
        """y = max(x, 0)"""

        def backward(self, dy, y):
            return 2 * super().backward(dy, y)

    assert "backward 2, numeric 1  WRONG by a relative 3.3e-01" in explain(
        Wrong(), [[1.0]], dy=[[1.0]]
    )


def test_a_wrong_loss_is_called_wrong():
    class Wrong(MSE):
        def __call__(self, outputs, targets):
            value, gradient = super().__call__(outputs, targets)
            return value, 2 * gradient

    page = explain(Wrong(), ([[1.0]], [[0.0]]))
    assert "backward 4, numeric 2  WRONG by a relative 3.3e-01" in page
    assert "WRONG" not in explain(MSE(), ([[1.0]], [[0.0]]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_whole_numbers_have_no_gradient_to_check(dtype):
    page = explain(layers.Flatten(), np.ones((2, 1, 2, 1), dtype))
    assert "numeric" not in page
    model = Sequential(layers.Normalize(), layers.Flatten(), Linear(2, 1))
    assert "layers.2.weight.grad" in explain(model, np.ones((2, 1, 2, 1), np.uint8))


def test_a_kink_is_called_a_kink():
    assert "a kink is near" in explain(layers.LeakyReLU(0.5), [[0.0]], dy=[[1.0]])


def test_nothing_is_left_behind():
    model = Sequential(Linear(3, 4), BatchNorm(4), Dropout(0.5), ReLU()).init(0)
    before = copy.deepcopy(model.state())
    explain(model)
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, before[path], err_msg=path)
    assert model.layers[0].weight.grad is None

    empty = Linear(3, 4)
    explain(empty)
    assert not empty.initialized


def test_running_statistics_and_prediction_are_shown_where_they_differ():
    page = explain(BatchNorm(2))
    assert "running_mean was" in page and "running_mean is" in page
    assert "predicted" in page
    assert "predicted" not in explain(ReLU())
    assert "predicted          x itself" in explain(Dropout(0.5))


def test_time_lists_both_kernels():
    page = explain(ReLU(), np.ones((2, 3), np.float32), time=True)
    header, *rows = page.split("milliseconds for x (87380, 3)\n")[1].splitlines()
    assert header.split() == ["reference", "cpu"]
    assert [row.split()[0] for row in rows] == ["predict", "forward", "both"]
    assert all(float(cell) > 0 for row in rows for cell in row.split()[-2:])


def test_pixels_are_taken():
    page = explain(layers.Normalize(), np.array([[[[0], [255]]]], np.uint8))
    assert "0  255" in page or "  0\n" in page


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: explain(ReLU), r"received the class: write ReLU\(…\)"),
        (lambda: explain(3), "expected a layer or a loss or an optimizer, received 3"),
        (lambda: explain(ReLU(), backend="tpu"), "no kernels named 'tpu'"),
        (lambda: explain(ReLU(), [[1.0]], dy=[1.0]), "dy: expected the shape of the output"),
        (lambda: explain(MSE(), [1.0]), r"x: expected \(outputs, targets\), received 1"),
        (lambda: explain(SGD(0.1), [1.0]), r"x: expected \(weights, gradient\) of one shape"),
    ],
)
def test_what_cannot_be_explained_is_named(call, problem):
    with pytest.raises(InputError, match=problem):
        call()


def test_a_wrong_shape_is_the_error_of_the_layer():
    with pytest.raises(ShapeError, match=r"expected an input of shape \(N, 3\)"):
        explain(Linear(3, 2), [[1.0]])


@pytest.mark.parametrize("kind", sorted(public(losses, Loss), key=str), ids=lambda k: k.__name__)
def test_every_loss_is_explained(kind):
    page = explain(kind())
    analytic, numeric = page.rsplit("backward ", 1)[1].split(", numeric ")
    assert float(analytic) == pytest.approx(float(numeric), rel=1e-4)
    assert float(analytic) != 0


def test_a_loss_by_hand():
    page = explain(SoftmaxCrossEntropy(), ([[0.0, 0.0]], [1]))
    assert re.search(r"^  loss +0\.693147$", page, re.MULTILINE)
    assert lines_of(page, "gradient") == ["(1, 2)", "0.500", "-0.500"]


@pytest.mark.parametrize(
    "kind", sorted(public(optim, Optimizer), key=str), ids=lambda k: k.__name__
)
def test_every_optimizer_is_explained(kind):
    needs_rate = inspect.signature(kind).parameters["lr"].default is inspect.Parameter.empty
    optimizer = kind(0.1) if needs_rate else kind()
    page = explain(optimizer)
    assert "step 2" in page
    assert optimizer.steps == 0


def test_an_update_by_hand():
    """v = 2, w = 1 - 0.1 · 2; then v = 0.5 · 2 + 2 = 3, w = 0.8 - 0.1 · 3."""
    page = explain(SGD(0.1, momentum=0.5), ([1.0], [2.0]))
    first, second = re.split(r"^step \d.*$", page, flags=re.MULTILINE)[1:]
    assert lines_of(first, "velocity") == ["(1,)", "2.000"]
    assert lines_of(first, "w") == ["(1,)", "0.800"]
    assert lines_of(second, "velocity") == ["(1,)", "3.000"]
    assert lines_of(second, "w") == ["(1,)", "0.500"]


def test_groups_of_a_model_do_not_hinder():
    assert "step 2" in explain(Adam(1e-3, groups={"*.bias": {"lr_scale": 0.1}}))
