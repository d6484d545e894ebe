"""Where pixels go: against images moved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data.augment import (
    Affine,
    Augment,
    HorizontalFlip,
    RandomCrop,
    RandomResizedCrop,
    Rotation,
    Scale,
    VerticalFlip,
)
from chainrule.data.augment.geometric import about_center, diagonal, move, turned
from chainrule.data.augment.sample_rng import SampleRNG

from .conftest import pictures

SAMPLES = np.arange(24)


def apply(*operations, data, epoch=0):
    return Augment(*operations)(
        data.images, data.labels, SAMPLES, seed=0, epoch=epoch, classes=5, source=data
    )[0]


def at(degrees: float, count: int, size):
    return about_center(turned(np.full(count, float(degrees))), np.zeros((1, 2)), size)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_quarter_turn_is_counter_clockwise_and_exact(turns):
    images = pictures(3, 7, 7).images
    turned_ = move(images, at(90 * turns, 3, (7, 7)), ("constant", 0))
    np.testing.assert_array_equal(turned_, np.rot90(images, turns, axes=(1, 2)))


def test_flips_are_numpys():
    data = pictures()
    np.testing.assert_array_equal(apply(HorizontalFlip(p=1.0), data=data), data.images[:, :, ::-1])
    np.testing.assert_array_equal(apply(VerticalFlip(p=1.0), data=data), data.images[:, ::-1])
    both = apply(HorizontalFlip(p=1.0), VerticalFlip(p=1.0), data=data)
    np.testing.assert_array_equal(both, data.images[:, ::-1, ::-1])


def test_alternate_flips_the_other_half_every_epoch():
    data = pictures(24)
    epochs = [apply(HorizontalFlip(alternate=True), data=data, epoch=e) for e in range(4)]
    flipped = [(images != data.images).any(axis=(1, 2, 3)) for images in epochs]
    np.testing.assert_array_equal(flipped[0], ~flipped[1])
    np.testing.assert_array_equal(epochs[0], epochs[2])
    np.testing.assert_array_equal(epochs[1], epochs[3])
    assert 6 <= flipped[0].sum() <= 18


@pytest.mark.parametrize("border", ["constant", "edge", "reflect"])
def test_a_crop_is_cut_from_the_padded_image(border):
    data = pictures(24, 9, 12)
    options = {"constant_values": 7} if border == "constant" else {}
    padded = np.pad(data.images, ((0, 0), (3, 3), (3, 3), (0, 0)), mode=border, **options)
    crops = apply(RandomCrop(padding=3, border=border, fill=7), data=data)
    found = set()
    for image, around in zip(crops, padded, strict=True):
        places = [
            (i, j)
            for i in range(7)
            for j in range(7)
            if (around[i : i + 9, j : j + 12] == image).all()
        ]
        assert places
        found.update(places)
    assert len(found) > 12


@pytest.mark.parametrize(("side", "padding"), [(8, 1), (28, 4), (32, 4), (224, 28)])
def test_a_crop_pads_by_an_eighth_unless_told(side, padding):
    rng = SampleRNG("a", 0, 0, np.arange(2000))
    shifts = RandomCrop().maps(rng, (side, 2 * side))[:, :2, 2]
    np.testing.assert_array_equal(shifts.min(axis=0), -padding)
    np.testing.assert_array_equal(shifts.max(axis=0), padding)


def test_a_crop_may_pad_by_more_than_the_image():
    data = pictures(24, 2, 3)
    for border in ("constant", "edge", "reflect"):
        assert apply(RandomCrop(padding=9, border=border), data=data).shape == data.images.shape


def test_crops_in_a_row_bring_back_what_was_out_of_sight():
    data = pictures()
    maps = np.tile(np.eye(3), (24, 1, 1))
    maps[:, 0, 2] = 4
    back = maps @ np.linalg.inv(maps)
    np.testing.assert_array_equal(move(data.images, back, ("constant", 0)), data.images)


def test_copying_and_sampling_agree(rng):
    images = pictures(24).images
    maps = about_center(
        diagonal(*rng.choice([-1.0, 1.0], (2, 24))), rng.integers(-6, 7, (24, 2)), (9, 12)
    )
    copied = move(images, maps, ("reflect", 0))
    slanted = maps.copy()
    slanted[0, 0, 1] = 0.25  # one image that needs sampling makes all be sampled
    np.testing.assert_array_equal(copied[1:], move(images, slanted, ("reflect", 0))[1:])


def test_scaling_by_two_shows_the_middle():
    images = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1) * 16
    maps = about_center(diagonal(np.full(1, 0.5), np.full(1, 0.5)), np.zeros((1, 2)), (4, 4))
    rows = [60, 68, 76, 84]
    np.testing.assert_array_equal(
        move(images, maps, ("edge", 0))[0, :, :, 0], [[r + 32 * i for r in rows] for i in range(4)]
    )


def test_a_plane_is_sampled_exactly(rng):
    """Bilinear means: of images that are planes, nothing but rounding is lost."""
    i, j = np.mgrid[:20, :30]
    plane = (20 + 4 * i + 3 * j)[None, :, :, None]
    rng = SampleRNG("a", 0, 0, np.arange(50))
    maps = Affine(translate=0.02, degrees=5, scale=(1.2, 1.3)).maps(rng, (20, 30))
    sampled = move(np.repeat(plane, 50, axis=0).astype(np.uint8), maps, ("edge", 0))
    where = np.einsum("nab,bij->naij", maps, np.array([i, j, np.ones_like(i)]))
    expected = 20 + 4 * where[:, 0] + 3 * where[:, 1]
    inside = (where[:, 0].clip(0, 19) == where[:, 0]) & (where[:, 1].clip(0, 29) == where[:, 1])
    assert inside.mean() > 0.8
    assert abs(sampled[..., 0] - expected)[inside].max() <= 0.51


def test_the_center_stays_and_ranges_are_kept():
    size, rng = (9, 11), SampleRNG("a", 0, 0, np.arange(500))
    center = np.array([4, 5, 1])
    for operation in (Rotation(30), Scale((0.5, 2)), Affine(translate=0)):
        np.testing.assert_allclose(operation.maps(rng, size) @ center, [center] * 500)
    zooms = 1 / Scale((0.5, 2)).maps(rng, size)[:, 0, 0]
    assert 0.5 <= zooms.min() < 0.55
    assert 1.85 < zooms.max() <= 2
    angles = np.rad2deg(np.arcsin(Rotation(30).maps(rng, size)[:, 0, 1]))
    assert -30 <= angles.min() < -28
    assert 28 < angles.max() <= 30


def test_a_resized_crop_stays_inside_and_keeps_its_area():
    size, rng = (20, 30), SampleRNG("a", 0, 0, np.arange(500))
    maps = RandomResizedCrop((0.3, 0.9)).maps(rng, size)
    corners = np.array([[-0.5, -0.5, 1], [19.5, 29.5, 1]]).T
    rows, columns = np.moveaxis((maps @ corners)[:, :2], 1, 0)
    assert rows.min() >= -0.5 - 1e-9
    assert rows.max() <= 19.5 + 1e-9
    assert columns.min() >= -0.5 - 1e-9
    assert columns.max() <= 29.5 + 1e-9
    areas = np.diff(rows)[:, 0] * np.diff(columns)[:, 0] / 600
    assert 0.2 < areas.min() < 0.35
    assert 0.8 < areas.max() <= 0.9 + 1e-9
