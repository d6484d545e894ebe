"""The mean answer to an image and to slightly changed copies of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from ..arrays import native
from ..declared import checked
from ..device import run_on_host
from ..errors import InputError
from ..layers.base import Signature
from ..ranges import PositiveInt
from ..types import Array
from .combining import Average, Classifier, Combined, combined

Views = Literal["flip", "flip-shift"]


class TestTimeAugmentation(Combined):
    """p(x) = mean over the views v of softmax(f(v(x)))        images x (N, H, W, C)

    views   "flip": the image and its mirror image; "flip-shift": both of them in place and moved
            up, down, left and right, ten in all
    shift   pixels that a view is moved by, what comes in being the outermost row or column again;
            1 for each 32 of the image's side by default
    average of probabilities, or of logits: see `Ensemble`

    A classifier like ``model``, a model or an ensemble; only its time grows, by the number of
    views. Digits and letters are others in the mirror. InputError for other views, and a shift
    that leaves nothing of an image.

    Source: Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional
    neural networks", section 4.1.

    >>> from chainrule import data, models
    >>> net = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> TestTimeAugmentation(net, "flip")(data.digits()[1].images[:5]).shape
    (5, 10)
    """

    __test__ = False  # for pytest, which takes a class of such a name for tests

    def __init__(
        self,
        model: Classifier,
        views: Views = "flip",
        *,
        shift: PositiveInt | None = None,
        average: Average = "probabilities",
    ) -> None:
        self.model, self.views, self.shift, self.average = model, views, shift, average

    @property
    def signature(self) -> Signature | None:
        """That of the model."""
        return self.model.signature

    def __call__(self, images: Array) -> Array:
        views = augmented_views(images, self.views, self.shift)
        return combined([run_on_host(self.model, view) for view in views], self.average)


@checked
def with_views(model: Classifier, views: Views | None) -> Classifier:
    """`TestTimeAugmentation` of the model; itself for no views. InputError for what is no model.

    >>> from chainrule import models
    >>> net = models.mlp((8, 8, 1), (16,), 10)
    >>> with_views(net, None) is net
    True
    """
    return model if views is None else TestTimeAugmentation(model, views)


@checked
def augmented_views(images: Array, views: Views, shift: PositiveInt | None = None) -> list[Array]:
    """The views of `TestTimeAugmentation`, each of the shape of ``images`` (N, H, W, C), which is
    the first. InputError for other arrays, views and shifts.

    >>> import numpy as np
    >>> x = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)
    >>> views = augmented_views(x, "flip-shift")
    >>> len(views), views[1][0, ..., 0].tolist()
    (10, [[0, 1, 2], [0, 1, 2], [3, 4, 5]])
    """
    images = native("images", images)
    if images.ndim != 4:
        raise InputError(f"images: expected (N, H, W, C), received shape {images.shape}")
    return list(VIEWS[views](images, shift))


def _flip(images: Array, shift: int | None) -> Iterator[Array]:
    yield images
    yield np.ascontiguousarray(images[:, :, ::-1])


def _flip_shift(images: Array, shift: int | None) -> Iterator[Array]:
    height, width = images.shape[1:3]
    s = max(1, round(min(height, width) / 32)) if shift is None else shift
    if s >= min(height, width):
        raise InputError(
            f"shift: expected less than the side of an image, {min(height, width)}, received {s}"
        )
    for view in _flip(images, None):
        wide = np.pad(view, ((0, 0), (s, s), (s, s), (0, 0)), mode="edge")
        for down, right in ((0, 0), (s, 0), (-s, 0), (0, s), (0, -s)):
            rows, columns = slice(s - down, s - down + height), slice(s - right, s - right + width)
            yield np.ascontiguousarray(wide[:, rows, columns])


VIEWS: dict[str, Callable[[Array, int | None], Iterator[Array]]] = {
    "flip": _flip,
    "flip-shift": _flip_shift,
}
"""The views by their name in settings and options."""
