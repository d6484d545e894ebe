"""Training in each precision: as good as float32, resumed bit for bit, with values of any size."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import kernels
from chainrule.errors import ChainruleWarning, InputError
from chainrule.kernels import instructions, precision
from chainrule.layers import Flatten, Linear, Normalize, ReLU, Sequential
from chainrule.training import Callback, Checkpoint, Trainer
from chainrule.training.resume import restore

every = pytest.mark.parametrize("asked", precision.PRECISIONS)


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """Whatever CPU this is, nothing is said of it."""
    monkeypatch.setattr(instructions, "_told", {*precision.PRECISIONS})


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()


def make(asked="float32", *callbacks, seed=0, model=None):
    model = model or cr.models.mlp((8, 8, 1), (24,), 10, norm="batch", dropout=0.1)
    return Trainer(
        model, cr.optim.Adam(1e-2), seed=seed, precision=asked, callbacks=callbacks
    )  # fmt: skip


class Seen(Callback):
    """The precision during the passes, seen by a layer, and that of what comes between them."""

    def __init__(self, layer):
        self.inside, self.outside = set(), set()
        forward = layer.forward
        layer.forward = lambda x: (self.inside.add(precision.current()), forward(x))[1]

    def on_gradient(self, trainer):
        self.outside.add(precision.current())

    on_step = on_epoch = on_gradient


@every
def test_the_passes_have_it_and_nothing_else(digits, asked):
    model = Sequential(Normalize(), Flatten(), Linear(64, 10)).init(0)
    seen = Seen(model.layers[2])
    make(asked, seen, model=model).fit(digits[0][:64], digits[1][:20], epochs=1)
    assert (seen.inside, seen.outside) == ({asked}, {"float32"})
    assert precision.current() == "float32"


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_bfloat16_rounds_what_is_multiplied(digits, backend):
    images = digits[0][:64]
    found = {}
    for asked in precision.PRECISIONS:
        model = Sequential(Normalize(), Flatten(), Linear(64, 10)).init(0)
        with kernels.use(backend):
            make(asked, model=model).fit(images, epochs=1, batch_size=64)
        found[asked] = model.state()["layers.2.weight"]
    np.testing.assert_array_equal(found["float32-strict"], found["float32"])
    for asked, close in (("bfloat16", 1e-3), ("bf16x3", 1e-5)):
        assert found[asked].dtype == np.float32
        plain = backend == "cpu" and instructions.instructions(asked) == "float32"
        assert (found[asked] != found["float32"]).any() != plain
        # Adam's first step is lr sign(g): a weight in a hundred has no gradient to speak of
        assert np.median(np.abs(found[asked] - found["float32"])) < close
    assert not np.array_equal(found["bfloat16"], precision_of(found["bfloat16"]))


def precision_of(x):
    from chainrule.kernels.reference.rounding import rounded

    return rounded(x)  # weights are kept in float32: not all of them are numbers of bfloat16


def test_it_is_as_accurate_as_float32_within_the_spread_of_seeds(digits):
    train, test = digits
    found = {}
    for asked in ("float32", "bfloat16"):
        trainers = [make(asked, seed=seed) for seed in range(3)]
        for trainer in trainers:
            trainer.fit(train, epochs=6, batch_size=64)
        found[asked] = [trainer.evaluate(test).accuracy for trainer in trainers]
    spread = max(found["float32"]) - min(found["float32"])
    assert np.mean(found["bfloat16"]) > 0.95
    assert abs(np.mean(found["bfloat16"]) - np.mean(found["float32"])) <= max(spread, 0.01)


def test_values_of_1e_30_and_1e30(digits):
    """Numbers and gradients on their way through layers of 1e-30 and 1e30 keep their digits: such
    a format needs no scaling of the loss."""
    train, test = digits
    model = Sequential(
        Normalize(),
        Flatten(),
        Linear(64, 32),
        Linear(32, 32),
        ReLU(),
        Linear(32, 32),
        Linear(32, 10),
    ).init(0)
    for layer, size in ((model.layers[3], 1e-30), (model.layers[5], 1e30)):
        layer.weight.value *= np.float32(size)
        layer.weight.frozen = layer.bias.frozen = True
    trainer = make("bfloat16", model=model)
    trainer.fit(train, epochs=6, batch_size=64)
    for _, parameter in trainer.parameters:
        assert np.isfinite(parameter.value).all()
    assert trainer.evaluate(test).accuracy > 0.9


@every
def test_a_resume_is_bit_exact(digits, tmp_path, asked):
    train = digits[0][:300]
    whole = make(asked)
    whole.fit(train, epochs=2, batch_size=64)

    class Stop(Callback):
        def on_step(self, trainer):
            trainer.stop = trainer.step == 7

    cut = make(asked, Checkpoint(tmp_path / "c", every_steps=1), Stop())
    cut.fit(train, epochs=2, batch_size=64)
    resumed = make(asked, Checkpoint(tmp_path / "c"))
    restore(resumed, tmp_path / "c")
    assert resumed.step == 7
    resumed.fit(train, epochs=2, batch_size=64)
    for path, array in whole.model.state().items():
        np.testing.assert_array_equal(resumed.model.state()[path], array, err_msg=path)


def test_optimizers_stay_in_float32(digits):
    """Muon multiplies matrices of its own."""
    w, g = np.random.default_rng(0).standard_normal((2, 40, 30)).astype(np.float32)
    found = []
    for asked in ("float32", "bfloat16"):
        value, m = w.copy(), np.zeros_like(w)
        with precision.using(asked):
            kernels.of(w).muon(value, g, m, 0.1, 0.9, True, 3, 1.0, 0.0)
        found.append(value)
    np.testing.assert_array_equal(*found)


def test_the_learning_rate_is_looked_for_in_the_same_precision(digits, monkeypatch):
    seen, forward = set(), Linear.forward
    monkeypatch.setattr(
        Linear, "forward", lambda self, x: (seen.add(precision.current()), forward(self, x))[1]
    )
    model = Sequential(Normalize(), Flatten(), Linear(64, 10)).init(0)
    make("bfloat16", model=model).lr_find(digits[0][:64], steps=3, batch_size=32)
    assert seen == {"bfloat16"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bf16", "unknown precision 'bf16'; did you mean 'bfloat16'?"),
        ("BFLOAT16", "unknown precision 'BFLOAT16'"),
        ("fp32", "did you mean 'float32'?"),
        ("float16", "did you mean 'bfloat16'?"),
        ("float64", "did you mean 'float32'?"),
        ("strict", "unknown precision 'strict'"),
        ("", "choose from bf16x3, bfloat16, float32, float32-strict"),
        ("bf16\n", "did you mean"),
        (16, "precision: expected one of 'float32', 'bfloat16', 'bf16x3', 'float32-strict', "),
        (None, "received None"),
        (np.float32, "expected one of 'float32'"),
        (["bfloat16"], "expected one of 'float32'"),
    ],
)
def test_what_is_no_precision(name, said):
    with pytest.raises(InputError) as error:
        make(name)
    assert said in str(error.value)
    with pytest.raises(InputError):
        precision.using(name)


def test_where_no_instruction_multiplies_it_this_is_said_once(monkeypatch):
    monkeypatch.setattr(instructions, "_told", set())
    monkeypatch.setattr(instructions, "_tiles", lambda: False)
    with pytest.warns(ChainruleWarning, match="no AMX here, factors are rounded and multiplied"):
        make("bfloat16")
    make("bfloat16")
    make("float32")
    make("float32-strict")


@pytest.mark.parametrize("asked", ["bfloat16", "bf16x3"])
def test_where_one_does_nothing_is_said(monkeypatch, asked):
    monkeypatch.setattr(instructions, "_told", set())
    monkeypatch.setattr(instructions, "_tiles", lambda: True)
    make(asked)
    assert instructions.described(asked) == f"{asked} on AMX tiles"
