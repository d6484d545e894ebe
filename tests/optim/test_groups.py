from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.layers import BatchNorm, Linear, Sequential, named_parameters
from chainrule.optim import SGD, Muon
from chainrule.schedules import Constant, Step, TimeScaled, Until
from chainrule.schedules import Linear as Linear_
from chainrule.training import Trainer


@pytest.fixture
def parameters():
    return named_parameters(Sequential(Linear(3, 2), BatchNorm(2), Linear(2, 2)).init(0))


def moves(optimizer, parameters):
    """By how much each parameter moves against a gradient of ones."""
    before = {path: p.value.copy() for path, p in parameters}
    for _, p in parameters:
        p.grad = np.ones_like(p.value)
    optimizer.step(parameters)
    return {path: before[path] - p.value for path, p in parameters}


def test_a_group_scales_the_rate_of_its_paths_alone(parameters):
    moved = moves(SGD(0.5, groups={"layers.0.*": {"lr_scale": 0.1}}), parameters)
    for path, move in moved.items():
        rate = 0.05 if path.startswith("layers.0.") else 0.5
        np.testing.assert_allclose(move, rate, rtol=1e-5)


def test_a_group_goes_along_with_the_schedule(parameters):
    optimizer = SGD(Step(1.0, every=1), groups={"*.weight": {"lr_scale": 0.25}})
    for rate in (1.0, 0.5, 0.25):
        moved = moves(optimizer, parameters)
        np.testing.assert_allclose(moved["layers.0.bias"], rate, rtol=1e-5)
        np.testing.assert_allclose(moved["layers.0.weight"], rate / 4, rtol=1e-5)


def test_the_last_pattern_that_sets_an_option_wins(parameters):
    groups = {
        "*": {"lr_scale": 0.5, "weight_decay": 0.0},
        "layers.2.*": {"lr_scale": 2.0},
        "*.bias": {"weight_decay": 0.3},
    }
    options = SGD(1.0, weight_decay=0.1, groups=groups).bind(parameters)
    assert options["layers.0.weight"].lr_scale == 0.5
    assert options["layers.0.weight"].weight_decay == 0.0
    assert options["layers.2.bias"].lr_scale == 2.0
    assert options["layers.2.bias"].weight_decay == 0.3


def test_without_groups_decay_is_what_the_parameter_says(parameters):
    options = SGD(1.0, weight_decay=0.1).bind(parameters)
    decays = {path: given.weight_decay for path, given in options.items()}
    assert decays == {path: 0.1 if path.endswith("weight") else 0.0 for path, _ in parameters}


def test_a_rate_of_zero_freezes(parameters):
    optimizer = SGD(0.1, weight_decay=0.5, groups={"layers.0.*": {"lr_scale": 0}})
    moved = moves(optimizer, parameters)
    assert not moved["layers.0.weight"].any()
    assert not moved["layers.0.bias"].any()
    assert moved["layers.2.weight"].any()


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"*": {"weigt_decay": 0}}, "unknown option 'weigt_decay'; did you mean 'weight_decay'"),
        ({"*": 0.1}, r"'\*': expected options such as {'lr_scale': 0.1}, received 0.1"),
        ({"*": {"rate": 0.1}}, r"'\*': unknown option 'rate'"),
        ({"*": {"lr": 0}}, r"groups: '\*': lr: expected a positive finite number, received 0"),
        ({"*": {"lr": "fast"}}, "lr: expected a positive finite number, received 'fast'"),
        ({"*": {"lr_scale": -1}}, r"groups: '\*': lr_scale: expected 0 or more, received -1"),
        ({"*": {"lr_scale": "much"}}, "lr_scale: expected 0 or more, received 'much'"),
    ],
)
def test_refuses_options_that_cannot_be(groups, message):
    with pytest.raises(InputError, match=message):
        SGD(0.1, groups=groups)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("layers.0.wight", "fits 'layers.0.wight'; did you mean 'layers.0.weight'"),
        ("body.*", r"fits 'body.\*'; paths are such as layers.0.weight, layers.0.bias"),
    ],
)
def test_a_pattern_that_fits_nothing_is_refused_before_anything_changes(
    parameters, pattern, message
):
    optimizer = SGD(0.1, groups={pattern: {"lr_scale": 0}})
    with pytest.raises(InputError, match=message):
        moves(optimizer, parameters)
    assert optimizer.steps == 0


def test_a_group_may_have_a_rate_and_a_schedule_of_its_own(parameters):
    groups = {
        "layers.0.*": {"lr": 0.25},
        "*.bias": {"lr": Until(Linear_(1.0, steps=4), steps=2)},
        "layers.2.*": {"lr_scale": 2.0},
    }
    optimizer = SGD(Step(8.0, every=1), groups=groups)
    for rate, own in ((8.0, 1.0), (4.0, 0.75), (2.0, 0.0)):
        moved = moves(optimizer, parameters)
        np.testing.assert_allclose(moved["layers.0.weight"], 0.25, rtol=1e-5)
        np.testing.assert_allclose(moved["layers.0.bias"], own, rtol=1e-5)
        np.testing.assert_allclose(moved["layers.1.gamma"], rate, rtol=1e-5)
        np.testing.assert_allclose(moved["layers.2.weight"], 2 * rate, rtol=1e-5)
        np.testing.assert_allclose(moved["layers.2.bias"], 2 * own, rtol=1e-5)


def test_a_group_of_its_own_follows_plateaus_and_time_budgets(parameters):
    groups = {"*.bias": {"lr": Linear_(1.0, steps=10)}}
    optimizer = SGD(TimeScaled(Constant(1.0), knots=[(1, 1.0, 4.0)]), groups=groups)
    optimizer.lr_scale = 0.5
    rates = [moves(optimizer, parameters)["layers.0.bias"][0] for _ in range(4)]
    np.testing.assert_allclose(rates, [0.5, 0.45, 0.25, 0.05], rtol=1e-5)


def test_a_trainer_says_so_before_it_trains():
    with pytest.raises(InputError, match="groups: no parameter fits 'head"):
        Trainer(Linear(2, 2), SGD(0.1, groups={"head.*": {"lr_scale": 2}}))


def test_the_table_says_what_each_parameter_gets(parameters):
    optimizer = Muon(0.02, groups={"layers.1.*": {"lr_scale": 0}, "*.bias": {"lr_scale": 0.5}})
    assert optimizer.table(parameters) == (
        "parameter        shape  numbers  rule       lr  weight decay\n"
        "layers.0.weight  3x2          6  Muon     0.02           0.1\n"
        "layers.0.bias    2            2  AdamW    0.01             0\n"
        "layers.1.gamma   2            2  AdamW  frozen             0\n"
        "layers.1.beta    2            2  AdamW  frozen             0\n"
        "layers.2.weight  2x2          4  Muon     0.02           0.1\n"
        "layers.2.bias    2            2  AdamW    0.01             0\n"
        "                             18"
    )


@pytest.mark.parametrize("count", [4, 5])
def test_of_many_paths_the_message_names_the_first_four(count):
    named = [(path, named_parameters(Linear(1, 1))[0][1]) for path in "abcde"[:count]]
    with pytest.raises(InputError) as caught:
        SGD(0.1, groups={"nothing like it": {"lr_scale": 0}}).bind(named)
    end = "; paths are such as a, b, c, d" if count > 4 else "; choose from a, b, c, d"
    assert str(caught.value) == f"groups: no parameter fits 'nothing like it'{end}"
