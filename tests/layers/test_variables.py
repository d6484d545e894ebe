from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.initializers import ones
from chainrule.layers.variables import Buffer, Parameter


def test_a_variable_has_no_value_before_it_is_drawn(rng):
    weight, flags = Parameter((2, 3), ones), Buffer((2,), ones, np.bool_)
    for variable, dtype in ((weight, np.float32), (flags, np.bool_)):
        assert not variable.drawn
        with pytest.raises(InputError, match=r"call model\.init\(seed\) first"):
            _ = variable.value
        variable.draw(rng)
        assert variable.drawn
        np.testing.assert_array_equal(variable.value, np.ones(variable.shape, dtype))
        assert variable.value.dtype == dtype


def test_a_value_may_be_replaced():
    weight, value = Parameter((2,), ones), np.array([3.0, 5.0])
    weight.value = value
    assert weight.value is value
    assert weight.drawn


def test_what_is_drawn_is_laid_out_row_by_row(rng):
    weight = Parameter((3, 2), lambda rng, shape: np.asfortranarray(rng.standard_normal(shape)))
    weight.draw(rng)
    assert weight.value.flags.c_contiguous


def test_a_parameter_decays_unless_it_says_no_and_sums_its_gradients():
    assert Parameter((2,), ones).decay
    assert not Parameter((2,), ones, decay=False).decay
    weight = Parameter((2,), ones)
    assert weight.grad is None
    for grad in ([1.0, 2.0], [3.0, 5.0]):
        weight.accumulate(np.array(grad))
    np.testing.assert_array_equal(weight.grad, [4, 7])


def test_a_copy_is_frozen_as_the_original_is_also_where_none_ever_was(monkeypatch):
    parameter = Parameter((2,), lambda rng, shape: np.ones(shape))
    parameter.draw(np.random.default_rng(0))
    parameter.frozen = True
    packed = pickle.dumps(Parameter((1,), np.zeros)), copy.deepcopy(parameter)
    monkeypatch.setattr(Parameter, "ever_frozen", False)
    assert not pickle.loads(packed[0]).frozen and not Parameter.ever_frozen
    again = copy.deepcopy(packed[1])  # as another process would make it
    assert again.frozen and Parameter.ever_frozen and again.value.tolist() == [1, 1]
