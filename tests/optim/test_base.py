"""What every optimizer does around its rule: rates, options, bundles, saved states, its name."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.optim import SGD, Adam, Optimizer, base


class Plain(Optimizer):
    """A rule of one's own that says nothing but its rate."""

    def __init__(self, lr):
        super().__init__(lr)

    def start(self, w):
        return {}

    def update(self, w, grad, state, lr, weight_decay, step):
        w -= lr * (grad + weight_decay * w)


def parameters(*paths: str) -> list[tuple[str, Parameter]]:
    named = [(path, Parameter((1,), lambda rng, shape: np.zeros(shape))) for path in paths]
    for _, parameter in named:
        parameter.value = np.array([1.0])
    return named


def moves(optimizer: Optimizer, named: list[tuple[str, Parameter]]) -> list[float]:
    """By how much each parameter moves against a gradient of 1."""
    before = [float(parameter.value[0]) for _, parameter in named]
    for _, parameter in named:
        parameter.grad = np.array([1.0])
    optimizer.step(named)
    return [old - float(p.value[0]) for old, (_, p) in zip(before, named, strict=True)]


def test_a_rule_of_ones_own_decays_nothing_unless_it_says_so():
    assert moves(Plain(0.25), parameters("w")) == [0.25]


def test_a_factor_of_the_rate_holds_for_what_is_shown_and_for_what_is_done():
    optimizer, named = SGD(0.5), parameters("w")
    optimizer.lr_scale = 0.25
    assert optimizer.lr == 0.125
    assert moves(optimizer, named) == [0.125]


def test_options_that_are_bound_anew_hold_from_the_next_step_on():
    optimizer, named = SGD(0.5), parameters("a", "b")
    assert moves(optimizer, named) == [0.5, 0.5]
    optimizer.groups = {"b": {"lr_scale": 0.5}}
    optimizer.bind(named)
    assert moves(optimizer, named) == [0.5, 0.25]


def test_parameters_are_laid_out_anew_only_when_others_have_gradients(monkeypatch):
    laid_out = []
    bundles = base.bundles

    def counted(present, *rest, **options):
        laid_out.append([path for path, _ in present])
        return bundles(present, *rest, **options)

    monkeypatch.setattr(base, "bundles", counted)
    optimizer, named = Adam(0.1), parameters("a", "b")
    for some in (named, named, named[:1], named[:1], named):
        moves(optimizer, some)
    assert laid_out == [["a", "b"], ["a"], ["a", "b"]]


def test_a_loaded_state_takes_the_place_of_the_own_one():
    used, other = Adam(0.1), Adam(0.1)
    moves(used, parameters("a", "b"))
    moves(other, parameters("b", "c"))
    moves(other, parameters("b", "c"))
    used.load_state(other.state())
    assert used.state().keys() == other.state().keys()
    for key, array in other.state().items():
        np.testing.assert_array_equal(used.state()[key], array, err_msg=key)


@pytest.mark.parametrize("key", ["steps", "w/steps"])
@pytest.mark.parametrize("count", [-1, 1.0, [1, 2], True])
def test_a_count_that_is_none_is_refused(key, count):
    with pytest.raises(InputError, match=f"^{key}: expected a whole number of steps, received"):
        SGD(0.1).load_state({key: np.array(count)})


@pytest.mark.parametrize("key", ["steps", "w/steps"])
@pytest.mark.parametrize("count", [np.array(0), np.array([3]), np.array(2, np.uint8)])
def test_a_count_of_none_or_more_is_taken(key, count):
    optimizer = SGD(0.1)
    optimizer.load_state({key: count})
    assert optimizer.state()[key] == count.item()


def test_the_name_shows_what_differs_from_the_defaults():
    assert repr(SGD(0.5)) == "SGD(0.5)"
    assert repr(Adam(0.5, beta1=0.25, eps=1e-8)) == "Adam(0.5, beta1=0.25)"
    assert repr(SGD(0.5, groups={"*": {}})) == "SGD(0.5, groups={'*': {}})"
