from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L
from chainrule.interop.folding import fold_batch_norm
from chainrule.interop.html_page import run
from chainrule.interop.planning import plan

from .cases import MODELS, images, lively


@pytest.mark.parametrize("name", MODELS)
def test_the_function_stays(name: str) -> None:
    model = MODELS[name]()
    made = plan(model)
    folded = fold_batch_norm(made)
    assert "batch_norm" not in {step.op for step in folded.steps}
    assert len(folded.steps) < len(made.steps)
    np.testing.assert_allclose(
        run(folded, images(model)), model(images(model)), rtol=1e-4, atol=1e-4
    )


def test_a_transposed_convolution_without_a_bias() -> None:
    layer = L.ConvTranspose2d(4, 6, 2, groups=2, bias=False)
    model = lively(L.Sequential(layer, L.BatchNorm(6)))
    folded = fold_batch_norm(plan(model, (3, 3, 4)))
    x = np.random.default_rng(0).random((2, 3, 3, 4), np.float32)
    assert len(folded.steps) == 1
    np.testing.assert_allclose(run(folded, x), model(x), rtol=1e-5, atol=1e-5)


def test_what_others_read_or_share_stays() -> None:
    shared = L.Linear(4, 4)
    for model in (
        L.Sequential(shared, L.BatchNorm(4), shared),  # two uses of one weight
        L.Graph(
            {
                "a": (L.Linear(4, 4), "input"),
                "b": (L.BatchNorm(4), "a"),
                "c": (L.Add(), "a", "b"),
            }
        ),  # two readers
        L.Sequential(L.ReLU(), L.BatchNorm(4)),  # nothing to fold into
    ):
        lively(model)
        made = fold_batch_norm(plan(model, (4,)))
        x = np.random.default_rng(0).random((2, 4), np.float32)
        assert sum(step.op == "batch_norm" for step in made.steps) == 1
        np.testing.assert_allclose(run(made, x), model(x), rtol=1e-5, atol=1e-5)
