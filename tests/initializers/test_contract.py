"""Every public initializer: its mean and variance, its stream, its place in a model file."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from chainrule import architecture, initializers
from chainrule.errors import InputError
from chainrule.initializers import (
    INITIALIZERS,
    Constant,
    Dirac,
    Normal,
    Orthogonal,
    Uniform,
    VarianceScaling,
    fans,
)
from chainrule.random import generator

# (initializer, the standard deviation that it must have for a shape)
TABLE = [
    (initializers.zeros, lambda shape: 0),
    (initializers.ones, lambda shape: 0),
    (Constant(-2.5), lambda shape: 0),
    (Normal(0.02), lambda shape: 0.02),
    (Uniform(0.3), lambda shape: 0.3 / math.sqrt(3)),
    (VarianceScaling(), lambda shape: math.sqrt(1 / fans(shape)[0])),
    (VarianceScaling(3, "fan_out", "uniform"), lambda shape: math.sqrt(3 / fans(shape)[1])),
    (initializers.lecun_normal, lambda shape: math.sqrt(1 / fans(shape)[0])),
    (initializers.lecun_uniform, lambda shape: math.sqrt(1 / fans(shape)[0])),
    (initializers.xavier_normal, lambda shape: math.sqrt(2 / sum(fans(shape)))),
    (initializers.xavier_uniform, lambda shape: math.sqrt(2 / sum(fans(shape)))),
    (initializers.he_normal, lambda shape: math.sqrt(2 / fans(shape)[0])),
    (initializers.he_uniform, lambda shape: math.sqrt(2 / fans(shape)[0])),
    (initializers.he_normal_fan_out, lambda shape: math.sqrt(2 / fans(shape)[1])),
    (initializers.he_uniform_fan_out, lambda shape: math.sqrt(2 / fans(shape)[1])),
    (Orthogonal(), lambda shape: math.sqrt(1 / max(fans(shape)[0], shape[-1]))),
    (Orthogonal(math.sqrt(2)), lambda shape: math.sqrt(2 / max(fans(shape)[0], shape[-1]))),
    (Dirac(), None),
    (Dirac(groups=3), None),
    (Dirac(rest=1 / 3), None),
]
MEANS = {initializers.ones: 1, Constant(-2.5): -2.5}
WITHOUT_STREAM = (initializers.zeros, initializers.ones, Constant, Dirac)
SHAPES = [(300, 200), (200, 300), (3, 3, 60, 90)]


def name(init) -> str:
    return getattr(init, "__name__", repr(init))


def same_every_time(init) -> bool:
    return (init in WITHOUT_STREAM or type(init) in WITHOUT_STREAM) and not getattr(init, "rest", 0)


each = pytest.mark.parametrize("init", [init for init, _ in TABLE], ids=name)
each_random = pytest.mark.parametrize(
    ("init", "std"), [row for row in TABLE if row[1] is not None], ids=name
)
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def test_every_public_initializer_is_in_the_tables():
    offered = (getattr(initializers, name) for name in dir(initializers))
    public = {thing for thing in offered if callable(thing)}
    assert public - {initializers.fans} == set(INITIALIZERS.values())
    made = {init if init in INITIALIZERS.values() else type(init) for init, _ in TABLE}
    assert made == set(INITIALIZERS.values())


@each_random
@shapes
def test_mean_and_variance(init, std, shape):
    w = init(generator("test"), shape)
    assert (w.shape, w.dtype) == (shape, np.float64)
    n = w.size
    assert w.mean() == pytest.approx(MEANS.get(init, 0), abs=5 * std(shape) / math.sqrt(n))
    assert w.std() == pytest.approx(std(shape), rel=5 / math.sqrt(n))


@each
def test_same_stream_same_numbers(init):
    shape = (3, 3, 6, 9)
    one, two = (init(generator("test", 1), shape) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = init(generator("test", 2), shape)
    assert np.array_equal(one, other) == same_every_time(init)


@each_random
def test_uniform_stays_within_its_bound(init, std):
    w = init(generator("test"), (50, 40))
    bound = math.sqrt(3) * std((50, 40))
    if "uniform" in name(init).lower():
        assert 0.95 * bound < abs(w).max() <= bound
    elif "normal" in name(init).lower():
        assert abs(w).max() > bound


@each
def test_a_bias_has_no_fans(init):
    if init in WITHOUT_STREAM or isinstance(init, (Constant, Normal, Uniform)):
        assert init(generator("test"), (4,)).shape == (4,)
    else:
        with pytest.raises(InputError, match=r"received \(4,\)"):
            init(generator("test"), (4,))


@each
def test_a_model_file_brings_it_back(init):
    text = json.dumps(architecture.describe(init))
    assert architecture.rebuild(json.loads(text)) == init


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ({"initializer": "he_normals"}, "did you mean 'he_normal'"),
        ({"initializer": "lsuv"}, "unknown initializer 'lsuv'"),
        ({"initializer": ["Normal"]}, "unknown initializer"),
        ({"initializer": "Normal", "std": -1}, "std: expected 0 or more, received -1"),
        ({"initializer": "Normal", "variance": 1}, "Normal has no argument 'variance'"),
        ({"initializer": "Constant", "value": "a"}, "value: expected a finite number"),
    ],
)
def test_a_model_file_names_no_others(description, words):
    with pytest.raises(InputError, match=words):
        architecture.rebuild(description)


def test_fans_of_matrices_and_kernels():
    assert fans((5, 7)) == (5, 7)
    assert fans((3, 3, 5, 7)) == (45, 63)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Normal(-0.1), "std: expected 0 or more"),
        (lambda: Uniform(float("nan")), "bound: expected 0 or more"),
        (lambda: Constant(float("inf")), "value: expected a finite number"),
        (lambda: Orthogonal(0), "gain: expected a positive finite number"),
        (lambda: Dirac(0), "groups: expected a whole number of at least 1"),
        (lambda: VarianceScaling(-1), "scale: expected a positive finite number"),
        (lambda: VarianceScaling(1, "fan"), "mode: expected 'fan_in' or"),
        (lambda: VarianceScaling(1, "fan_in", "laplace"), "distribution: expected 'normal' or"),
    ],
)
def test_options_are_checked(build, words):
    with pytest.raises(InputError, match=words):
        build()
