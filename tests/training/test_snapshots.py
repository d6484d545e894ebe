"""A model at the end of each cycle."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.schedules import Cosine, Repeat, TimeScaled
from chainrule.training import Callback, Checkpoint, Snapshots, Trainer
from chainrule.training.resume import restore


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(np.arange(320))


class Keep(Callback):
    """The weights after every step, as copies."""

    def __init__(self):
        self.after = {}

    def on_step(self, trainer):
        self.after[trainer.step] = {p: a.copy() for p, a in trainer.model.state().items()}


def make(*callbacks, knots=()):
    model = cr.models.mlp((8, 8, 1), (6,), 10)
    optimizer = cr.optim.SGD(TimeScaled(Repeat(Cosine(0.2, 10), 10), knots))
    return Trainer(model, optimizer, callbacks=callbacks)


def test_each_is_the_model_at_the_end_of_its_cycle(digits, tmp_path):
    keep = Keep()
    make(keep, Snapshots(tmp_path / "s", [10, 20, 27])).fit(digits, epochs=3, batch_size=32)
    files = sorted((tmp_path / "s").iterdir())
    assert [file.name for file in files] == [f"snapshot-0{i}.safetensors" for i in (1, 2, 3)]
    for file, step in zip(files, (10, 20, 27), strict=True):
        for path, array in cr.load(file).state().items():
            np.testing.assert_array_equal(array, keep.after[step][path])


def test_in_a_hurry_they_come_where_the_plan_has_them(digits, tmp_path):
    keep = Keep()
    trainer = make(keep, Snapshots(tmp_path, [10, 20, 30]), knots=[(4, 4.0, 2.0)])
    trainer.fit(digits, epochs=2, batch_size=32)  # v = 10, 20, 30 after 7, 12, 17 steps
    for i, step in enumerate((7, 12, 17), start=1):
        for path, array in cr.load(tmp_path / f"snapshot-0{i}.safetensors").state().items():
            np.testing.assert_array_equal(array, keep.after[step][path])


def test_a_training_whose_time_is_up_saves_its_last(digits, tmp_path):
    class Over(Callback):
        def on_step(self, trainer):
            trainer.done = trainer.step == 14

    trainer = make(Over(), Snapshots(tmp_path, [10, 20]))
    trainer.fit(digits, epochs=2, batch_size=32)
    assert trainer.step == 14
    last = cr.load(tmp_path / "snapshot-02.safetensors").state()
    for path, array in trainer.model.state().items():
        np.testing.assert_array_equal(array, last[path])


def test_none_is_saved_twice_after_a_resume(digits, tmp_path):
    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.step == 15

    broken = make(Snapshots(tmp_path, [10, 20]), Stop(), Checkpoint(tmp_path / "c"))
    broken.fit(digits, epochs=2, batch_size=32)
    (tmp_path / "snapshot-01.safetensors").unlink()
    resumed = make(Snapshots(tmp_path, [10, 20]), Checkpoint(tmp_path / "c"))
    restore(resumed, tmp_path / "c")
    resumed.fit(digits, epochs=2, batch_size=32)
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["snapshot-02.safetensors"]


@pytest.mark.parametrize("ends", [[], [0], [5, 5], [2.5]])
def test_ends_are_growing_steps(tmp_path, ends):
    with pytest.raises(cr.InputError, match="ends: expected"):
        Snapshots(tmp_path, ends)
