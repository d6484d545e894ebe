"""Frozen parameters stay, whatever would change them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import InputError, data, models, optim, transfer
from chainrule.layers import named_parameters
from chainrule.penalties import L1, L2, Sum
from chainrule.training import EMA, SWA, ClipGlobalNorm, ClipNorm, ClipValue, MaxNorm


def net():
    return models.convnet((8, 8, 1), 10, filters=(4,)).init(0)


def frozen(model):
    return [path for path, parameter in named_parameters(model) if parameter.frozen]


def test_body_pattern_and_back():
    model = net()
    assert transfer.freeze(model) is model
    assert frozen(model) == ["layers.1.weight", "layers.2.gamma", "layers.2.beta"]
    transfer.unfreeze(model, "layers.2.*")
    assert frozen(model) == ["layers.1.weight"]
    transfer.freeze(model, "*.bias")
    assert frozen(model) == ["layers.1.weight", "layers.6.bias"]
    transfer.unfreeze(model, "body")
    assert frozen(model) == ["layers.6.bias"]
    assert frozen(transfer.unfreeze(model)) == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("*", "leaves nothing to learn"),
        ("layers.9.*", "no parameter fits 'layers.9"),
        ("bdy", "did you mean 'body'"),
        ("", "no parameter fits"),
        (3, "what"),
    ],
)
def test_what_cannot_be_frozen(what, said):
    model = net()
    with pytest.raises(InputError, match=said):
        transfer.freeze(model, what)
    assert frozen(model) == []


def test_a_head_alone_has_no_body():
    with pytest.raises(InputError, match="model with a body"):
        transfer.freeze(models.mlp((8, 8, 1), (), 10))


def test_two_freezes_may_not_leave_nothing():
    model = transfer.freeze(net())
    with pytest.raises(InputError, match="nothing to learn"):
        transfer.freeze(model, "layers.6.*")


OPTIMIZERS = [
    optim.SGD(0.1, momentum=0.9, weight_decay=0.1),
    optim.AdamW(0.01, weight_decay=0.5),
    optim.Muon(0.01, weight_decay=0.5),
    optim.Lion(0.01, weight_decay=0.5),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_nothing_moves_them(optimizer):
    model = transfer.freeze(net(), "layers.1.*")
    before = model.layers[1].weight.value.copy()
    trainer = cr.Trainer(
        model, optimizer, penalty=Sum((L2(0.1), L1(0.1))), average=EMA(0.5),
        callbacks=[MaxNorm(0.1), ClipValue(0.1), ClipNorm(0.1)],
    )  # fmt: skip
    train, validation = data.split(data.digits()[0].take(np.arange(100)), 20)
    trainer.fit(train, validation, epochs=2, batch_size=20, progress=False)
    np.testing.assert_array_equal(model.layers[1].weight.value, before)
    with trainer.averaged():
        np.testing.assert_array_equal(model.layers[1].weight.value, before)
    assert not any(key.startswith("layers.1.") for key in trainer.optimizer.state())


def test_clipping_counts_what_is_trained_alone():
    norms = []
    for what in (None, "layers.1.*"):
        model = net()
        if what:
            transfer.freeze(model, what)
        clip = ClipGlobalNorm(1e-3)
        trainer = cr.Trainer(model, callbacks=[clip])
        trainer.train_step(data.digits()[0].images[:10], data.digits()[0].labels[:10])
        norms.append(clip.norm)
    assert norms[1] < norms[0]


def test_swa_leaves_frozen_statistics():
    model = transfer.freeze(net())
    before = model.layers[2].running_mean.value.copy()
    swa = SWA(1)
    trainer = cr.Trainer(model, average=swa)
    trainer.fit(data.digits()[0].take(np.arange(64)), epochs=2, batch_size=16, progress=False)
    with trainer.averaged():
        np.testing.assert_array_equal(model.layers[2].running_mean.value, before)


def test_the_penalty_is_that_of_what_is_trained():
    model = net()
    every = L2(1.0)(named_parameters(model))
    transfer.freeze(model)
    head = float(np.square(model.layers[6].weight.value).sum() / 2)
    assert L2(1.0)(named_parameters(model)) == pytest.approx(head, rel=1e-5)
    assert head < every


def test_a_step_of_the_head_keeps_no_activations():
    images = data.digits()[0].images[:32]
    cost = cr.cost.cost(net(), 32, (8, 8, 1))
    frozen_cost = cr.cost.cost(transfer.freeze(net()), 32, (8, 8, 1))
    assert frozen_cost.kept < cost.kept / 2 and frozen_cost.backward < cost.backward / 2
    assert frozen_cost.forward == cost.forward and frozen_cost.parameters == cost.parameters
    assert images.shape


def test_a_model_file_does_not_say_what_was_frozen(tmp_path):
    model = transfer.freeze(net())
    cr.save(model, tmp_path / "m.safetensors")
    assert frozen(cr.load(tmp_path / "m.safetensors")) == []


def test_a_gradient_check_leaves_them_out():
    model = transfer.freeze(net(), "layers.1.*")
    images, labels = data.digits()[0].images[:4], data.digits()[0].labels[:4]
    result = cr.gradcheck(model, images / 255.0, labels, samples=5)
    assert "layers.1.weight" not in [row.path for row in result.rows]
