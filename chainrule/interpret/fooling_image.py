"""The smallest change of an image that makes a model say another class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import notebook
from ..declared import checked
from ..errors import InputError
from ..layers.base import Layer
from ..printable import printable
from ..ranges import Count, Probability
from ..text import aligned, percent, plural
from ..types import Array
from .given import Target, as_input, class_names, targets_of
from .heat_maps import colored, displayed, picture, signed_strongest
from .inference import Inference, probabilities, takes_pixels

SHOWN = 12
RIVALS = 10
"""Classes, the most probable ones, among which the nearest is looked for."""
HALVINGS = 12  # of the way back to the image, for the least of the change that fools


@dataclass(frozen=True, eq=False, repr=False)
class FoolingImages:
    """N images and what the model says of them before and after a small change.

    images         (N, H, W, C), changed; in 0..1 where the model normalizes pixels
    changes        (N, H, W, C), what was added
    norms          (N,), the Euclidean length of each change, √Σ change²
    largest        (N,), the largest change of a value
    before, after  int64 (N,), the class that the model says
    probabilities_before, probabilities_after  (N,), of those classes
    fooled         bool (N,), whether it says another class, or the one that was asked for
    class_names    of all K classes

    >>> from chainrule import data, models
    >>> from chainrule.interpret import fooling_image
    >>> model = models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> found = fooling_image(model, data.digits()[1].images[:2])
    >>> found.fooled.tolist(), bool((found.before != found.after).all())
    ([True, True], True)
    """

    images: Array
    changes: Array
    norms: Array
    largest: Array
    before: Array
    after: Array
    probabilities_before: Array
    probabilities_after: Array
    fooled: Array
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def rows(self) -> list[list[str]]:
        """A header, and a row for each of the first images."""
        header = ["image", "before", "probability", "after", "probability", "norm", "largest"]
        name = [printable(each) for each in self.class_names]
        found = [
            [
                str(i), name[self.before[i]], percent(float(self.probabilities_before[i])),
                name[self.after[i]] if self.fooled[i] else f"{name[self.after[i]]} (not fooled)",
                percent(float(self.probabilities_after[i])),
                f"{self.norms[i]:.3g}", f"{self.largest[i]:.2g}",
            ]
            for i in range(min(len(self), SHOWN))
        ]  # fmt: skip
        return [header, *found]

    @property
    def title(self) -> str:
        """How many images were changed, and how many fool the model, in words."""
        count = int(np.count_nonzero(self.fooled))
        return (
            f"Smallest changes of {plural(len(self), 'image')}, {count:,} of which fool the model"
        )

    def __repr__(self) -> str:
        more = [f"… {len(self) - SHOWN:,} more"] if len(self) > SHOWN else []
        return "\n".join([self.title, *aligned(self.rows(), right={0, 2, 4, 5, 6}), *more])

    def _repr_html_(self) -> str:
        header, *rows = self.rows()
        changes = signed_strongest(self.changes)
        shown = [
            [
                picture(displayed(self.images[i] - self.changes[i])),
                picture(colored(changes[i])),
                picture(displayed(self.images[i])),
                *row,
            ]
            for i, row in enumerate(rows)
        ]
        return notebook.html(self.title, [["image", "change", "sum", *header], *shown])


@checked
def fooling_image(
    model: Layer,
    images: Any,
    target: Target = None,
    *,
    steps: Count = 50,
    overshoot: Probability = 0.02,
) -> FoolingImages:
    """r = |f′ₗ| / ‖wₗ‖² wₗ,  l = argminₖ |f′ₖ| / ‖wₖ‖,  f′ₖ = zₖ - z_y,  wₖ = ∂f′ₖ/∂x

        images (N, H, W, C), one by one · y the class that the model says

    r is the smallest change that a linear model would need to say another class k, one of the ten
    most probable or, if it is given, ``target``. Such gradient steps are added up, (1 + overshoot)
    times, until the model says it, and at most ``steps`` times; pixels stay in 0..1. Then the way
    back to the image is halved for the least of the change that still fools. The model's own
    gradients are all that is used; nothing promises that no smaller change exists.

    InputError for a class that there is not, a model of one class, and as from `saliency`.

    Source: Moosavi-Dezfooli et al. 2016, "DeepFool"; the effect: Szegedy et al. 2013, "Intriguing
    properties of neural networks".

    Of a linear model it is the distance to the boundary, here √2 for z₁ - z₀ = x₁ - x₀ = -2:

    >>> import numpy as np
    >>> from chainrule import layers
    >>> linear = layers.Linear(2, 2, init=lambda rng, shape: np.eye(2))
    >>> model = layers.Sequential(layers.Flatten(), linear).init(0)
    >>> found = fooling_image(model, np.array([3.0, 1.0], np.float32).reshape(1, 2, 1))
    >>> round(float(found.norms[0]), 2), found.before.tolist(), found.after.tolist()
    (1.41, [0], [1])
    """
    x = as_input(model, images)
    if not len(x):
        raise InputError("images: expected at least one, received none")
    inference = Inference(model)
    logits = inference.logits(x)
    names = class_names(model, logits.shape[1])
    if len(names) < 2:
        raise InputError("model: expected one of two classes or more, received one of 1")
    before = logits.argmax(axis=1).astype(np.int64)
    wanted = None if target is None else targets_of(target, names, len(x), logits)
    inference.expect_same(x[:1])
    bounded = takes_pixels(model)
    changed = np.concatenate(
        [
            _nearest(
                inference, x[n : n + 1], int(before[n]), None if wanted is None else int(wanted[n]),
                steps, overshoot, bounded,
            )
            for n in range(len(x))
        ]
    )  # fmt: skip
    rows, ends = np.arange(len(x)), inference.logits(changed)
    after = ends.argmax(axis=1).astype(np.int64)
    changes = changed - x
    return FoolingImages(
        changed, changes,
        np.sqrt(np.square(changes, dtype=np.float64).sum(axis=(1, 2, 3))),
        np.abs(changes).max(axis=(1, 2, 3)),
        before, after, probabilities(logits)[rows, before], probabilities(ends)[rows, after],
        after != before if wanted is None else after == wanted, names,
    )  # fmt: skip


def _nearest(
    inference: Inference, x: Array, y: int, wanted: int | None, steps: int, overshoot: float,
    bounded: bool,
) -> Array:  # fmt: skip
    """The changed image (1, H, W, C); as it is where it already says ``wanted``."""

    def fools(each: Array) -> bool:
        says = int(inference.logits(each).argmax())
        return says != y if wanted is None else says == wanted

    def moved(change: Array, share: float) -> Array:
        there = (x + share * change).astype(x.dtype)
        return np.clip(there, 0, 1) if bounded else there

    if wanted == y:
        return x
    change, at = np.zeros(x.shape, np.float64), x
    for _ in range(steps):
        step = _step(inference, at, y, wanted, bounded)
        if step is None:
            return at
        change += step
        at = moved(change, 1 + overshoot)
        if fools(at):
            break
    else:
        return at
    low, high = 0.0, 1 + overshoot
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if fools(moved(change, middle)) else (middle, high)
    return moved(change, high)


def _step(
    inference: Inference, x: Array, y: int, wanted: int | None, bounded: bool
) -> Array | None:
    """The smallest step over the nearest boundary, were the model linear; None where no gradient
    says where that is."""
    z = inference.logits(x)[0].astype(np.float64)
    order = np.argsort(-z, kind="stable").tolist()
    if wanted is None:
        own, rivals = y, [k for k in order if k != y][:RIVALS]
    else:  # the class in the way, which need not be the first one any more
        own, rivals = next(k for k in order if k != wanted), [wanted]
    classes = np.array([own, *rivals])
    several = np.repeat(x, len(classes), axis=0)
    _, gradients = inference.gradient(several, classes)
    w = gradients[1:].astype(np.float64) - gradients[0]
    if bounded:  # a pixel that is black or white can only move one way
        w[((x <= 0) & (w < 0)) | ((x >= 1) & (w > 0))] = 0
    f = z[rivals] - z[own]
    squares = np.square(w).sum(axis=(1, 2, 3))
    if not squares.any():
        return None
    far = np.full(len(rivals), np.inf)
    np.divide(np.abs(f), np.sqrt(squares), out=far, where=squares > 0)
    best = int(far.argmin())
    # on the boundary itself the step would be 0
    size = max(abs(f[best]), 1e-6 * max(1.0, abs(z[own]))) / squares[best]
    step: Array = size * w[best : best + 1]
    return step
