"""Features of many dimensions as points in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import native
from ..declared import checked
from ..errors import InputError
from ..ranges import NonNegativeInt, PositiveFloat, PositiveInt
from ..text import percent, plural
from ..types import Array
from .lookup import rows


@dataclass(frozen=True, eq=False, repr=False)
class Projection:
    """Points, and the directions that they are along.

    points                    (N, M), centered, along the components
    components                (M, D), orthonormal
    mean                      (D,), which was taken off
    explained_variance        (M,), of the points along each component, greatest first
    explained_variance_ratio  (M,), the same as shares of the whole variance

    >>> import numpy as np
    >>> found = pca(np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]]))
    >>> found.explained_variance.round(6).tolist(), found.explained_variance_ratio.round(6).tolist()
    ([8.0, 0.0], [1.0, 0.0])
    """

    points: Array
    components: Array
    mean: Array
    explained_variance: Array
    explained_variance_ratio: Array

    def __repr__(self) -> str:
        shares = ", ".join(percent(float(share)) for share in self.explained_variance_ratio[:5])
        more = " …" if len(self.explained_variance_ratio) > 5 else ""
        return f"Projection of {plural(len(self.points), 'row')}: {shares}{more} of the variance"


@checked
def pca(x: Array, components: PositiveInt = 2) -> Projection:
    """x - mean = U S Vᵀ        points = U S,  explained variance = S² / (N - 1)

        x (N, D) · points (N, M) · components, the first rows of Vᵀ, (M, D)

    Principal components by singular value decomposition, in float64. Of the two signs that each
    component could have, its largest entry is positive. Further axes of x are flattened.

    InputError for fewer than 2 rows, for more components than min(N, D), and for NaN.

    Source: Pearson 1901, "On lines and planes of closest fit to systems of points in space".

    >>> import numpy as np
    >>> pca(np.array([[1.0, 0, 0], [-1, 0, 0], [0, 0.5, 0]])).points.shape
    (3, 2)
    """
    flat = rows("x", native("x", x), least=2).astype(np.float64)
    n, d = flat.shape
    if components > min(n, d):
        raise InputError(
            f"components: expected at most {min(n, d)}, as {n:,} rows of {d:,} numbers have, "
            f"received {components}"
        )
    mean = flat.mean(axis=0)
    u, s, vt = np.linalg.svd(flat - mean, full_matrices=False)
    largest = np.abs(vt).argmax(axis=1)
    signs = np.where(vt[np.arange(len(vt)), largest] < 0, -1.0, 1.0)
    variance = s**2 / (n - 1)
    whole = variance.sum()
    m = components
    return Projection(
        (u * s * signs)[:, :m],
        (vt * signs[:, np.newaxis])[:m],
        mean,
        variance[:m],
        variance[:m] / whole if whole > 0 else np.zeros(m),
    )


@checked
def tsne(x: Array, perplexity: PositiveFloat = 30.0, seed: NonNegativeInt = 0) -> Array:
    """Points in the plane whose neighbors are those of x        x (N, D) · points (N, 2)

    scikit-learn's ``TSNE``, which begins with the principal components. Distances between groups
    of points, and their sizes, mean nothing. Further axes of x are flattened.

    InputError without scikit-learn, for a ``perplexity`` that is not below N, and for NaN.

    Source: van der Maaten and Hinton 2008, "Visualizing data using t-SNE".

    >>> import chainrule as cr
    >>> _, test = cr.data.digits()
    >>> try:
    ...     shape = tsne(test.images[:50], perplexity=10).shape
    ... except cr.InputError as error:  # without scikit-learn
    ...     shape = (50, 2)
    >>> shape
    (50, 2)
    """
    flat = rows("x", native("x", x), least=3)
    if perplexity >= len(flat):
        raise InputError(
            f"perplexity: expected below {len(flat):,}, the number of rows, received {perplexity:g}"
        )
    from threadpoolctl import threadpool_limits

    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise InputError("t-SNE needs scikit-learn: pip install 'chainrule[sklearn]'") from None
    m = min(50, *flat.shape)  # as its authors do: the rest is noise, and takes time
    reduced = pca(flat, m).points if flat.shape[1] > m else flat
    if not np.ptp(reduced, axis=0).any():
        raise InputError("x: expected rows that differ, received equal ones")
    if seed >= 2**32:
        raise InputError(f"seed: expected below 2**32, received {seed}")
    start = "pca" if flat.shape[1] > 1 else "random"
    made = TSNE(perplexity=float(perplexity), init=start, random_state=int(seed))
    with threadpool_limits(1):  # its loops are short: threads would wait for one another
        points: Array = made.fit_transform(np.ascontiguousarray(reduced, np.float32))
    return points
