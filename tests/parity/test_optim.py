from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from chainrule.layers import Linear, Parameter
from chainrule.optim import SGD, AdaDelta, AdaGrad, Adam, AdamW, Muon, NAdam, RMSProp

from .oracle import DTYPES

# Ours, theirs, with equal defaults but for Muon. Our weight decay is decoupled for every rule;
# theirs for AdamW, Muon and, if asked, NAdam. Lion has no counterpart.
PAIRS = {
    "sgd": (lambda: SGD(0.05), lambda p: torch.optim.SGD(p, 0.05)),
    "momentum": (
        lambda: SGD(0.02, momentum=0.9),
        lambda p: torch.optim.SGD(p, 0.02, momentum=0.9),
    ),
    "nesterov": (
        lambda: SGD(0.02, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.02, momentum=0.9, nesterov=True),
    ),
    "adam": (lambda: Adam(), lambda p: torch.optim.Adam(p)),  # the defaults are the same
    "adam-options": (
        lambda: Adam(0.03, beta1=0.8, beta2=0.95, eps=1e-6),
        lambda p: torch.optim.Adam(p, 0.03, betas=(0.8, 0.95), eps=1e-6),
    ),
    "adamw": (
        lambda: Adam(0.03, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, 0.03, weight_decay=0.1),
    ),
    "adamw-defaults": (lambda: AdamW(), lambda p: torch.optim.AdamW(p)),
    "adagrad": (lambda: AdaGrad(), lambda p: torch.optim.Adagrad(p)),
    "adagrad-options": (
        lambda: AdaGrad(0.3, eps=1e-4),
        lambda p: torch.optim.Adagrad(p, 0.3, eps=1e-4),
    ),
    "rmsprop": (lambda: RMSProp(), lambda p: torch.optim.RMSprop(p)),
    "rmsprop-options": (
        lambda: RMSProp(0.02, alpha=0.8, eps=1e-4),
        lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.8, eps=1e-4),
    ),
    "adadelta": (lambda: AdaDelta(), lambda p: torch.optim.Adadelta(p)),
    "adadelta-options": (
        lambda: AdaDelta(0.5, rho=0.7, eps=1e-4),
        lambda p: torch.optim.Adadelta(p, 0.5, rho=0.7, eps=1e-4),
    ),
    "nadam": (lambda: NAdam(), lambda p: torch.optim.NAdam(p)),
    "nadam-options": (
        lambda: NAdam(0.03, beta1=0.8, beta2=0.95, eps=1e-6, momentum_decay=0.02),
        lambda p: torch.optim.NAdam(p, 0.03, betas=(0.8, 0.95), eps=1e-6, momentum_decay=0.02),
    ),
    "nadam-decay": (
        lambda: NAdam(0.03, weight_decay=0.1),
        lambda p: torch.optim.NAdam(p, 0.03, weight_decay=0.1, decoupled_weight_decay=True),
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_twenty_steps_follow_the_same_path(name, dtype, rng):
    """Least squares: L = ½ |A w - b|²"""
    a, b, w0 = (rng.standard_normal(s).astype(dtype) for s in ((12, 6), (12, 4), (6, 4)))
    w = Parameter((6, 4), lambda rng, shape: np.zeros(shape))
    w.value = w0.copy()
    theirs = torch.tensor(w0.copy(), requires_grad=True)
    optimizer, oracle = PAIRS[name][0](), PAIRS[name][1]([theirs])
    for _ in range(20):
        w.grad = a.T @ (a @ w.value - b)
        optimizer.step([("w", w)])
        oracle.zero_grad()
        (0.5 * (torch.tensor(a) @ theirs - torch.tensor(b)) ** 2).sum().backward()
        oracle.step()
        # NAdam: PyTorch keeps the product of the momenta in float32 whatever the weights are.
        exact = 1e-7 if name.startswith("nadam") else 1e-11
        tolerance = 1e-5 if dtype == np.float32 else exact
        np.testing.assert_allclose(w.value, theirs.detach(), rtol=tolerance, atol=tolerance)


FROZEN = 1995


@pytest.mark.parametrize("name", PAIRS)
def test_a_parameter_that_was_frozen_starts_like_a_new_one(name, rng):
    """Its own steps count, not the optimizer's: of three parameters small enough to share a call,
    one has no gradient at first, one loses it and gets it back, and one always has one."""
    values = {path: rng.standard_normal(4) for path in ("late", "now and then", "always")}
    ours = {path: Parameter((4,), lambda rng, shape: np.zeros(shape)) for path in values}
    theirs = {path: torch.tensor(w.copy(), requires_grad=True) for path, w in values.items()}
    for path, w in values.items():
        ours[path].value = w.copy()
    optimizer, oracle = PAIRS[name][0](), PAIRS[name][1](list(theirs.values()))
    for step in range(FROZEN + 5):
        grads = {"always": np.cos(step + values["always"])}
        if step >= FROZEN:
            grads["late"] = np.sin(step + values["late"])
        if step < 10 or step > FROZEN + 1:
            grads["now and then"] = np.sin(2 * step + values["now and then"])
        for path in values:
            ours[path].grad = grads.get(path)
            theirs[path].grad = torch.tensor(grads[path]) if path in grads else None
        optimizer.step(list(ours.items()))
        oracle.step()
    for path, w in theirs.items():
        # NAdam: PyTorch keeps the product of the momenta in float32 whatever the weights are.
        tolerance = 1e-6 if name.startswith("nadam") else 1e-10
        np.testing.assert_allclose(
            ours[path].value, w.detach(), rtol=tolerance, atol=tolerance, err_msg=path
        )


@pytest.mark.parametrize("name", PAIRS)
def test_a_rate_of_0_freezes_the_weights_but_not_the_state(name, rng):
    """As a parameter group of rate 0 does."""
    w0 = rng.standard_normal(4)
    w = Parameter((4,), lambda rng, shape: np.zeros(shape))
    w.value = w0.copy()
    theirs = torch.tensor(w0.copy(), requires_grad=True)
    optimizer, oracle = PAIRS[name][0](), PAIRS[name][1]([theirs])
    rate = oracle.param_groups[0]["lr"]
    for step in range(40):
        optimizer.groups = {"w": {"lr_scale": float(step >= 30)}}
        optimizer.bind([("w", w)])
        oracle.param_groups[0]["lr"] = rate * (step >= 30)
        w.grad = np.sin(step + w0)
        theirs.grad = torch.tensor(w.grad)
        optimizer.step([("w", w)])
        oracle.step()
        if step < 30:
            np.testing.assert_array_equal(w.value, w0)
    tolerance = 1e-6 if name.startswith("nadam") else 1e-10
    np.testing.assert_allclose(w.value, theirs.detach(), rtol=tolerance, atol=tolerance)


def test_l2_penalty_is_what_pytorch_calls_weight_decay_of_sgd(rng):
    from chainrule.layers import named_parameters
    from chainrule.penalties import L2

    layer = Linear(5, 3).init(0).astype(np.float64)
    weight = torch.tensor(layer.weight.value.copy(), requires_grad=True)
    oracle = torch.optim.SGD([weight], 0.1, momentum=0.9, weight_decay=0.3)
    optimizer = SGD(0.1, momentum=0.9)
    for _ in range(5):
        grad = rng.standard_normal((5, 3))
        layer.clear_grads()
        layer.weight.accumulate(grad)
        L2(0.3)(named_parameters(layer))
        optimizer.step(named_parameters(layer))
        weight.grad = torch.tensor(grad)
        oracle.step()
    np.testing.assert_allclose(layer.weight.value, weight.detach(), rtol=1e-12)


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("adjust_lr_fn", ["original", "match_rms_adamw"])
@pytest.mark.parametrize("shape", [(6, 4), (4, 6)])
def test_muon(shape, adjust_lr_fn, nesterov, rng):
    """Theirs orthogonalises in bfloat16, of 8 bits: each step agrees to a few of those."""
    options = {"nesterov": nesterov, "adjust_lr_fn": adjust_lr_fn}
    w = Parameter(shape, lambda rng, shape: np.zeros(shape))
    w.value = rng.standard_normal(shape).astype(np.float32)
    # Their weights are (out, in), so that the scale of a wide matrix is that of our tall one.
    theirs = torch.tensor(w.value.T.copy(), requires_grad=True)
    optimizer, oracle = Muon(0.02, **options), torch.optim.Muon([theirs], 0.02, **options)
    for _ in range(20):
        w.grad = rng.standard_normal(shape).astype(np.float32)
        theirs.grad = torch.tensor(w.grad.T.copy())
        optimizer.step([("w", w)])
        before = theirs.detach().clone()
        oracle.step()
        length = float((theirs.detach() - before).norm())
        assert np.linalg.norm(w.value.T - theirs.detach().numpy()) < 0.05 * length
        theirs.data = torch.tensor(w.value.T.copy())  # their rounding is not to add up
