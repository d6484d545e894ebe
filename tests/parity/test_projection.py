from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import pca, tsne

decomposition = pytest.importorskip("sklearn.decomposition")
RNG = np.random.default_rng(0)


def test_pca_is_that_of_scikit_learn():
    x = RNG.standard_normal((40, 7)) @ RNG.standard_normal((7, 7))
    theirs, ours = decomposition.PCA(3).fit(x), pca(x, 3)
    np.testing.assert_allclose(ours.explained_variance, theirs.explained_variance_)
    np.testing.assert_allclose(ours.explained_variance_ratio, theirs.explained_variance_ratio_)
    cosines = np.abs((ours.components * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(cosines, 1)
    np.testing.assert_allclose(np.abs(ours.points), np.abs(theirs.transform(x)), atol=1e-10)


def test_t_sne_keeps_groups_together_and_repeats_itself():
    centers = 8 * RNG.standard_normal((3, 60))
    labels = np.repeat(np.arange(3), 12)
    x = centers[labels] + RNG.standard_normal((36, 60))
    points = tsne(x, 5)
    assert points.shape == (36, 2)
    far = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(36)
    assert (labels[far.argmin(axis=1)] == labels).all()
    np.testing.assert_array_equal(points, tsne(x, 5))


def test_t_sne_of_one_feature_and_of_equal_rows():
    assert tsne(RNG.standard_normal((8, 1)), 2).shape == (8, 2)
    with pytest.raises(InputError, match="expected rows that differ"):
        tsne(np.ones((8, 3)), 2)
    with pytest.raises(InputError, match="seed"):
        tsne(RNG.standard_normal((8, 3)), 2, seed=2**40)
