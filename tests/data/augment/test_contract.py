"""What every operation promises: it keeps shape and dtype, and belongs to the sample alone."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import kernels
from chainrule.data import Dataset, augment
from chainrule.data.augment import (
    OPERATIONS,
    PRESETS,
    Affine,
    Augment,
    CutMix,
    Cutout,
    Mixing,
    Mixup,
    Operation,
    RandomCrop,
    RandomErasing,
    RandomResizedCrop,
    Scale,
    preset,
)
from chainrule.errors import InputError
from chainrule.types import Array

from .conftest import pictures

EACH = [make() for make in OPERATIONS.values()]
every = pytest.mark.parametrize("operation", EACH, ids=lambda o: type(o).__name__)
every_preset = pytest.mark.parametrize("name", PRESETS)


def changed(
    chain: Augment, data: Dataset, samples: Any, epoch: int = 3, seed: int = 1
) -> tuple[Array, Array]:
    samples = np.asarray(samples)
    return chain(
        data.images[samples], data.labels[samples], samples,
        seed=seed, epoch=epoch, classes=len(data.classes), source=data,
    )  # fmt: skip


def test_every_operation_has_a_name():
    public = {
        kind
        for _, kind in inspect.getmembers(augment, inspect.isclass)
        if issubclass(kind, Operation) and dataclasses.is_dataclass(kind)
    }
    bases = {kind for kind in public if inspect.isabstract(kind) or kind is Operation}
    assert set(OPERATIONS.values()) == public - bases


@every
def test_uint8_in_and_out_at_the_same_size(operation, dataset):
    before = dataset.images.copy()
    images, labels = changed(Augment(operation), dataset, np.arange(24))
    assert (images.dtype, images.shape) == (np.uint8, before.shape)
    np.testing.assert_array_equal(dataset.images, before)
    if isinstance(operation, Mixing):
        assert (labels.dtype, labels.shape) == (np.float32, (24, 5))
        np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    else:
        np.testing.assert_array_equal(labels, dataset.labels)


@every
def test_something_happens(operation):
    data = pictures()
    images, _ = changed(Augment(operation), data, np.arange(24))
    different = (images != data.images).any(axis=(1, 2, 3))
    assert different.mean() > 0.2


@every
def test_with_p_0_nothing_happens(operation):
    data = pictures()
    never = dataclasses.replace(operation, p=0.0)
    images, labels = changed(Augment(never), data, np.arange(24))
    np.testing.assert_array_equal(images, data.images)
    if isinstance(operation, Mixing):
        np.testing.assert_array_equal(labels, np.eye(5)[data.labels])


@every_preset
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 24))
def test_an_image_is_the_same_in_any_batch_and_order(name, seed, size):
    data, chain = pictures(), preset(name)
    order = np.random.default_rng(seed).permutation(24)
    together, labels = changed(chain, data, np.arange(24))
    for start in range(0, 24, size):
        samples = order[start : start + size]
        images, targets = changed(chain, data, samples)
        np.testing.assert_array_equal(images, together[samples])
        np.testing.assert_array_equal(targets, labels[samples])


@every_preset
def test_both_back_ends_make_the_same_images(name, dataset):
    fast, labels = changed(preset(name), dataset, np.arange(24))
    with kernels.use("reference"):
        slow, theirs = changed(preset(name), dataset, np.arange(24))
    np.testing.assert_array_equal(fast, slow)
    np.testing.assert_array_equal(labels, theirs)


@every
@pytest.mark.parametrize("key", [{"epoch": 4}, {"seed": 2}])
def test_epoch_and_seed_change_the_chance(operation, key):
    data = pictures()
    one, _ = changed(Augment(operation), data, np.arange(24))
    other, _ = changed(Augment(operation), data, np.arange(24), **key)
    assert (one != other).any()


@every
def test_operations_are_values(operation):
    assert operation == type(operation)()
    assert eval(repr(operation), vars(augment)) == operation
    with pytest.raises(dataclasses.FrozenInstanceError):
        operation.p = 0.1


@every
@pytest.mark.parametrize("p", [-0.1, 1.5, "x", None, float("nan")])
def test_p_is_a_probability(operation, p):
    with pytest.raises(InputError, match=r"^p: expected a number in \[0, 1\], received"):
        type(operation)(p=p)


BAD = [
    (
        "RandomCrop",
        {"padding": -1},
        "padding: expected a whole number from 0 to 65,536, received -1",
    ),
    (
        "RandomCrop",
        {"border": "wrap"},
        "unknown border 'wrap'; choose from constant, edge",
    ),
    ("RandomCrop", {"fill": 256}, "fill: expected a whole number from 0 to 255, received 256"),
    ("RandomResizedCrop", {"scale": (0.5, 1.5)}, "scale: expected at most 1, received 1.5"),
    (
        "RandomResizedCrop",
        {"ratio": (2, 1)},
        "ratio: expected two numbers from 0.001 to 1000, the smaller",
    ),
    ("Scale", {"scale": 1.0}, "scale: expected a list of 2, each item a positive"),
    ("Scale", {"scale": (0, 1)}, r"scale: expected a list of 2, .* received \(0, 1\)"),
    ("Rotation", {"degrees": -1}, "degrees: expected 0 or more, received -1"),
    ("Affine", {"translate": 2}, r"translate: expected a number in \[0, 1\], received 2"),
    ("Affine", {"shear": 90}, "shear: expected a number in \\[0, 89\\], received 90"),
    ("Scale", {"scale": (1, 1e9)}, r"scale: expected two numbers .* received \(1, 1000000000.0\)"),
    (
        "RandomCrop",
        {"padding": 10**30},
        "padding: expected a whole number from 0 to 65,536, received 1000",
    ),
    ("Cutout", {"size": 65537}, "size: expected a whole number from 1 to 65,536, received 65537"),
    ("Brightness", {"strength": 2}, r"strength: expected a number in \[0, 1\], received 2"),
    ("Hue", {"strength": 0.6}, "strength: expected a number in \\[0, 0.5\\]"),
    ("GaussianNoise", {"std": "a"}, r"std: expected a number in \[0, 1\], received 'a'"),
    ("Cutout", {"size": 0}, "size: expected a whole number from 1 to 65,536, received 0"),
    ("RandomErasing", {"fill": -1}, "fill: expected a whole number from 0 to 255, received -1"),
    ("Mixup", {"alpha": 0}, "alpha: expected a positive finite number, received 0"),
    ("CutMix", {"alpha": -1}, "alpha: expected a positive finite number, received -1"),
    ("HorizontalFlip", {"p": 0.3, "alternate": True}, "p: expected 0.5 with alternate"),
    ("TrivialAugment", {"border": None}, "border: expected 'constant'"),
]


@pytest.mark.parametrize(("name", "options", "message"), BAD)
def test_bad_options_are_named(name, options, message):
    with pytest.raises(InputError, match=f"^{message}"):
        getattr(augment, name)(**options)


EXTREMES = Augment(
    Scale((0.001, 1000)),
    Affine(degrees=1e300, translate=1.0, scale=(0.001, 1000), shear=89),
    RandomResizedCrop((0.001, 1.0), (0.001, 1000)),
    RandomCrop(padding=65536),
    Cutout(size=65536),
    RandomErasing(scale=(0.001, 1.0), ratio=(0.001, 1000)),
    Mixup(alpha=1e-300),
    CutMix(alpha=1e300),
)


def test_the_outermost_options_are_carried_out_alike(dataset):
    fast, labels = changed(EXTREMES, dataset, np.arange(24))
    with kernels.use("reference"):
        slow, theirs = changed(EXTREMES, dataset, np.arange(24))
    np.testing.assert_array_equal(fast, slow)
    np.testing.assert_array_equal(labels, theirs)
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
