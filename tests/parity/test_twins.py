"""The same recipe in PyTorch: its training takes the same course as ours."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from benchmarks import torch_muon, twins
from chainrule.bench.frameworks.torch_twin import twin
from chainrule.data import digits
from chainrule.layers import named_parameters
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.models import airbench
from chainrule.optim import Muon
from chainrule.step import forward_backward
from chainrule.training import Trainer
from chainrule.training.fitting import make_ready

SMALL = {"data": "digits", "epochs": 2, "batch_size": 64, "validation": 300}
SGD = {"name": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-3}
MUON = {
    "name": "muon", "lr": 0.1, "momentum": 0.6, "ns_steps": 3, "adjust_lr_fn": "original",
    "normalize_weights": True, "linear": False, "rest": "sgd", "rest_momentum": 0.85,
    "weight_decay": 0.0, "groups": {"*.beta": {"lr": 0.5, "weight_decay": 0.001}},
}  # fmt: skip


@pytest.mark.parametrize(("optimizer", "tolerance"), [(SGD, 0.01), (MUON, 0.05)])
def test_a_training_takes_the_course_of_ours(optimizer, tolerance):
    settings = {
        **SMALL, "optimizer": optimizer, "loss": {"smoothing": 0.1},
        "model": {"name": "convnet", "filters": [8, 16]},
    }  # fmt: skip
    theirs = twins.Training(twins.prepared(settings, seed=1), "float32")
    rows = [theirs.run_epoch() for _ in range(2)]
    parts = twins.prepared(settings, seed=1)
    trainer = Trainer(parts.model, parts.optimizer, loss=parts.loss, seed=1)
    ours = trainer.fit(
        parts.train, validation=parts.validation, epochs=2, batch_size=64, augment=parts.augment
    )
    assert [row["loss"] for row in rows] == pytest.approx(
        [row["loss"] for row in ours.rows], rel=tolerance
    )
    assert rows[-1]["validation_accuracy"] == pytest.approx(
        ours.rows[-1]["validation_accuracy"], abs=0.02
    )


def test_a_training_in_bfloat16_learns_and_goes_on(tmp_path):
    settings = {**SMALL, "optimizer": SGD, "model": {"name": "convnet", "filters": [8]}}
    whole = twins.Training(twins.prepared(settings, seed=0))
    whole.run_epoch()
    whole.save(tmp_path / "state.pt")
    whole.run_epoch()
    half = twins.Training(twins.prepared(settings, seed=0))
    half.load(tmp_path / "state.pt")
    half.run_epoch()
    assert half.history[-1]["loss"] == pytest.approx(whole.history[-1]["loss"], rel=1e-3)
    assert half.test(views=True)["with_test_time_augmentation"] > 0.5


def test_the_twin_of_the_record_net(rng):
    train = digits()[0]
    model = airbench((16, 16, 3), 10, widths=(8, 8)).init(0)
    x = rng.integers(0, 256, (6, 16, 16, 3)).astype(np.uint8)
    make_ready(model, type(train)(x, np.arange(6) % 10, tuple("0123456789")))
    module, pairs = twin(model, (16, 16, 3))
    logits = forward_backward(model, x, np.arange(6) % 10, SoftmaxCrossEntropy())[1]
    module.train()
    theirs = module(torch.from_numpy(x).permute(0, 3, 1, 2))
    torch.nn.CrossEntropyLoss()(theirs, torch.arange(6) % 10).backward()
    np.testing.assert_allclose(logits, theirs.detach().numpy(), rtol=1e-3, atol=1e-4)
    for path, parameter in named_parameters(model):
        np.testing.assert_allclose(
            pairs[path].ours(pairs[path].twin.grad), parameter.grad, rtol=1e-2, atol=1e-4
        )


def test_a_step_of_muon_is_ours(rng):
    w, g = (rng.standard_normal((3, 3, 4, 8)).astype(np.float32) for _ in range(2))
    ours = Muon(
        0.1, momentum=0.6, ns_steps=3, adjust_lr_fn="original", normalize_weights=True,
        weight_decay=0.01,
    )  # fmt: skip
    tensor = torch.from_numpy(w.transpose(3, 2, 0, 1).copy()).requires_grad_()
    tensor.grad = torch.from_numpy(g.transpose(3, 2, 0, 1).copy())
    group = {"params": [tensor], "lr": 0.1, "weight_decay": 0.01, "orthogonal": True}
    torch_muon.Muon([group], steps=3, momentum=0.6, rest_momentum=0.85).step()
    state = ours.start(w)
    ours.update(w, g, state, 0.1, 0.01, 1)
    np.testing.assert_allclose(
        tensor.detach().numpy().transpose(2, 3, 1, 0), w, atol=0.01
    )  # its products are in bfloat16
