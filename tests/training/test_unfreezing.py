"""The head first, then the body from its last blocks on."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import data, transfer
from chainrule.layers import BatchNorm, Conv2d, Flatten, Linear, Normalize, ReLU, Sequential
from chainrule.training import Callback, GradualUnfreezing, TimeBudget


@pytest.fixture(scope="module")
def digits():
    return data.digits()[0].take(np.arange(128))


def net():
    return Sequential(
        Normalize(), Conv2d(1, 4, 3), BatchNorm(4), ReLU(), Conv2d(4, 4, 3), BatchNorm(4), ReLU(),
        Flatten(), Linear(64, 12), ReLU(), Linear(12, 10),
    ).init(0)  # fmt: skip


def learning(model):
    return sorted({p.split(".")[1] for p, w in cr.layers.named_parameters(model) if not w.frozen})


class Note(Callback):
    """What learned in each epoch, and whether the first norm's statistics moved."""

    def __init__(self):
        self.seen, self.moved, self.before = [], [], None

    def on_step(self, trainer):
        if trainer.batch == trainer.batches:
            mean = trainer.model.layers[2].running_mean.value
            self.seen.append(learning(trainer.model))
            self.moved.append(self.before is None or bool((mean != self.before).any()))
            self.before = mean.copy()


def fit(digits, epochs, plan, **options):
    note = Note()
    note.before = np.zeros(4, np.float32)
    trainer = cr.Trainer(net(), cr.optim.SGD(0.01), callbacks=[GradualUnfreezing(plan), note])
    trainer.fit(digits, epochs=epochs, batch_size=32, progress=False, **options)
    return trainer, note


def test_parts_join_from_the_top(digits):
    _, note = fit(digits, 4, [1, 2, 3])
    assert note.seen == [
        ["10"],
        ["10", "8"],
        ["10", "4", "5", "8"],
        ["1", "10", "2", "4", "5", "8"],
    ]
    assert note.moved == [False, False, False, True]


def test_everything_at_once(digits):
    _, note = fit(digits, 2, [1])
    assert note.seen == [["10"], ["1", "10", "2", "4", "5", "8"]]


def test_a_resume_in_the_middle_of_an_epoch_goes_on_as_it_was(digits):
    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.step == 6

    whole, _ = fit(digits, 3, [1, 2])
    trainer = cr.Trainer(net(), cr.optim.SGD(0.01), callbacks=[GradualUnfreezing([1, 2]), Stop()])
    trainer.fit(digits, epochs=3, batch_size=32, progress=False)
    state = trainer.callbacks[1].state()
    again = cr.Trainer(trainer.model, cr.optim.SGD(0.01), callbacks=[GradualUnfreezing([1, 2])])
    again.callbacks[1].load_state(state)
    again.load_state(trainer.state())
    again.optimizer.load_state(trainer.optimizer.state())
    again.fit(digits, epochs=3, batch_size=32, progress=False)
    for name, array in whole.model.state().items():
        np.testing.assert_array_equal(again.model.state()[name], array, err_msg=name)


def test_a_hurried_training_counts_as_planned(digits):
    now = [0.0]

    class Tick(Callback):
        def on_step(self, trainer):
            now[0] += 1.0

    budget = TimeBudget(40, clock=lambda: now[0])
    note = Note()
    callbacks = [Tick(), budget, GradualUnfreezing([10]), note]
    trainer = cr.Trainer(net(), cr.optim.SGD(cr.schedules.Cosine(0.01, 80)), callbacks=callbacks)
    trainer.fit(digits, epochs=20, batch_size=32, progress=False)
    assert len(note.seen) < 14 and "1" in note.seen[-1] and note.seen[0] == ["10"]


@pytest.mark.parametrize(
    ("epochs", "said"),
    [
        ([], "expected one number or more"),
        ([2, 1], "numbers that do not fall, received 2, 1"),
        ([-1], "epochs"),
        (["a"], "epochs"),
        (3, "epochs"),
    ],
)
def test_plans_that_are_none(epochs, said):
    with pytest.raises(cr.InputError, match=said):
        GradualUnfreezing(epochs)


def test_more_parts_than_blocks(digits):
    with pytest.raises(cr.InputError, match="received 4 for a model whose body has 3"):
        fit(digits, 1, [1, 2, 3, 4])
    small = Sequential(Normalize(), Flatten(), Linear(64, 10)).init(0)
    with pytest.raises(cr.InputError, match="without a body"):
        cr.Trainer(small, callbacks=[GradualUnfreezing([1])]).fit(digits, epochs=1)


def test_batches_that_a_norm_could_not_learn_from_later_are_refused_at_once(digits):
    small = Sequential(
        Normalize(), Flatten(), Linear(64, 8), BatchNorm(8), ReLU(), Linear(8, 10)
    ).init(0)
    trainer = cr.Trainer(transfer.freeze(small), callbacks=[GradualUnfreezing([1])])
    with pytest.raises(cr.InputError, match="batch_size: expected 2 or more"):
        trainer.fit(digits, epochs=2, batch_size=1)


def test_a_state_of_another_form():
    with pytest.raises(cr.InputError, match="joined"):
        GradualUnfreezing([1]).load_state({"joined": -1})
