from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import require
from chainrule.errors import InputError

NO_NUMBERS = ["1", None, True, [1.0], math.nan, math.inf, -math.inf, -0.5, 1j]


@pytest.mark.parametrize("rule", [require.positive, require.not_negative, require.fraction])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_a_value_that_no_rule_allows_is_named(rule, value):
    with pytest.raises(InputError) as error:
        rule(fine=0.5, rate=value)
    assert str(error.value).startswith("rate: expected ")
    assert str(error.value).endswith(f"received {value!r}")


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        (require.positive, [1, 1e-300, 5.0, np.float32(2), np.int64(3)], [0, 0.0]),
        (require.not_negative, [0, 0.0, 7, np.float64(0)], [-1e-300]),
        (require.fraction, [0, 0.5, np.float32(0.9)], [1, 1.0, 1.5]),
        (lambda **values: require.integer(2, **values), [2, 10, np.int32(2)], [1, 2.0, "2", True]),
        (lambda **values: require.one_of("a", "b", **values), ["a", "b"], ["c", "", None, 1]),
    ],
    ids=["positive", "not_negative", "fraction", "whole", "one_of"],
)
def test_the_limits_of_each_rule(rule, fits, does_not):
    for value in fits:
        rule(rate=value)
    for value in does_not:
        with pytest.raises(InputError, match="rate: expected"):
            rule(rate=value)
