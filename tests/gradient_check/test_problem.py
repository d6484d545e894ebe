from __future__ import annotations

import numpy as np
import pytest

from chainrule.gradient_check.problem import Objective, Problem, of_layer
from chainrule.layers import Dropout, Linear, Multiply, Sequential
from chainrule.losses import SoftmaxCrossEntropy


def test_a_sample_alone_has_its_own_upstream_gradient(rng):
    """So the gradients of the samples add up to that of the batch."""
    problem = of_layer(Linear(3, 2).init(0), [rng.standard_normal((4, 3))])
    each = [problem.at([i]) for i in range(4)]
    assert sum(p.value(p.arrays) for p in each) == pytest.approx(problem.value(problem.arrays))
    total = sum(p.gradient()["weight"] for p in each)
    np.testing.assert_allclose(total, problem.gradient()["weight"])
    twice = problem.at([0, 1, 2, 3, 0, 1, 2, 3])
    np.testing.assert_allclose(twice.gradient()["weight"], 2 * total)


def test_labels_go_with_their_samples(rng):
    x, labels = rng.standard_normal((4, 3)), np.array([0, 1, 1, 0])
    problem = Problem(Linear(3, 2).init(0), [x], Objective(SoftmaxCrossEntropy(), labels, 0.1))
    twice = problem.at([0, 1, 2, 3] * 2)
    assert twice.size == 8
    assert twice.value(twice.arrays) == pytest.approx(problem.value(problem.arrays))


def test_every_evaluation_drops_the_same_units(rng):
    problem = of_layer(Sequential(Dropout(0.5)).init(0), [rng.standard_normal((4, 30))])
    value = problem.value(problem.arrays)
    assert problem.value(problem.arrays) == value
    assert problem.at(range(4)).value(problem.arrays) == value


def test_backward_can_be_given_other_weights(rng):
    problem = of_layer(Linear(3, 3).init(0), [rng.standard_normal((4, 3))])
    dy = problem.run(problem.arrays)[2]
    weight = problem.arrays["weight"]
    np.testing.assert_allclose(problem.gradient()["input"], dy @ weight.T)
    np.testing.assert_allclose(problem.gradient({"weight": weight.T})["input"], dy @ weight)
    np.testing.assert_allclose(problem.gradient()["input"], dy @ weight.T)


def test_a_layer_of_several_inputs(rng):
    a, b = rng.standard_normal((2, 4, 3))
    problem = of_layer(Multiply(), [a, b])
    dy = problem.run(problem.arrays)[2]
    gradient = problem.gradient()
    np.testing.assert_allclose(gradient["input.0"], dy * b)
    np.testing.assert_allclose(gradient["input.1"], dy * a)
