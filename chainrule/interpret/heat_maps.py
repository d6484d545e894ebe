"""What a method finds: a number for each pixel of each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import notebook
from ..data.formats.thumbnails import data_uri
from ..markup import Markup, el
from ..printable import printable
from ..text import aligned, percent, plural
from ..types import Array
from .given import Given

SHOWN = 12  # images of a repr and of a notebook
TITLES = {
    "saliency": "Saliency",
    "smoothgrad": "SmoothGrad",
    "guided_backprop": "Guided backpropagation",
    "grad_cam": "Grad-CAM",
    "integrated_gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}
SIDE = "width:96px;image-rendering:pixelated"


@dataclass(frozen=True, eq=False, repr=False)
class HeatMaps:
    """Where a model looks, for N images.

    maps           (N, H, W), a number for each pixel: what is drawn
    values         what the maps are made of: (N, H, W, C), the gradient or attribution of each
                   channel; for Grad-CAM (N, h, w), the map before it is resized
    images         (N, H, W, C), as the model was fed: floats in 0..1 where it normalizes pixels
    targets        int64 (N,), the classes asked about
    probabilities  (N,), which the model gives them
    class_names    of all K classes
    method         "saliency", "grad_cam" …
    signed         whether numbers below 0 speak against the class

    >>> from chainrule import data, models
    >>> from chainrule.interpret import saliency
    >>> found = saliency(models.mlp((8, 8, 1), (8,), 10).init(0), data.digits()[1].images[:2])
    >>> found.maps.shape, found.values.shape, found.signed
    ((2, 8, 8), (2, 8, 8, 1), False)
    """

    maps: Array
    values: Array
    images: Array
    targets: Array
    probabilities: Array
    class_names: tuple[str, ...]
    method: str
    signed: bool

    def __len__(self) -> int:
        return len(self.maps)

    @property
    def names(self) -> list[str]:
        """What the classes asked about are called, N names."""
        return [self.class_names[k] for k in self.targets.tolist()]

    @property
    def title(self) -> str:
        """The method and the number of images, in words."""
        name = TITLES.get(self.method, printable(self.method))
        return f"{name} of {plural(len(self), 'image')}"

    def rows(self) -> list[list[str]]:
        """A header, and a row for each of the first images."""
        header = ["image", "class", "probability", *self._columns()]
        found = [
            [str(i), printable(name), percent(float(p)), *self._cells(i)]
            for i, (name, p) in enumerate(zip(self.names, self.probabilities, strict=True))
        ]
        return [header, *found[:SHOWN]]

    _right: ClassVar = {0, 2}  # columns of numbers

    def _columns(self) -> list[str]:
        return ["strongest at (row, column)"]

    def _cells(self, i: int) -> list[str]:
        row, column = np.unravel_index(int(np.abs(self.maps[i]).argmax()), self.maps[i].shape)
        return [f"({row}, {column})" if np.any(self.maps[i]) else "nowhere: all 0"]

    def __repr__(self) -> str:
        more = [f"… {len(self) - SHOWN:,} more"] if len(self) > SHOWN else []
        return "\n".join([self.title, *aligned(self.rows(), right=self._right), *more])

    def _repr_html_(self) -> str:
        header, *rows = self.rows()
        shown = [
            [picture(displayed(self.images[i])), picture(colored(self.maps[i])), *row]
            for i, row in enumerate(rows)
        ]
        return notebook.html(self.title, [["", "", *header], *shown])


def found(
    given: Given, maps: Array, values: Array, method: str, *, signed: bool = False
) -> dict[str, Any]:
    """The fields of what a method found for what it was given."""
    return {
        "maps": maps, "values": values, "images": given.x, "targets": given.targets,
        "probabilities": given.probabilities, "class_names": given.class_names, "method": method,
        "signed": signed,
    }  # fmt: skip


def strongest(values: Array) -> Array:
    """(N, H, W) of (N, H, W, C): the largest absolute value of the channels."""
    largest: Array = np.abs(values).max(axis=-1)
    return largest


def signed_strongest(values: Array) -> Array:
    """(N, H, W) of (N, H, W, C): of the channels' values the one of the largest absolute value."""
    place = np.abs(values).argmax(axis=-1)[..., None]
    largest: Array = np.take_along_axis(values, place, axis=-1)[..., 0]
    return largest


def displayed(image: Array) -> Array:
    """uint8 (H, W, 1 or 3) of an image (H, W, C): pixels in 0..1 as they are, others stretched
    from their least to their largest number."""
    shown = image[..., :3] if image.shape[-1] >= 3 else image[..., :1]
    low, high = float(shown.min()), float(shown.max())
    if low < 0 or high > 1:
        shown = (shown - low) / (high - low or 1)
    levels: Array = np.rint(255 * shown).astype(np.uint8)
    return levels


def colored(values: Array) -> Array:
    """uint8 (H, W, 3) of a map (H, W): red above 0 and blue below, white at 0; full color at the
    largest absolute value."""
    limit = float(np.abs(values).max()) or 1.0
    t = np.clip(values / limit, -1, 1)[..., None]
    red, blue = np.array([178, 24, 43]), np.array([33, 102, 172])
    tone = np.where(t > 0, red, blue)
    mixed: Array = np.rint(255 + np.abs(t) * (tone - 255)).astype(np.uint8)
    return mixed


def picture(image: Array) -> Markup:
    """An image uint8 (H, W, C) as a cell of a table."""
    return el("img", src=data_uri(image), alt="", style=SIDE)
