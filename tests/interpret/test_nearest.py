from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import nearest, nearest_images

RNG = np.random.default_rng(0)


def by_hand(q, x, k, distance):
    if distance == "cosine":
        q, x = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (q, x))
        far = 1 - q @ x.T
    else:
        far = np.linalg.norm(q[:, None] - x[None], axis=2)
    order = np.argsort(far, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(far, order, 1)


@pytest.mark.parametrize("distance", ["cosine", "L2"])
@pytest.mark.parametrize("block", [1, 50, 1 << 22])
def test_they_are_those_of_the_definition_in_blocks_of_any_size(monkeypatch, distance, block):
    monkeypatch.setattr(nearest, "BLOCK", block)
    q, x = RNG.standard_normal((7, 5)), RNG.standard_normal((30, 5))
    found = nearest_images(q, x, 4, distance)
    indices, distances = by_hand(q, x, 4, distance)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, atol=1e-12)


@pytest.mark.parametrize("distance", ["cosine", "L2"])
def test_an_image_is_its_own_nearest_at_distance_0_also_in_float32_far_from_0(distance):
    x = (1000 + RNG.standard_normal((50, 8))).astype(np.float32)
    found = nearest_images(x[:5], x, 3, distance)
    assert found.distances[:, 0] == pytest.approx(0, abs=1e-6)
    if distance == "L2":
        assert found.indices[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_all_rows_may_be_asked_for_and_equal_ones_keep_their_order():
    x = np.array([[2.0, 0], [1, 0], [0, 1], [3, 0]])
    found = nearest_images(np.array([[1.0, 0]]), x, 4)
    assert found.indices.tolist() == [[0, 1, 3, 2]]
    assert found.distances.round(12).tolist() == [[0, 0, 0, 1]]


def test_a_row_of_zeros_has_no_direction():
    found = nearest_images(np.zeros((1, 2)), np.array([[1.0, 0], [0, 0]]), 2)
    assert found.distances.tolist() == [[1, 1]]


def test_images_are_taken_as_they_are():
    images = RNG.integers(0, 256, (6, 3, 3, 1)).astype(np.uint8)
    assert nearest_images(images, images, 1, "L2").indices.ravel().tolist() == [*range(6)]


@pytest.mark.parametrize(
    ("q", "x", "options", "words"),
    [
        (np.ones((1, 2)), np.ones((3, 4)), {}, "rows of equal length, received 2 and 4"),
        (np.ones((1, 2)), np.ones((3, 2)), {"k": 4}, "k: expected at most 3"),
        (np.ones((1, 2)), np.ones((3, 2)), {"k": 0}, "k"),
        (np.ones((1, 2)), np.ones((3, 2)), {"distance": "l2"}, "unknown distance 'l2'"),
        (np.full((1, 2), np.nan), np.ones((3, 2)), {}, "queries: expected finite"),
        (np.ones((1, 2)), np.full((3, 2), np.inf), {}, r"among: .* in 3 rows"),
        (np.ones((0, 2)), np.ones((3, 2)), {}, "queries: expected at least one row"),
        (np.ones((1, 2)), np.ones((0, 2)), {}, "among: expected at least one row"),
    ],
)
def test_what_is_refused(q, x, options, words):
    with pytest.raises(InputError, match=words):
        nearest_images(q, x, **{"k": 1} | options)
