"""Every public optimizer keeps the contract of ``Optimizer`` on every back end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chainrule import kernels, optim
from chainrule.errors import InputError
from chainrule.layers import Parameter
from chainrule.optim import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    Adan,
    Lion,
    Muon,
    NAdam,
    Optimizer,
    RMSProp,
)
from chainrule.schedules import Step

from ..contract import BACKENDS, public, read_only

# Learning rates that bring the quadratic below closer to its minimum in 50 steps.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda **options: SGD(**{"lr": 0.05} | options),
    "SGD-momentum": lambda **options: SGD(**{"lr": 0.02, "momentum": 0.9} | options),
    "SGD-nesterov": lambda **options: SGD(
        **{"lr": 0.02, "momentum": 0.9, "nesterov": True} | options
    ),
    "AdaGrad": lambda **options: AdaGrad(**{"lr": 0.5} | options),
    "RMSProp": lambda **options: RMSProp(**{"lr": 0.05} | options),
    "AdaDelta": lambda **options: AdaDelta(**{"lr": 30.0} | options),
    "Adam": lambda **options: Adam(**{"lr": 0.05} | options),
    "AdamW": lambda **options: AdamW(**{"lr": 0.05, "weight_decay": 0.0} | options),
    "Adan": lambda **options: Adan(**{"lr": 0.05} | options),
    "NAdam": lambda **options: NAdam(**{"lr": 0.05} | options),
    "Lion": lambda **options: Lion(**{"lr": 0.05} | options),
    "Muon": lambda **options: Muon(**{"lr": 0.3, "momentum": 0.8, "weight_decay": 0.0} | options),
    "Muon-original": lambda **options: Muon(
        **{"lr": 0.1, "momentum": 0.8, "weight_decay": 0.0, "adjust_lr_fn": "original"} | options
    ),
}

each = pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
backends = pytest.mark.parametrize("backend", BACKENDS)

CURVATURE = np.array([[1.0, 3.0], [0.5, 10.0]])


def parameters(dtype: type[np.generic] = np.float32) -> list[tuple[str, Parameter]]:
    weight = Parameter((2, 2), lambda rng, shape: np.zeros(shape))
    weight.value = np.array([[1.0, -2.0], [3.0, -0.5]], dtype)
    bias = Parameter((2,), lambda rng, shape: np.zeros(shape), decay=False)
    bias.value = np.array([1.0, -1.0], dtype)
    return [("a/b.weight", weight), ("a/b.bias", bias)]


def fill(named: list[tuple[str, Parameter]]) -> float:
    """Gradients of ½ Σ c w² + ½ Σ b², and its value."""
    (_, weight), (_, bias) = named
    curvature = CURVATURE.astype(weight.value.dtype)
    weight.grad, bias.grad = curvature * weight.value, bias.value.copy()
    return float((curvature * weight.value**2).sum() + (bias.value**2).sum()) / 2


def run(optimizer: Optimizer, named: list[tuple[str, Parameter]], steps: int) -> None:
    for _ in range(steps):
        fill(named)
        optimizer.step(named)


def values(named: list[tuple[str, Parameter]]) -> np.ndarray:
    return np.concatenate([parameter.value.ravel() for _, parameter in named])


def test_every_public_optimizer_is_in_the_table():
    assert public(optim, Optimizer) == {type(build()) for build in OPTIMIZERS.values()}


@each
@backends
def test_goes_downhill_and_spends_the_gradients(build, backend):
    named = parameters()
    start = fill(named)
    with kernels.use(backend):
        run(build(), named, 50)
    assert all(parameter.grad is None for _, parameter in named)
    assert fill(named) < start / 10


@each
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_compiled_steps_equal_the_reference(build, weight_decay):
    results = []
    for backend, dtype in (
        ("cpu", np.float32),
        ("reference", np.float32),
        ("reference", np.float64),
    ):
        named = parameters(dtype)
        with kernels.use(backend):
            run(build(weight_decay=weight_decay), named, 20)
        results.append(values(named))
    # Five Newton-Schulz steps have the slope 3.4445⁵ = 485 at small singular values.
    rtol = 1e-3 if isinstance(build(), Muon) else 1e-5
    np.testing.assert_allclose(results[0], results[2], rtol=rtol, atol=rtol / 10)
    np.testing.assert_allclose(results[1], results[2], rtol=rtol, atol=rtol / 10)


@each
@backends
def test_goes_on_from_a_saved_state_to_the_last_bit(build, backend):
    with kernels.use(backend):
        whole = parameters()
        run(build(), whole, 9)

        named, optimizer = parameters(), build()
        run(optimizer, named, 4)
        state = {key: array.copy() for key, array in optimizer.state().items()}
        resumed = build()
        resumed.load_state(state)
        run(optimizer, parameters(), 3)  # the state was copied: going on elsewhere changes nothing
        assert resumed.steps == 4
        run(resumed, named, 5)
    np.testing.assert_array_equal(values(named), values(whole))


@each
@backends
def test_weight_decay_is_decoupled_and_spares_what_does_not_decay(build, backend):
    """Without a gradient's help the weight shrinks by lr λ w, and the bias stays."""
    named = parameters()
    before = [parameter.value.copy() for _, parameter in named]
    optimizer = build(lr=0.1, weight_decay=0.5)
    for _, parameter in named:
        parameter.grad = np.zeros_like(parameter.value)
    with kernels.use(backend):
        optimizer.step(named)
    np.testing.assert_allclose(named[0][1].value, 0.95 * before[0], rtol=1e-6)
    np.testing.assert_array_equal(named[1][1].value, before[1])


@each
@backends
def test_reads_the_gradient_only_and_updates_the_weights_in_place(build, backend):
    named = parameters()
    fill(named)
    arrays = [parameter.value for _, parameter in named]
    with kernels.use(backend), read_only(*[parameter.grad for _, parameter in named]):
        build().step(named)
    for (_, parameter), array in zip(named, arrays, strict=True):
        assert parameter.value is array


@each
@backends
def test_updates_strided_weights(build, backend):
    plain, strided = parameters(), parameters()
    weight = strided[0][1]
    weight.value = np.asfortranarray(weight.value)
    with kernels.use(backend):
        run(build(), plain, 3)
        run(build(), strided, 3)
    np.testing.assert_allclose(values(strided), values(plain), rtol=1e-6)


@each
@backends
def test_keeps_the_dtype_of_weights_and_state(build, backend):
    for dtype in (np.float32, np.float64):
        named, optimizer = parameters(dtype), build(weight_decay=0.1)
        with kernels.use(backend):
            run(optimizer, named, 2)
        arrays = [array for key, array in optimizer.state().items() if not key.endswith("steps")]
        assert {array.dtype for array in [*arrays, values(named)]} == {np.dtype(dtype)}


@each
def test_state_belongs_to_the_path_not_the_order(build):
    one, other = parameters(), parameters()
    first, second = build(), build()
    for _ in range(3):
        fill(one)
        first.step(one)
        fill(other)
        second.step(other[::-1])
    np.testing.assert_array_equal(values(one), values(other))


@each
def test_a_parameter_without_a_gradient_is_left_alone(build):
    named, optimizer = parameters(), build(weight_decay=0.1)
    fill(named)
    named[0][1].grad = None
    before = named[0][1].value.copy()
    optimizer.step(named)
    np.testing.assert_array_equal(named[0][1].value, before)
    assert optimizer.steps == 1


@each
@backends
def test_a_parameter_that_was_frozen_moves_like_a_new_one(build, backend):
    """Bias corrections go by the steps that the parameter has taken itself."""
    named, optimizer = parameters(), build()
    fresh, twin = parameters(), build()
    with kernels.use(backend):
        for _ in range(50):
            fill(named)
            named[0][1].grad = None
            optimizer.step(named)
        for _ in range(3):
            for each in (named, fresh):
                each[0][1].grad = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
            optimizer.step(named[:1])
            twin.step(fresh[:1])
    np.testing.assert_array_equal(named[0][1].value, fresh[0][1].value)
    assert optimizer.state()["a/b.weight/steps"] == 3
    assert optimizer.state()["a/b.bias/steps"] == 50
    assert optimizer.steps == 53  # a schedule goes by all steps


@each
@backends
def test_counts_are_saved_by_parameter(build, backend):
    """A resume in the middle, with counts that differ, changes no bit."""

    def steps(optimizer, named, of):
        for step in of:
            fill(named)
            if step < 5:
                named[1][1].grad = None
            optimizer.step(named)

    with kernels.use(backend):
        whole, named, optimizer, resumed = parameters(), parameters(), build(), build()
        steps(build(), whole, range(12))
        steps(optimizer, named, range(8))
        resumed.load_state(optimizer.state())
        steps(resumed, named, range(8, 12))
    np.testing.assert_array_equal(values(named), values(whole))


@each
def test_a_state_with_one_count_for_all_goes_on(build):
    """As checkpoints were written before each parameter had its own."""
    whole, named, optimizer, resumed = parameters(), parameters(), build(), build()
    run(build(), whole, 9)
    run(optimizer, named, 4)
    old = {key: a for key, a in optimizer.state().items() if not key.endswith("/steps")}
    resumed.load_state(old)
    assert {int(a) for key, a in resumed.state().items() if key.endswith("steps")} == {4}
    run(resumed, named, 5)
    np.testing.assert_array_equal(values(named), values(whole))


@each
@backends
def test_nothing_to_update_is_no_trouble(build, backend):
    named, optimizer = parameters(), build(weight_decay=0.1)
    before = values(named)
    with kernels.use(backend):
        optimizer.step(named)  # no gradient has come
        optimizer.step([])
        empty = [(f"{shape}", Parameter(shape, lambda rng, shape: np.zeros(shape))) for shape in
                 ((0,), (0, 3), (3, 0))]  # fmt: skip
        for _, parameter in empty:
            parameter.draw(np.random.default_rng(0))
            parameter.grad = np.zeros(parameter.shape, np.float32)
        build().step(empty)
    np.testing.assert_array_equal(values(named), before)
    assert optimizer.steps == 2


@each
def test_takes_its_rate_from_the_schedule(build):
    scheduled, named = build(lr=Step(0.1, every=2, factor=0.5)), parameters()
    constant, twin = build(lr=0.1), parameters()
    assert scheduled.lr == 0.1
    run(scheduled, named, 2)
    run(constant, twin, 2)
    np.testing.assert_array_equal(values(named), values(twin))
    assert scheduled.lr == 0.05
    run(scheduled, named, 1)
    run(constant, twin, 1)
    assert not np.array_equal(values(named), values(twin))


@each
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0.0}, "lr: expected a positive finite number or a Schedule, received 0.0"),
        ({"lr": float("nan")}, "lr: expected a positive finite number"),
        ({"weight_decay": -0.1}, "weight_decay: expected 0 or more, received -0.1"),
        ({"weight_decay": float("nan")}, "weight_decay: expected 0 or more, received nan"),
    ],
)
def test_refuses_options_that_cannot_be(build, options, message):
    with pytest.raises(InputError, match=message):
        build(**options)


@each
@backends
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_gradient_is_not_hidden(build, backend, bad):
    named = parameters()
    fill(named)
    named[0][1].grad[0, 1] = bad
    optimizer = build()
    with kernels.use(backend), np.errstate(all="ignore"):
        optimizer.step(named)
    changed = [
        values(named),
        *(a for key, a in optimizer.state().items() if not key.endswith("steps")),
    ]
    assert not all(np.isfinite(array).all() for array in changed)


@each
def test_has_a_name_that_builds_it_again(build):
    import chainrule.optim as names

    optimizer = build(weight_decay=0.25, groups={"*.bias": {"lr_scale": 0.5}})
    twin = eval(repr(optimizer), vars(names))
    assert vars(twin).keys() == vars(optimizer).keys()
    for name in vars(optimizer).keys() - {"_other"}:
        assert getattr(twin, name) == getattr(optimizer, name)
