"""A batch taken in parts is the batch."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.penalties import L2
from chainrule.training import Callback, Checkpoint, ClipGlobalNorm, Trainer
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(230))  # batches of 64: the last one is of 38


def make(accumulate, *callbacks, dtype=np.float64, norm=None):
    model = cr.models.mlp((8, 8, 1), (12,), 10, norm=norm).init(0)
    return Trainer(
        model.astype(dtype), cr.optim.Adam(1e-2), penalty=L2(1e-3), accumulate=accumulate,
        callbacks=[ClipGlobalNorm(1.0), *callbacks],
    )  # fmt: skip


class Largest(Callback):
    """The most images that the model was given at once."""

    def __init__(self):
        self.sizes = set()

    def on_start(self, trainer):
        model, forward = trainer.model, trainer.model.forward
        model.forward = lambda x: (self.sizes.add(len(x)), forward(x))[1]

    def on_finish(self, trainer):
        del trainer.model.forward


@pytest.mark.parametrize("parts", [2, 3, 5, 64, 1000])
def test_equals_the_large_batch(digits, parts):
    whole, cut = make(1), make(parts)
    whole.fit(digits, epochs=3, batch_size=64)
    cut.fit(digits, epochs=3, batch_size=64)
    assert cut.step == whole.step == 12
    for (path, ours), (_, theirs) in zip(cut.parameters, whole.parameters, strict=True):
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-6, atol=1e-9, err_msg=path)
    for ours, theirs in zip(cut.history.rows, whole.history.rows, strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-9)
        assert ours["accuracy"] == theirs["accuracy"]


def test_no_part_is_larger_than_its_share(digits):
    largest = Largest()
    make(4, largest).fit(digits, epochs=1, batch_size=64)
    assert largest.sizes == {16, 10, 8}  # 64 = 4 · 16; 38 = 3 · 10 + 8


@pytest.mark.parametrize("step", [1, 3, 4, 6])
def test_a_resume_is_bit_exact(digits, tmp_path, step):
    class StopAt(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.stop or trainer.step == step

    options = {"dtype": np.float32, "norm": "batch"}
    whole = make(3, Checkpoint(tmp_path / "whole"), **options)
    whole.fit(digits, epochs=2, batch_size=64)
    make(3, StopAt(), Checkpoint(tmp_path / "c"), **options).fit(digits, epochs=2, batch_size=64)
    resumed = make(3, Checkpoint(tmp_path / "c"), **options)
    restore(resumed, tmp_path / "c")
    assert resumed.step == step
    resumed.fit(digits, epochs=2, batch_size=64)
    for path, array in whole.model.state().items():
        np.testing.assert_array_equal(resumed.model.state()[path], array, err_msg=path)


@pytest.mark.parametrize("accumulate", [0, -1, 1.5, "2"])
def test_refuses_what_is_no_count(accumulate):
    with pytest.raises(InputError, match="accumulate: expected a whole number of at least 1"):
        make(accumulate)
