"""The nearest of many points, by matrix products where that is possible and exactly always.

Squared distances are |a|² + |b|² - 2 a·b, and the products a·b of many pairs are one GEMM in
float32. It rounds: two of nearly the same distance may change places. So a product only rules out
points that cannot be among the nearest, whatever the rounding, and the distance of each other one
is summed anew as the definition says. Of 60,000 points that is some hundred for each query.

The error of a product in float32 over D numbers is at most γ |a| |b|, γ = D u / (1 - D u), u = 2⁻²⁴
(Higham 2002, "Accuracy and stability of numerical algorithms", 3.5), and 2 |a| |b| ≤ |a|² + |b|².
The points are moved by their mean, and scaled by a power of two, before: small norms have small
errors, and none overflows.

L1 has no product. Its loop goes over small parts of the points, which stay in a core's cache
while many queries pass, and leaves a point as soon as it is farther than the k-th so far.
"""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from . import workers
from .loops import Loop, inline

__all__ = ["nearest"]

ROUNDING = 2.0**-24
WIDEST = 500  # of the power of two that points are scaled by: its square is still a number
TILE = 1 << 18  # products of a tile, which the scan finds in the core's cache
COLUMNS = 2048  # points of a tile
CHUNK = 1 << 23  # float32 of points that are converted at a time
PART = 1 << 17  # bytes of points that stay in a core's cache, for L1
BYTES, FLOATS = 512, 128  # between two looks at whether a point is too far already


@inline
def _before(d, j, e, i):
    """Whether (d, j) is farther than (e, i): of equal distances the later point is."""
    return d > e or (d == e and j > i)


@inline
def _replace(far, place, d, j):
    """The heap far, place (k,) with its root, the farthest, replaced by a nearer point."""
    k = far.size
    at = 0
    while True:
        child = 2 * at + 1
        if child >= k:
            break
        if child + 1 < k and _before(far[child + 1], place[child + 1], far[child], place[child]):
            child += 1
        if not _before(far[child], place[child], d, j):
            break
        far[at], place[at] = far[child], place[child]
        at = child
    far[at], place[at] = d, j


@inline
def _squares(a, b):
    """Σ (a - b)², in steps of whole numbers for pixels."""
    total = 0.0
    for i in range(a.size):
        difference = np.float64(a[i]) - np.float64(b[i])
        total += difference * difference
    return total


@inline
def _bytes_apart(a, b):
    """Σ |a - b| of pixels. Kept in 32 bits throughout, it becomes one instruction for 32 of them;
    so `a` may not have more than 2²³."""
    total = np.int32(0)
    for i in range(a.size):
        total = np.int32(total + np.int32(abs(np.int32(np.int32(a[i]) - np.int32(b[i])))))
    return total


@inline
def _apart(a, b):
    """Σ |a - b|"""
    total = 0.0
    for i in range(a.size):
        total += abs(np.float64(a[i]) - np.float64(b[i]))
    return total


@Loop
def _scan(products, x, points, start, below, slack, scale, far, place):
    """products (n, m) of n queries and the m points from ``start`` on.

    below (m,) is |b|² without its error, slack (n,) what the query's norm takes off: no squared
    distance in the units of the products is less than below + slack - 2 products.
    """
    n, m = products.shape
    for i in range(n):
        row, query, heap, index = products[i], x[i], far[i], place[i]
        limit = heap[0] * scale - slack[i]
        for j in range(m):
            if not below[j] - 2 * row[j] >= limit:  # NaN, too, is looked at
                d = _squares(query, points[start + j])
                if d < heap[0]:
                    _replace(heap, index, d, start + j)
                    limit = heap[0] * scale - slack[i]


@Loop
def _scan_bytes(x, points, start, far, place):
    n, size = x.shape
    for i in range(n):
        query, heap, index = x[i], far[i], place[i]
        for j in range(points.shape[0]):
            point = points[j]
            total = 0.0
            for first in range(0, size, BYTES):
                last = first + BYTES
                total += np.float64(_bytes_apart(query[first:last], point[first:last]))
                if total >= heap[0]:
                    break
            if total < heap[0]:
                _replace(heap, index, total, start + j)


@Loop
def _scan_floats(x, points, start, far, place):
    n, size = x.shape
    for i in range(n):
        query, heap, index = x[i], far[i], place[i]
        for j in range(points.shape[0]):
            point = points[j]
            total = 0.0
            for first in range(0, size, FLOATS):
                last = first + FLOATS
                total += _apart(query[first:last], point[first:last])
                if total >= heap[0]:
                    break
            if total < heap[0]:
                _replace(heap, index, total, start + j)


def nearest(x: Array, points: Array, k: int, p: int) -> tuple[Array, Array]:
    x, points = np.ascontiguousarray(x), np.ascontiguousarray(points)
    far = np.full((len(x), k), np.inf)
    place = np.full((len(x), k), len(points), np.int64)
    (_by_products if p == 2 else _by_sums)(x, points, far, place)
    order = np.lexsort((place, far))
    return np.take_along_axis(far, order, 1), np.take_along_axis(place, order, 1)


def _by_products(x: Array, points: Array, far: Array, place: Array) -> None:
    size = max(1, x.shape[1])
    center = _center(points)
    widest = max(_widest(x, center), _widest(points, center))
    power = math.ceil(math.log2(widest)) if widest > 0 else 0
    scale = 2.0 ** -max(-WIDEST, min(WIDEST, power))
    # the products', twice those of |a|² and |b|² and of the sum, and of what is below float32
    relative = (size + 16) * ROUNDING / (1 - size * ROUNDING) if size < 1 << 23 else 1.0
    many, rows = max(1, CHUNK // size), max(1, TILE // COLUMNS)
    for top in range(0, len(x), many):
        queries = slice(top, top + many)
        a, norms = _moved(x[queries], center, scale)
        slack = norms * (1 - relative) - size * 2.0**-120
        for start in range(0, len(points), many):
            b, squares = _moved(points[start : start + many], center, scale)
            below = squares * (1 - relative)

            def work(piece: int, a=a, b=b, top=top, start=start, below=below, slack=slack):  # type: ignore[no-untyped-def]
                part = slice(piece * rows, (piece + 1) * rows)
                whole = slice(top + part.start, top + part.start + len(a[part]))
                for left in range(0, len(b), COLUMNS):
                    columns = slice(left, left + COLUMNS)
                    tile = workers.scratch("nearest", (len(a[part]), len(b[columns])))
                    np.matmul(a[part], b[columns].T, out=tile)
                    _scan.serial(
                        tile, x[whole], points, start + left, below[columns], slack[part],
                        scale * scale, far[whole], place[whole],
                    )  # fmt: skip

            workers.share(work, -(-len(a) // rows))


def _by_sums(x: Array, points: Array, far: Array, place: Array) -> None:
    scan = _scan_bytes if x.dtype == np.uint8 else _scan_floats
    rows, many = 64, max(1, PART // max(1, points[:1].nbytes))

    def work(piece: int) -> None:
        part = slice(piece * rows, (piece + 1) * rows)
        for start in range(0, len(points), many):
            scan.serial(x[part], points[start : start + many], start, far[part], place[part])

    workers.share(work, -(-len(x) // rows))


def _center(points: Array) -> Array:
    """The mean of the points, whole for pixels: differences from it are exact then."""
    mean = np.zeros(points.shape[1])
    for part in _parts(points):
        mean += part.sum(axis=0, dtype=np.float64) / len(points)
    return np.rint(mean) if points.dtype == np.uint8 else mean


def _widest(x: Array, center: Array) -> float:
    return max((float(np.abs(part - center).max(initial=0.0)) for part in _parts(x)), default=0.0)


def _moved(x: Array, center: Array, scale: float) -> tuple[Array, Array]:
    """float32 of scale (x - center), and the squared norms of what was rounded."""
    moved = np.empty(x.shape, np.float32)
    norms = np.empty(len(x))
    row = 0
    for part in _parts(x):
        rows = slice(row, row + len(part))
        np.multiply(part - center, scale, out=moved[rows], casting="same_kind")
        norms[rows] = np.einsum("nd,nd->n", moved[rows], moved[rows], dtype=np.float64)
        row += len(part)
    return moved, norms


def _parts(x: Array) -> list[Array]:
    rows = max(1, (1 << 20) // max(1, x.shape[1]))
    return [x[start : start + rows] for start in range(0, len(x), rows)]
