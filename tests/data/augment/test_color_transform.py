"""Colors, against Pillow where Pillow has the same."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from chainrule import kernels
from chainrule.data.augment import (
    Augment,
    Brightness,
    Contrast,
    Hue,
    Saturation,
    color_transform,
    tables,
)
from chainrule.data.augment.color_transform import Colors

from .conftest import pictures

FACTORS = np.array([0.0, 0.4, 1.0, 1.7])


def enhanced(kind, images, factors):
    return np.stack(
        [
            np.asarray(kind(Image.fromarray(x)).enhance(f))
            for x, f in zip(images, factors, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("matrices", "kind"),
    [
        (color_transform.brightness, ImageEnhance.Brightness),
        (color_transform.contrast, ImageEnhance.Contrast),
        (color_transform.saturation, ImageEnhance.Color),
    ],
)
def test_as_in_pillow(matrices, kind):
    images = pictures(4, 20, 16).images
    ours = Colors(images, matrices(FACTORS, Colors(images))).painted()
    theirs = enhanced(kind, images, FACTORS)
    # Pillow rounds the gray level before it mixes, and cuts off instead of rounding
    assert abs(ours.astype(int) - theirs).max() <= 2


def test_sharpness_is_pillows():
    images = pictures(4, 20, 16).images
    ours = kernels.of(images).sharpen(images, FACTORS)
    smooth = np.stack([np.asarray(Image.fromarray(x).filter(ImageFilter.SMOOTH)) for x in images])
    assert abs(ours[0].astype(int) - smooth[0]).max() <= 1
    np.testing.assert_array_equal(ours[2], images[2])
    assert abs(ours.astype(int) - enhanced(ImageEnhance.Sharpness, images, FACTORS)).max() <= 2


@pytest.mark.parametrize(
    ("table", "theirs"),
    [
        (lambda x: tables.equalize(x), ImageOps.equalize),
        (lambda x: tables.autocontrast(x), ImageOps.autocontrast),
        (lambda x: tables.posterize(x, np.full(len(x), 3)), lambda x: ImageOps.posterize(x, 3)),
        (lambda x: tables.solarize(x, np.full(len(x), 90)), lambda x: ImageOps.solarize(x, 90)),
    ],
)
def test_tables_are_pillows(table, theirs):
    images = pictures(4, 20, 16).images
    images[1] = 77  # one color throughout
    ours = kernels.of(images).lookup(images, table(images))
    for mine, image in zip(ours, images, strict=True):
        pillows = np.asarray(theirs(Image.fromarray(image)))
        assert abs(mine.astype(int) - pillows).max() <= 1


def test_hue_turns_red_to_green_and_leaves_gray():
    red = np.full((1, 1, 1, 3), (150, 60, 60), np.uint8)
    turned = Colors(red, color_transform.hue(np.array([1 / 3]), Colors(red))).painted()[0, 0, 0]
    assert turned.argmax() == 1
    gray = np.full((1, 2, 2, 3), 93, np.uint8)
    turned = Colors(gray, color_transform.hue(np.array([0.2]), Colors(gray))).painted()
    assert abs(turned.astype(int) - 93).max() <= 1
    around = Colors(red, color_transform.hue(np.array([1.0]), Colors(red))).painted()
    np.testing.assert_array_equal(around, red)


@pytest.mark.parametrize("operation", [Saturation(1.0), Hue(0.5)])
def test_gray_images_have_no_color_to_change(operation):
    data = pictures(24, c=1)
    images, _ = Augment(operation)(
        data.images, data.labels, np.arange(24), seed=0, epoch=0, classes=5
    )
    np.testing.assert_array_equal(images, data.images)


def test_in_a_row_they_are_rounded_once():
    """Dark and light again: what was cut off or rounded between would be lost."""
    images = pictures(3).images
    colors = Colors(images).then(color_transform.brightness(np.full(3, 0.01), Colors(images)))
    back = colors.then(color_transform.brightness(np.full(3, 100.0), colors))
    np.testing.assert_array_equal(back.painted(), images)


def test_the_mean_follows_the_matrices():
    images = pictures(3).images
    colors = Colors(images).then(color_transform.saturation(np.full(3, 0.5), Colors(images)))
    np.testing.assert_allclose(colors.means(), colors.painted().mean(axis=(1, 2)), atol=0.5)


def test_strengths_are_ranges():
    data = pictures(200, 2, 2)
    data.images[:] = 100
    for operation, low, high in ((Brightness(0.3), 70, 130), (Contrast(0.3), 100, 100)):
        images, _ = Augment(operation)(
            data.images, data.labels, np.arange(200), seed=0, epoch=0, classes=5
        )
        assert low <= images.min() <= low + 2
        assert high - 2 <= images.max() <= high
