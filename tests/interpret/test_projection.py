from __future__ import annotations

import sys

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import pca, tsne

RNG = np.random.default_rng(0)


def test_the_components_of_data_with_known_axes():
    spread = np.array([5.0, 2.0, 0.5])
    axes, _ = np.linalg.qr(RNG.standard_normal((6, 6)))
    x = RNG.standard_normal((4000, 3)) * spread @ axes[:, :3].T + 7
    found = pca(x, 3)
    np.testing.assert_allclose(found.explained_variance, spread**2, rtol=0.1)
    assert (np.abs(found.components @ axes[:, :3]).diagonal() > 0.99).all()
    np.testing.assert_allclose(found.mean, x.mean(axis=0))


def test_points_and_components_make_the_data_again():
    x = RNG.standard_normal((9, 4))
    found = pca(x, 4)
    np.testing.assert_allclose(found.points @ found.components + found.mean, x)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(4), atol=1e-12)
    assert found.explained_variance_ratio.sum() == pytest.approx(1)
    assert found.explained_variance.sum() == pytest.approx(x.var(axis=0, ddof=1).sum())
    assert (np.diff(found.explained_variance) <= 0).all()


def test_the_sign_is_that_of_the_largest_entry():
    x = RNG.standard_normal((20, 5))
    one, other = pca(x), pca(-x)
    np.testing.assert_allclose(one.components, other.components)
    np.testing.assert_allclose(one.points, -other.points)
    assert (one.components.max(axis=1) == np.abs(one.components).max(axis=1)).all()


def test_equal_rows_have_no_variance():
    found = pca(np.ones((3, 2)))
    assert found.explained_variance.tolist() == [0, 0]
    assert found.explained_variance_ratio.tolist() == [0, 0]


def test_small_whole_numbers_and_images_are_taken():
    assert pca(np.arange(24, dtype=np.uint8).reshape(3, 2, 2, 2)).points.shape == (3, 2)


@pytest.mark.parametrize(
    ("x", "components", "words"),
    [
        (np.ones((1, 4)), 1, "at least 2 rows"),
        (np.ones((4, 1)), 2, "components: expected at most 1, as 4 rows of 1 numbers have"),
        (np.ones((2, 9)), 3, "expected at most 2"),
        (np.array([[1.0, np.nan], [0, 1]]), 1, "NaN or infinity in 1 row$"),
        (np.ones(4), 1, "expected numbers"),
        (np.ones((3, 0)), 1, "of numbers"),
        (np.ones((3, 3)), 0, "components"),
        (np.array([["a", "b"]]), 1, "x: expected"),
    ],
)
def test_data_that_have_no_components(x, components, words):
    with pytest.raises(InputError, match=words):
        pca(x, components)


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(InputError, match=r"^t-SNE needs scikit-learn: pip install 'chainrule\[skl"):
        tsne(RNG.standard_normal((10, 3)), 3)


@pytest.mark.parametrize(
    ("x", "perplexity", "words"),
    [
        (RNG.standard_normal((10, 3)), 10, "perplexity: expected below 10"),
        (RNG.standard_normal((2, 3)), 1, "at least 3 rows"),
        (np.full((5, 2), np.nan), 2, "NaN"),
        (RNG.standard_normal((10, 3)), 0, "perplexity"),
    ],
)
def test_what_t_sne_refuses_it_refuses_before_it_is_imported(monkeypatch, x, perplexity, words):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(InputError, match=words):
        tsne(x, perplexity)
