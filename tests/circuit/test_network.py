"""Gates and layers are the same mathematics."""

from __future__ import annotations

import numpy as np

from chainrule.circuit import inputs, relu
from chainrule.layers import Linear, ReLU, Sequential, named_parameters


def test_gates_give_the_gradients_of_linear_and_relu():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((1, 3))
    model = Sequential(Linear(3, 4), ReLU(), Linear(4, 1)).init(seed=0).astype(np.float64)
    (_, w), (_, b), (_, v), (_, c) = model.state().items()

    (*xs,) = inputs(**{f"x{i}": x[0, i] for i in range(3)})
    ws = [inputs(**{f"w{i}{j}": w[i, j] for i in range(3)}) for j in range(4)]
    bs, vs = (
        inputs(**{f"{n}{j}": a.ravel()[j] for j in range(4)}) for n, a in (("b", b), ("v", v))
    )
    (c0,) = inputs(c=c[0])
    hidden = [relu(sum(w * x for w, x in zip(ws[j], xs, strict=True)) + bs[j]) for j in range(4)]
    y = sum(v * h for v, h in zip(vs, hidden, strict=True)) + c0
    y.backward()

    output, cache = model.forward(x)
    dx = model.backward(np.ones((1, 1)), cache)
    dw, db, dv, dc = (parameter.grad for _, parameter in named_parameters(model))
    np.testing.assert_allclose(y.value, output[0, 0], rtol=1e-13)
    np.testing.assert_allclose([v.grad for v in xs], dx[0], rtol=1e-12)
    np.testing.assert_allclose([[v.grad for v in row] for row in ws], dw.T, rtol=1e-12)
    np.testing.assert_allclose([v.grad for v in bs], db, rtol=1e-12)
    np.testing.assert_allclose([v.grad for v in vs], dv[:, 0], rtol=1e-12)
    assert c0.grad == dc[0] == 1
    assert any(h.value == 0 for h in hidden), "one unit is off: its gradients are 0 in both"
    assert any(h.value > 0 for h in hidden)
