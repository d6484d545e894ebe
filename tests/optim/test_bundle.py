"""That small arrays are updated as one row shows nowhere."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from chainrule import kernels
from chainrule.layers import Parameter
from chainrule.optim import SGD, Adam, Muon, bundle

SHAPES = {"a": (3, 4), "b": (4,), "big": (bundle.SMALL + 1,), "c": (), "d": (2, 1, 3)}


def parameters(seed: int = 0) -> list[tuple[str, Parameter]]:
    rng = np.random.default_rng(seed)
    named = []
    for path, shape in SHAPES.items():
        parameter = Parameter(shape, lambda rng, shape: np.zeros(shape), decay=path != "b")
        parameter.value = np.asarray(rng.standard_normal(shape), np.float32)
        named.append((path, parameter))
    return named


def fill(named: list[tuple[str, Parameter]], leave_out: str = "") -> None:
    for path, p in named:
        p.grad = None if path in leave_out else np.asarray(np.sin(3 * p.value) + p.value / 2)


def assert_equal(one, other, optimizer, twin):
    for (path, p), (_, q) in zip(one, other, strict=True):
        np.testing.assert_array_equal(p.value, q.value, err_msg=path)
    state, expected = optimizer.state(), twin.state()
    assert state.keys() == expected.keys()
    for key, array in state.items():
        np.testing.assert_array_equal(array, expected[key], err_msg=key)
        assert array.shape == expected[key].shape


def both(steps, build=lambda: Adam(0.05, weight_decay=0.1)):
    """``steps(optimizer, named)`` with bundles and without, on the reference: equal bit by bit."""
    results = []
    for small in (bundle.SMALL, -1):
        with pytest.MonkeyPatch.context() as patch, kernels.use("reference"):
            patch.setattr(bundle, "SMALL", small)
            named, optimizer = parameters(), build()
            named, optimizer = steps(optimizer, named) or (named, optimizer)
        results.append((named, optimizer))
    (one, optimizer), (other, twin) = results
    assert_equal(one, other, optimizer, twin)


def test_small_arrays_with_equal_options_share_a_call(monkeypatch):
    calls = []
    update = Adam.update

    @bundle.elementwise
    def counted(self, w, *rest):
        calls.append(w.size)
        update(self, w, *rest)

    monkeypatch.setattr(Adam, "update", counted)
    named = parameters()
    fill(named)
    Adam(0.1, weight_decay=0.1).step(named)
    assert sorted(calls) == [4, 12 + 1 + 6, bundle.SMALL + 1]  # b does not decay


def test_bundles_change_no_bit():
    def steps(optimizer, named):
        for _ in range(3):
            fill(named)
            optimizer.step(named)

    both(steps)
    both(steps, lambda: SGD(0.1, momentum=0.9, groups={"[ab]": {"lr_scale": 0.5}}))


def test_gradients_come_and_go():
    def steps(optimizer, named):
        for absent in ("a", "", "bc", "abcd", ""):
            fill(named, leave_out=absent)
            optimizer.step(named)

    both(steps)


def test_values_may_be_replaced_between_steps():
    def steps(optimizer, named):
        for factor in (1, 2, 3):
            for _, p in named:
                p.value = np.asarray(p.value * np.float32(factor))
            fill(named)
            optimizer.step(named)

    both(steps)


def test_a_copy_goes_its_own_way():
    def steps(optimizer, named):
        fill(named)
        optimizer.step(named)
        twin, others = copy.deepcopy((optimizer, named))
        for _ in range(2):  # of the first: the copy does not notice
            fill(named)
            optimizer.step(named)
        fill(others)
        twin.step(others)
        return others, twin

    both(steps)


def test_state_is_by_path_and_goes_back():
    def steps(optimizer, named):
        fill(named, leave_out="c")
        optimizer.step(named)
        assert "c/m" not in optimizer.state()
        resumed = Adam(0.05, weight_decay=0.1)
        resumed.load_state(optimizer.state())
        fill(named)
        resumed.step(named)
        return named, resumed

    both(steps)


def test_a_rule_of_ones_own_gets_one_array_at_a_time():
    shapes = []

    class Own(Adam):
        def update(self, w, *rest):
            shapes.append(w.shape)
            super().update(w, *rest)

    named = parameters()
    fill(named)
    Own(0.1).step(named)
    assert shapes == list(SHAPES.values())
    assert not hasattr(Muon.update, "elementwise")
