"""Figures of a data set as the net sees it: in the space of its features, and by its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Dataset
from ..data.matching import relabeled
from ..errors import InputError
from ..interpret.features import features
from ..interpret.label_errors import label_errors
from ..interpret.lookup import expect_finite
from ..interpret.nearest import nearest_images
from ..interpret.projection import pca, tsne
from ..metrics import predict_probabilities
from ..random import generator
from ..text import percent, plural, wrapped
from ..types import Array
from .model_figures import FigureSubject
from .pixels import reduced, shown
from .strips import clipped
from .style import BLUE, GREEN, RED, entitle, muted
from .weights import tile_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 1000
MOST_TSNE = 600
MOST_SEARCHED = 5000
MOST_JUDGED = 10_000
COMPONENTS = 20
NEIGHBORS = 7
QUERIES = 6
ERRORS = 24
NAMED = 20  # classes with a color of their own
FEW = 100  # points up to which they are drawn larger
LARGEST = 96


def some_of(dataset: Dataset, most: int) -> Dataset:
    """At most so many images, drawn by a seed: in a folder the first ones are of one class."""
    if len(dataset) <= most:
        return dataset
    return dataset.take(np.sort(generator("draw", len(dataset)).permutation(len(dataset))[:most]))


def paint_pca(subject: FigureSubject, figure: Figure) -> None:
    """Test images on the first two principal components of their features."""
    points, x = _known(subject, MOST_POINTS)
    most = min(COMPONENTS, *x.shape)
    found = pca(x, most)
    figure.set_size_inches(11.5, 5.6)
    axes, side = figure.subplots(1, 2, width_ratios=(2.6, 1))
    xy = np.zeros((len(x), 2))
    xy[:, : min(2, most)] = found.points[:, :2]
    _scatter(axes, xy, points)
    shares = [*found.explained_variance_ratio, 0.0]
    axes.set_xlabel(f"component 1, {percent(shares[0])} of the variance")
    axes.set_ylabel(f"component 2, {percent(shares[1])} of the variance")
    entitle(axes, "PCA of the features", _what(points, x))
    side.bar(range(1, most + 1), 100 * found.explained_variance_ratio, color=BLUE, alpha=0.75)
    side.set_xlabel("component")
    side.set_ylabel("% of the variance")
    side.xaxis.get_major_locator().set_params(integer=True)
    whole = percent(float(found.explained_variance_ratio.sum()))
    entitle(side, "Explained variance", f"the first {most} together {whole}")


def paint_tsne(subject: FigureSubject, figure: Figure) -> None:
    """Test images by t-SNE of their features."""
    points, x = _known(subject, MOST_TSNE)
    if len(x) < 4:
        raise InputError(f"t-SNE needs 4 images or more, received {len(x)}")
    perplexity = min(30.0, (len(x) - 1) / 3)
    figure.set_size_inches(8.6, 6.6)
    axes = figure.add_subplot()
    _scatter(axes, tsne(x, perplexity), points)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    note = f"{_what(points, x)}; perplexity {perplexity:g}; distances between groups mean nothing"
    entitle(axes, "t-SNE of the features", note)


def _known(subject: FigureSubject, most: int) -> tuple[Dataset, Array]:
    assert subject.test is not None
    points = some_of(subject.test, most)
    if len(points) < 2:
        raise InputError(f"expected 2 test images or more, received {len(points)}")
    return points, features(subject.model, points.images)


def _what(points: Dataset, x: Array) -> str:
    return f"{plural(len(points), f'{points.split} image')}, {plural(x.shape[1], 'feature')} each"


def _scatter(axes: Axes, xy: Array, points: Dataset) -> None:
    """A color for each class, with its name where they are few."""
    import matplotlib

    k, size = len(points.classes), 9 if len(points) > FEW else 20
    table = matplotlib.colormaps["tab10" if k <= 10 else "tab20" if k <= NAMED else "hsv"]
    for j in range(k):
        members = points.labels == j
        color = table(j) if k <= NAMED else table(j / k)
        name = clipped(points.classes[j], 20) if k <= NAMED else None
        label: dict[str, Any] = {"label": name} if name is not None else {}
        x, y = xy[members].T
        axes.scatter(x, y, s=size, color=[color], alpha=0.8, linewidths=0, **label)
    if k <= NAMED:
        axes.legend(
            frameon=False, fontsize=8, labelcolor=muted(), loc="center left",
            bbox_to_anchor=(1.0, 0.5), markerscale=2, handletextpad=0.2,
        )  # fmt: skip


def paint_nearest(subject: FigureSubject, figure: Figure) -> None:
    """The nearest training images of the image, or of some test images."""
    found = [card for row in nearest_rows(subject) for card in row]
    across = 1 + min(NEIGHBORS, len(found) - 1)
    pictures = shown(reduced(np.stack([card.picture for card in found]), LARGEST))
    titles, notes = [clipped(card.title, 16) for card in found], [card.note for card in found]
    for axes, card in zip(tile_grid(figure, pictures, titles, across, notes), found, strict=True):
        if card.right is not None:
            axes.title.set_color(GREEN if card.right else RED)


@dataclass(frozen=True)
class Card:
    """An image uint8 (H, W, C), its class, what to say below it, and whether the class is that of
    the image that it is compared with; None where that is not known."""

    picture: Array
    title: str
    note: str
    right: bool | None = None


def nearest_rows(
    subject: FigureSubject, most: int = MOST_SEARCHED, queries: int = QUERIES, k: int = NEIGHBORS
) -> list[list[Card]]:
    """A row for each image: itself, and then the ``k`` nearest of at most so many."""
    assert subject.train is not None
    train = some_of(subject.train, most)
    images, titles, labels = _queries(subject, queries)
    k = min(k, len(train))
    known = features(subject.model, train.images)
    found = nearest_images(features(subject.model, images), known, k)
    rows = []
    for image, title, label, near, far in zip(
        images, titles, labels, found.indices.tolist(), found.distances.tolist(), strict=True
    ):
        rows.append([Card(image, title, "image")])
        for place, distance in zip(near, far, strict=True):
            of = train.classes[train.labels[place]]
            right = None if label is None else of == label
            rows[-1].append(Card(np.asarray(train.images[place]), of, f"{distance:.3f}", right))
    return rows


def _queries(subject: FigureSubject, most: int) -> tuple[Array, list[str], list[str | None]]:
    """Images (n, H, W, C), what they are called, and their classes where they are known."""
    if subject.image is not None:
        known = subject.label is not None and len(subject.classes) > 0
        label = subject.classes[subject.label] if known else None  # type: ignore[index]
        return subject.image[np.newaxis], [label or "image"], [label]
    if subject.test is None or not len(subject.test):
        raise InputError("nearest: expected an image, or a run with test images, received neither")
    some = some_of(subject.test, most)
    names = [some.classes[label] for label in some.labels]
    return np.asarray(some.images[:]), names, list(names)


def paint_label_errors(subject: FigureSubject, figure: Figure) -> None:
    """The test images whose label contradicts the net, the likeliest errors first."""
    assert subject.test is not None
    expect_finite(subject.model)
    test = some_of(subject.test, MOST_JUDGED)
    if subject.classes:
        test = relabeled(test, subject.classes)
    p = predict_probabilities(subject.model, test.images)
    found = label_errors(p, test.labels)
    best = found.indices[:ERRORS]
    if not len(best):
        figure.set_size_inches(6, 1)
        told = f"No likely label errors among {plural(len(test), f'{test.split} image')}"
        figure.text(0.5, 0.5, told, ha="center", va="center")
        return
    pictures = shown(reduced(np.stack([np.asarray(test.images[int(n)]) for n in best]), LARGEST))
    titles = [clipped(test.classes[test.labels[n]], 18) for n in best]
    notes = [
        f"→ {clipped(test.classes[j], 18)}\n{clipped(test.name_of(int(n)).rpartition('/')[2], 20)}"
        for n, j in zip(best, found.suggested, strict=False)
    ]
    tile_grid(figure, pictures, titles, 8, notes, tile=1.4)
    told = (
        f"{len(found):,} of {plural(len(test), f'{test.split} image')}: the label above, what the "
        "image looks like below; the likeliest errors first, hard images among them"
    )
    width, height = figure.get_size_inches()
    lines = wrapped(told, int(14 * width))
    figure.set_size_inches(width, height + 0.17 * len(lines))
    figure.suptitle("\n".join(lines), fontsize=9, color=muted())
