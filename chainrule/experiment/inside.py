"""The pictures of a model in its report: as many as its size allows in a few seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import numpy as np

from ..cost import flops
from ..data.dataset import Dataset
from ..draw import known_model_figures
from ..draw.architecture import blocks
from ..draw.kinds import filter_kind_strips
from ..draw.model_figures import FigureSubject
from ..draw.outputs import feature_map_strips
from ..draw.pixels import signed, smaller
from ..draw.spaces import nearest_rows
from ..draw.strips import Strip
from ..draw.weights import class_names, filter_strips, template_pictures
from ..errors import InputError
from ..interpret.lookup import expect_finite
from ..interpret.weights import fully_connected, parameter_histograms, weight_matrix
from ..layers.base import Layer
from ..markup import Markup, el
from ..report import svg
from ..report.inside import Panel, box, card, heat, histogram, net, strip
from ..text import plural

OPERATIONS = 4e10
"""What the features of training images may take: about a second of two cores."""
FEWEST, MOST = 200, 2000  # training images whose features are compared
LONGEST = 5e11  # operations for the fewest, above which nothing is computed but from weights
QUERIES, NEIGHBORS = 3, 9
MOST_HISTOGRAMS = 24
MOST_COLUMNS = 400  # of a heat map
ATTRIBUTIONS = ("grad-cam", "saliency")
PASSES = 2000  # forward passes, about, of a heat map with its check


def inside(
    model: Layer, train: Dataset | None, test: Dataset | None, *, brief: bool = False
) -> list[Panel]:
    """The panels that can be made of the model: from its weights, and where there are data, from a
    test image and from training images; a ``brief`` section leaves out those that run the model
    many times. None for weights that are NaN or infinite.

    >>> from chainrule import data, models
    >>> train, test = data.digits()
    >>> model = models.mlp((8, 8, 1), (), 10).init(0)
    >>> [panel.title for panel in inside(model, train[:300], test, brief=True)]
    ['Architecture', 'Feature maps', 'Templates', 'Parameters']
    """
    try:
        expect_finite(model)
    except InputError:
        return []
    subject = FigureSubject(model, train, test)
    each = _operations(model, test)
    light = each * FEWEST <= LONGEST
    if test is not None and len(test) and light:
        image, label = test[0]
        known = subject.classes or test.classes
        place = known.index(test.classes[label]) if test.classes[label] in known else None
        shown = FigureSubject(model, train, test, image, place, test.name_of(0))
    else:
        shown = FigureSubject(model)
    count = int(min(MOST, max(FEWEST, OPERATIONS // each)))
    searched = subject if light else shown
    long = not brief  # for what runs the model many times
    makers: list[tuple[bool, Callable[[], Panel | None]]] = [
        (True, partial(_architecture, shown)),
        (True, partial(_filters, subject)),
        (True, partial(_filter_kinds, searched, min(count, FEWEST))),
        (True, partial(_feature_maps, shown)),
        (long, partial(_attributions, shown, each)),
        (True, partial(_templates, shown)),
        (True, partial(_heat_map, subject)),
        (True, partial(_parameters, subject)),
        (long, partial(_nearest, searched, count)),
    ]
    return [panel for wanted, make in makers if wanted for panel in _made(make)]


def _made(make: Callable[[], Panel | None]) -> Iterator[Panel]:
    """The panel, unless the model has nothing of the kind."""
    with suppress(InputError):
        panel = make()
        if panel is not None:
            yield panel


def _operations(model: Layer, test: Dataset | None) -> float:
    """Of a forward pass of one image; those of a large net where they are not known."""
    shape = None if model.signature is None else model.signature.image_shape
    if shape is None and test is not None:
        shape = test.images.shape[1:]
    with suppress(InputError):
        known = None if shape is None else flops(model, shape)
        if known is not None:
            return float(max(1, known))
    return LONGEST / FEWEST


def _strips(found: list[Strip]) -> Markup:
    return el("div", [strip(s.title, s.note, s.picture, s.height) for s in found])


def _architecture(subject: FigureSubject) -> Panel:
    boxes = [
        box(
            block.title + (f" × {block.times}" if block.times > 1 else ""),
            "×".join(map(str, block.shape)),
            [
                *filter(None, (block.detail, *block.followers)),
                *([plural(block.parameters, "parameter")] if block.parameters else []),
            ],
        )
        for block in blocks(subject)
    ]
    return Panel("Architecture", "Each block with the shape of its output.", net(boxes))


def _filters(subject: FigureSubject) -> Panel:
    told = "Each on its own scale. Of one channel red is above 0 and blue below."
    return Panel("Filters", told, _strips(filter_strips(subject)))


def _filter_kinds(subject: FigureSubject, most: int) -> Panel:
    told = "Of the first convolution, beside what normal random weights would give by chance."
    return Panel("Kinds of filters", told, _strips(filter_kind_strips(subject, most)))


def _feature_maps(subject: FigureSubject) -> Panel | None:
    if subject.image is None:
        return None
    told = "What each layer gives for one test image, each row on one scale."
    return Panel("Feature maps", told, _strips(feature_map_strips(subject)))


def _attributions(subject: FigureSubject, each: float) -> Panel | None:
    """Where the model looks, beside the check with random weights."""
    if subject.image is None or each * PASSES > OPERATIONS * 5:
        return None
    rows = known_model_figures()
    for name in ATTRIBUTIONS:
        if name in rows:
            with suppress(InputError):
                summary = rows[name].summary
                label = f"{name}: {summary}"
                drawing = svg.draw(partial(rows[name].paint, subject), rows[name].size, label)
                shown = el("div", drawing, class_="scroll wide")
                return Panel("Where it looks", f"{summary[0].upper()}{summary[1:]}.", shown)
    return None


def _templates(subject: FigureSubject) -> Panel:
    pictures, path, titles = template_pictures(subject)
    if titles:
        cards = [card(one, title, "", None) for one, title in zip(pictures, titles, strict=True)]
        told = "What each class is compared with: red adds to its score, blue takes from it."
        return Panel("Templates", told, el("div", cards, class_="gallery"))
    told = f"What the units of {path} compare the image with, the first {len(pictures)}."
    found = Strip.of_tiles(path, plural(len(pictures), "unit"), pictures, 20, 0.42)
    return Panel("Templates", told, _strips([found]))


def _heat_map(subject: FigureSubject) -> Panel | None:
    path, _ = fully_connected(subject.model)
    w = weight_matrix(subject.model, path).T
    names = class_names(subject, len(w))
    if not names:
        return None
    cells = signed(smaller(w, MOST_COLUMNS), float(np.quantile(np.abs(w), 0.999)))
    rows = [heat(name, row) for name, row in zip(names, cells, strict=True)]
    told = f"The weights of {path}, a row for each class: red above 0, blue below."
    return Panel("Fully connected layer", told, el("div", rows, class_="heat"))


def _parameters(subject: FigureSubject) -> Panel | None:
    found = parameter_histograms(subject.model)
    if not found:
        return None
    drawn = [
        histogram(
            each.path,
            f"{'x'.join(map(str, each.shape))}, std {each.std:.2g}",
            each.counts,
            each.edges,
        )
        for each in found[:MOST_HISTOGRAMS]
    ]
    more = f", the first {MOST_HISTOGRAMS}" if len(found) > MOST_HISTOGRAMS else ""
    told = f"How the values of {plural(len(found), 'array')} are spread{more}."
    return Panel("Parameters", told, el("div", drawn, class_="histograms"))


def _nearest(subject: FigureSubject, count: int) -> Panel | None:
    if subject.train is None or subject.test is None or not len(subject.test):
        return None
    rows = nearest_rows(subject, count, QUERIES, NEIGHBORS)
    cards = [card(c.picture, c.title, c.note, c.right) for row in rows for c in row]
    told = (
        f"Test images, each before the nearest of {min(count, len(subject.train)):,} training "
        "images by the cosine distance of their features; green where the class is the same."
    )
    return Panel("Nearest training images", told, el("div", cards, class_="gallery"))
