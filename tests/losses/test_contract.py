"""Every public loss keeps the contract on every back end."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from chainrule import kernels, losses
from chainrule.errors import InputError, ShapeError
from chainrule.gradient_check import check_function
from chainrule.losses import Loss

from ..contract import BACKENDS, public, read_only
from .cases import EACH, LOSSES, OF_LABELS, OF_NUMBERS, Case

each = pytest.mark.parametrize(("case", "shape"), EACH, ids=lambda part: str(part))
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def test_every_public_loss_is_in_the_table():
    assert public(losses, Loss) == {type(case.loss) for case in LOSSES}


@each
def test_gradient_matches_central_differences(case: Case, shape, rng):
    for scale in (0.1, 1, 5):
        targets, logits = case.targets(rng, shape), scale * rng.standard_normal(shape)
        _, dlogits = case.loss(logits, targets)
        result = check_function(
            lambda arrays, targets=targets: case.loss(arrays["logits"], targets)[0],
            {"logits": logits},
            {"logits": dlogits},
        )
        assert result.ok, str(result)


@every_backend
@each
def test_value_and_gradient_keep_type_and_arguments(case: Case, shape, backend, rng):
    targets = case.targets(rng, shape)
    for dtype in (np.float32, np.float64):
        logits = rng.standard_normal(shape, dtype)
        with kernels.use(backend), read_only(logits, targets):
            loss, dlogits = case.loss(logits, targets)
        assert type(loss) is float
        assert (dlogits.dtype, dlogits.shape) == (dtype, shape)


@every_backend
@each
def test_float32_agrees_with_float64(case: Case, shape, backend, rng):
    targets, logits = case.targets(rng, shape), 3 * rng.standard_normal(shape, np.float32)
    exact, dexact = case.loss(logits.astype(np.float64), targets)
    with kernels.use(backend):
        loss, dlogits = case.loss(logits, targets)
    assert loss == pytest.approx(exact, rel=1e-5)
    np.testing.assert_allclose(dlogits, dexact, rtol=1e-4, atol=1e-6)


@every_backend
@each
def test_loss_is_a_mean_over_the_batch(case: Case, shape, backend, rng):
    """So that the loss of a data set is that of its batches, each weighed by its size."""
    targets, logits = case.targets(rng, shape), rng.standard_normal(shape, np.float32)
    with kernels.use(backend):
        loss, dlogits = case.loss(logits, targets)
        parts = [case.loss(logits[part], targets[part]) for part in (slice(0, 1), slice(1, None))]
    n = len(logits)
    assert (parts[0][0] + (n - 1) * parts[1][0]) / n == pytest.approx(loss, rel=1e-5)
    apart = np.concatenate([parts[0][1] / n, parts[1][1] * (n - 1) / n])
    np.testing.assert_allclose(apart, dlogits, rtol=1e-5, atol=1e-7)


@every_backend
@each
def test_nan_reaches_the_loss(case: Case, shape, backend, rng):
    targets, logits = case.targets(rng, shape), rng.standard_normal(shape, np.float32)
    logits.flat[1] = np.nan
    with kernels.use(backend):
        assert np.isnan(case.loss(logits, targets)[0])


@each
def test_huge_logits_give_finite_gradients(case: Case, shape, rng):
    targets = case.targets(rng, shape)
    logits = 1e4 * rng.standard_normal(shape, np.float32)
    for backend in BACKENDS:
        with kernels.use(backend):
            loss, dlogits = case.loss(logits, targets)
        assert np.isfinite(loss)
        assert np.isfinite(dlogits).all()


@pytest.mark.parametrize("case", OF_LABELS, ids=str)
@pytest.mark.parametrize(
    ("shapes", "fix"),
    [
        (((6, 4), (5,)), ""),
        (((6, 4), ()), ""),
        (((6,), (6,)), ""),
        (((6, 4), (6, 1)), r"; use labels.reshape\(-1\)"),
        (((6, 4), (1, 6)), r"; use labels.reshape\(-1\)"),
        (((6, 4), (6, 4)), r"; use labels.argmax\(axis=1\)"),
    ],
    ids=str,
)
def test_shapes_of_labels_never_broadcast(case: Case, shapes, fix):
    own, given = (str(shape).replace("(", r"\(").replace(")", r"\)") for shape in shapes)
    with pytest.raises(ShapeError, match=rf"and labels \(N,\), received {own} and {given}{fix}"):
        case.loss(np.zeros(shapes[0]), np.zeros(shapes[1], np.int64))


@pytest.mark.parametrize("case", OF_NUMBERS, ids=str)
def test_shapes_of_numbers_never_broadcast(case: Case):
    """(N, 1) against (N,) would be a matrix of N² differences in NumPy."""
    with pytest.raises(ShapeError, match=r"\(6, 1\) and \(6,\); use targets.reshape\(6, 1\)"):
        case.loss(np.zeros((6, 1)), np.zeros(6))
    with pytest.raises(ShapeError, match=r"one shape, received \(6, 4\) and \(4,\)$"):
        case.loss(np.zeros((6, 4)), np.zeros(4))


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_dtypes_are_checked(case: Case, rng):
    targets = case.targets(rng, (6, 4))
    wrong = targets.astype(np.float64 if targets.dtype == np.int64 else np.int64)
    with pytest.raises(ShapeError, match=r"; use (labels|targets)\.(astype|argmax)"):
        case.loss(np.zeros((6, 4)), wrong.reshape(targets.shape))
    with pytest.raises(ShapeError, match=r"floating-point (logits|outputs), received int64"):
        case.loss(np.zeros((6, 4), np.int64), targets)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_an_empty_batch_has_no_mean(case: Case, rng):
    with pytest.raises(ShapeError, match=r"an empty batch has no mean loss: received .*\(0, 4\)"):
        case.loss(np.zeros((0, 4)), case.targets(rng, (0, 4)))


@pytest.mark.parametrize("case", OF_LABELS, ids=str)
@pytest.mark.parametrize("label", [-1, 4])
def test_labels_outside_the_outputs_are_named(case: Case, label):
    with pytest.raises(InputError, match=rf"label {label} is outside 0\.\.3"):
        case.loss(np.zeros((2, 4)), np.array([0, label]))


@pytest.mark.parametrize("case", OF_NUMBERS, ids=str)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_targets_must_be_finite(case: Case, bad):
    with pytest.raises(InputError, match="targets: expected finite numbers"):
        case.loss(np.zeros(3), np.array([0, bad, 1]))


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_losses_are_values(case: Case):
    """Equal options make equal losses, and the repr makes the loss again."""
    twin = copy.deepcopy(case.loss)
    assert twin == case.loss
    assert hash(twin) == hash(case.loss)
    assert eval(repr(case.loss), vars(losses).copy()) == case.loss
