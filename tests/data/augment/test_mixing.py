"""Two images in one: whose pixels, whose label."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.augment import Augment, CutMix, Cutout, HorizontalFlip, Mixup, RandomErasing
from chainrule.errors import InputError

SAMPLES = np.arange(300)


def numbered(n: int = 300, k: int = 300) -> Dataset:
    """Image n is n % 256 everywhere, and of class n % k."""
    values = np.arange(n)
    images = np.broadcast_to((values % 256).astype(np.uint8)[:, None, None, None], (n, 6, 8, 1))
    return Dataset(images, values % k, tuple(map(str, range(k))))


def apply(data, *operations, epoch=0):
    samples = np.arange(len(data))
    return Augment(*operations)(
        data.images, data.labels, samples, seed=0, epoch=epoch, classes=len(data.classes),
        source=data,
    )  # fmt: skip


@pytest.mark.parametrize("mixing", [Mixup(alpha=1.0), CutMix()])
def test_labels_say_what_is_in_the_image(mixing):
    data = numbered()
    images, labels = apply(data, mixing)
    for n, (image, row) in enumerate(zip(images, labels, strict=True)):
        shown = set(np.flatnonzero(row))
        assert len(shown) <= 2
        mean = float((row * (np.arange(300) % 256)).sum())
        assert abs(image.mean() - mean) < 0.51
        if isinstance(mixing, CutMix):
            assert {int(v) for v in np.unique(image)} == {k % 256 for k in shown}
        assert n in shown or row[n] == 0
        assert isinstance(mixing, CutMix) or row[n] >= 0.5


def test_partners_are_others_and_all_of_them():
    data = numbered(20, 20)
    partners = []
    for epoch in range(100):
        _, labels = apply(data, Mixup(alpha=1.0), epoch=epoch)
        np.fill_diagonal(labels, 0)
        assert (np.count_nonzero(labels, axis=1) == 1).all()
        partners.append(labels.argmax(axis=1))
    counts = np.bincount(np.concatenate(partners), minlength=20)
    assert (abs(counts - 100) < 60).all()


def test_a_partner_is_the_image_that_it_is_itself_in_this_epoch():
    rng = np.random.default_rng(0)
    data = Dataset(
        rng.integers(0, 256, (40, 5, 6, 3), np.uint8), np.arange(40), tuple(map(str, range(40)))
    )
    flipped, _ = apply(data, HorizontalFlip())
    mixed, labels = apply(data, HorizontalFlip(), Mixup(alpha=1.0))
    expected = np.einsum("nm,mhwc->nhwc", labels, flipped.astype(np.float64))
    assert abs(mixed - expected).max() <= 0.51


def test_what_follows_the_mixing_is_done_to_the_mixture():
    data = numbered()
    images, _ = apply(data, Mixup(), Cutout(size=50, fill=9))
    assert (images == 9).all()


def test_two_mixings_mix_three_images():
    _, labels = apply(numbered(), Mixup(alpha=5.0), CutMix(alpha=5.0))
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    assert np.count_nonzero(labels, axis=1).max() == 3


def test_one_image_alone_is_mixed_with_itself():
    images, labels = apply(numbered(1, 2), Mixup(alpha=1.0))
    assert (images == 0).all()
    np.testing.assert_allclose(labels, [[1, 0]])


def test_without_a_source_mixing_is_refused():
    data = numbered()
    with pytest.raises(InputError, match="source: mixing expects the data set"):
        Augment(Mixup())(data.images, data.labels, SAMPLES, seed=0, epoch=0, classes=300)


def test_many_classes_take_no_square_of_memory():
    data = numbered(3, 3)
    _, labels = Augment(Mixup())(
        data.images, data.labels, np.arange(3), seed=0, epoch=0, classes=2_000_000, source=data
    )
    assert labels.shape == (3, 2_000_000)


@pytest.mark.parametrize("side", [1, 2, 8, 32])
def test_a_cutout_is_a_quarter_wide_unless_told(side):
    data = Dataset(np.zeros((200, side, 2 * side, 1), np.uint8), np.arange(200) % 2, ("a", "b"))
    widest = (apply(data, Cutout(fill=255))[0] > 0).any(axis=1).sum(axis=1).max()
    assert widest == max(1, side // 4)


@pytest.mark.parametrize("operation", [Cutout(size=3, fill=255), RandomErasing(p=1.0, fill=255)])
def test_holes_are_rectangles(operation):
    data = numbered(250)
    images, _ = apply(data, operation)
    sizes = set()
    for image, value in zip(images[..., 0], range(250), strict=True):
        hole = image == 255
        rows, columns = hole.any(axis=1), hole.any(axis=0)
        np.testing.assert_array_equal(hole, np.outer(rows, columns))
        assert (image[~hole] == value).all()
        sizes.add((int(rows.sum()), int(columns.sum())))
    if isinstance(operation, Cutout):
        assert sizes == {(h, w) for h in (2, 3) for w in (2, 3)}
    assert len(sizes) > 3
