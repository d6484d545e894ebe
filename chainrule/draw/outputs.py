"""Figures of what each layer makes of one image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, did_you_mean
from ..interpret.maps import FeatureMap, feature_maps
from ..text import plural
from ..types import Array
from .model_figures import FigureSubject
from .pixels import positive, reduced, shown, signed
from .strips import ROOM, Strip, paint_strips

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LAYERS = 12
ACROSS = 16  # maps in a row
LARGEST = 96  # pixels of a map's side
CELLS = 48  # numbers in a row of a vector
MOST_MAPS, MOST_NUMBERS = 256, 960
SKIPPED = ("Flatten", "Dropout", "SpatialDropout", "DropPath")  # which change no number


def paint_feature_maps(subject: FigureSubject, figure: Figure) -> None:
    """The image, and a row for each layer; of one ``layer`` all its maps."""
    paint_strips(figure, feature_map_strips(subject))


def feature_map_strips(subject: FigureSubject) -> list[Strip]:
    """What `paint_feature_maps` paints."""
    assert subject.image is not None
    maps = feature_maps(subject.model, subject.image)
    said = subject.name or "one image"
    if subject.classes and subject.label is not None:
        said = f"{said}: {subject.classes[subject.label]}"
    picture = shown(reduced(subject.image[np.newaxis], LARGEST))
    strips = [Strip.of_tiles("image", f"{said}, {_size(subject.image)}", picture, 1, 0.9)]
    if subject.layer is not None:
        chosen = [each for each in maps if each.path == subject.layer]
        if not chosen:
            near = did_you_mean(subject.layer, [each.path for each in maps])
            raise InputError(
                f"layer: the model has no layer {subject.layer!r} with an output{near}"
            )
        return strips + [_whole(each) for each in chosen]
    strips += [_row(each) for each in _some(maps)]
    logits = maps[-1].output
    if logits.shape == (len(subject.classes),):
        answer = subject.classes[int(logits.argmax())]
        strips[-1] = replace(strips[-1], note=f"{strips[-1].note}, highest: {answer}")
    return strips


def _some(maps: list[FeatureMap]) -> list[FeatureMap]:
    """The layers to draw: without those that change nothing. Of many, without what is inside of
    blocks and without norms; of more, at even distances, the first and the last among them."""
    changed = [each for each in maps if each.kind not in SKIPPED]
    if len(changed) <= MOST_LAYERS:
        return changed
    blocks = [f"{each.path}." for each in changed]
    outer = [
        each
        for each in changed
        if not each.path.startswith(tuple(blocks)) and not each.kind.endswith("Norm")
    ]
    if len(outer) <= MOST_LAYERS:
        return outer
    places = np.linspace(0, len(outer) - 1, MOST_LAYERS).round().astype(int)
    return [outer[i] for i in np.unique(places)]


def _row(each: FeatureMap) -> Strip:
    y = each.output
    if y.ndim != 3:
        return _vector(each, CELLS)
    c = y.shape[2]
    note = _size(y) + (f", the first {ACROSS} channels" if c > ACROSS else "")
    return _maps(each, y[..., :ACROSS], note)


def _whole(each: FeatureMap) -> Strip:
    if each.output.ndim != 3:
        return _vector(each, MOST_NUMBERS)
    c = each.output.shape[2]
    note = _size(each.output) + (f", the first {MOST_MAPS} channels" if c > MOST_MAPS else "")
    return _maps(each, each.output[..., :MOST_MAPS], note)


def _maps(each: FeatureMap, y: Array, note: str) -> Strip:
    """Channels (H, W, C) on one scale: gray where none is below 0, else red and blue."""
    small = reduced(y.transpose(2, 0, 1)[..., np.newaxis], LARGEST)[..., 0]
    colored = positive(small) if y.min() >= 0 else signed(small)
    return Strip.of_tiles(_title(each), note, colored, ACROSS, ROOM / ACROSS)


def _vector(each: FeatureMap, most: int) -> Strip:
    """Numbers in rows of cells, the first of many."""
    flat = each.output.ravel()
    some = flat[:most]
    cells = positive(some) if flat.min() >= 0 else signed(some)
    note = plural(flat.size, "number") + (f", the first {most}" if flat.size > most else "")
    return Strip.of_tiles(_title(each), note, cells[:, None, None], CELLS, ROOM / CELLS)


def _title(each: FeatureMap) -> str:
    return f"{each.path} · {each.kind}" if each.path else each.kind


def _size(y: Array) -> str:
    return "x".join(map(str, y.shape))
