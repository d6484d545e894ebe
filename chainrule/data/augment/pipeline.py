"""Operations one after the other, over a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import namespace
from ...device import beside
from ...errors import InputError, ShapeError
from ...types import Array
from ..lazy import gather
from .base import Mixing, Operation, PixelTransform
from .color_transform import ColorTransform, recolor
from .geometric import GeometricTransform, composed, move
from .sample_rng import SampleRNG

if TYPE_CHECKING:
    from ..dataset import Dataset

Named = tuple[str, Operation]


@dataclass(frozen=True, init=False, repr=False)
class Augment:
    """Images changed at random on their way into training, each time otherwise. InputError for what
    is no operation.

    >>> import numpy as np
    >>> from chainrule import data
    >>> from chainrule.data.augment import Augment, HorizontalFlip, RandomCrop
    >>> train, _ = data.digits()
    >>> augment = Augment(RandomCrop(padding=1), HorizontalFlip())
    >>> samples = np.arange(5)
    >>> images, labels = augment(
    ...     train.images[:5], train.labels[:5], samples, seed=0, epoch=0, classes=10
    ... )

    Randomness is keyed by (seed, epoch, sample, operation): a sample gets the same image in any
    batch, in any order, on any thread, and after any resume. Of two equal operations each has
    its own random numbers. Images stay uint8 (n, H, W, C) and keep their size; the model's own
    ``Normalize`` turns them into numbers.

    `GeometricTransform`s in a row are one map and the image is sampled once; `ColorTransform`s
    in a row are one matrix. `Mixing` needs a partner: another sample of ``source``, drawn by the
    same key, which goes through the operations before the mixing with its own random numbers, so
    that it is the image that it is itself in this epoch. (A partner from the batch at hand would
    be another one for another batch size.)
    """

    described = 'operations as in Augment(RandomCrop()), or preset("crop-flip")'

    operations: tuple[Operation, ...]

    def __init__(self, *operations: Operation) -> None:
        for operation in operations:
            if not isinstance(operation, Operation):
                raise InputError(
                    "operations: expected operations of chainrule.data.augment, such as "
                    f"HorizontalFlip(), received {operation!r}"
                )
        object.__setattr__(self, "operations", operations)

    def __repr__(self) -> str:
        return f"Augment({', '.join(map(repr, self.operations))})"

    @property
    def mixes(self) -> bool:
        """Whether labels become distributions over the classes."""
        return any(isinstance(operation, Mixing) for operation in self.operations)

    def __call__(
        self,
        images: Array,
        labels: Array,
        samples: Array,
        *,
        seed: int,
        epoch: int,
        classes: int,
        source: Dataset | None = None,
    ) -> tuple[Array, Array]:
        """The changed images and their labels.

        images uint8 (n, H, W, C) · labels int64 (n,) · samples int64 (n,), their numbers in the
        data set, which ``source`` is. The labels come back as they are, or float32 (n, classes)
        if some operation mixes. What was given is not written to. InputError for arrays that do
        not fit, and for mixing without ``source``.
        """
        _check(images, labels, samples)
        if not self.mixes:
            return self._changed(images, samples, seed, epoch, self._named()), labels
        if source is None:
            raise InputError("source: mixing expects the data set, of which it draws partners")
        mixed, targets = images, _one_hot(labels, classes)
        before: list[Named] = []  # all changes so far
        waiting: list[Named] = []  # those that are not done yet
        for name, operation in self._named():
            if not isinstance(operation, Mixing):
                before.append((name, operation))
                waiting.append((name, operation))
                continue
            mixed = self._changed(mixed, samples, seed, epoch, waiting)
            waiting = []
            partners = _partners(
                SampleRNG(f"{name} partner", seed, epoch, samples), samples, source
            )
            others = gather(source.images, partners)
            others = self._changed(others, partners, seed, epoch, before)
            mixed, shares = operation.mix(mixed, others, SampleRNG(name, seed, epoch, samples))
            own = beside(targets, shares.astype(np.float32)[:, None])
            theirs = _one_hot(gather(source.labels, partners), classes)
            targets = own * targets + (1 - own) * theirs
        return self._changed(mixed, samples, seed, epoch, waiting), targets

    def _named(self) -> list[Named]:
        """Each operation with the name of its random numbers: two Rotations have two."""
        seen: Counter[str] = Counter()
        named = []
        for operation in self.operations:
            kind = type(operation).__name__
            seen[kind] += 1
            named.append((f"{kind} {seen[kind]}", operation))
        return named

    @staticmethod
    def _changed(
        images: Array, samples: Array, seed: int, epoch: int, operations: Sequence[Named]
    ) -> Array:
        """The images after operations that do not mix, in as few passes as can be."""
        size = images.shape[1:3]
        steps = [
            (operation, SampleRNG(name, seed, epoch, samples)) for name, operation in operations
        ]
        for kind, group in _passes(steps):
            if kind is GeometricTransform:
                images = move(images, *composed(group, size))
            elif kind is ColorTransform:
                images = recolor(group, images)
            else:
                for operation, rng in group:
                    images = operation.apply(images, rng)
        return images


def _passes(
    steps: Sequence[tuple[Any, SampleRNG]],
) -> Iterator[tuple[type, list[tuple[Any, SampleRNG]]]]:
    """Steps that are one pass together: geometric transforms that pad alike, color transforms."""
    group: list[tuple[Any, SampleRNG]] = []
    for step in steps:
        if group and not _together(group, step[0]):
            yield _kind(group[0][0]), group
            group = []
        group.append(step)
    if group:
        yield _kind(group[0][0]), group


def _together(group: Sequence[tuple[Any, SampleRNG]], operation: Operation) -> bool:
    if _kind(operation) is not _kind(group[0][0]):
        return False
    if not isinstance(operation, GeometricTransform):
        return True
    around = {geometric.outside for geometric, _ in group} | {operation.outside}
    return len(around - {None}) <= 1


def _kind(operation: Operation) -> type:
    return next(
        k for k in (GeometricTransform, ColorTransform, PixelTransform) if isinstance(operation, k)
    )


def _partners(rng: SampleRNG, samples: Array, source: Dataset) -> Array:
    """Another sample of the data set for each, all equally likely; itself if there is no other."""
    drawn = rng.integers(max(1, len(source) - 1))
    partners: Array = np.minimum(drawn + (drawn >= samples), len(source) - 1)
    return partners


def _one_hot(labels: Array, classes: int) -> Array:
    xp = namespace(labels)
    targets: Array = xp.zeros((len(labels), classes), np.float32)
    targets[xp.arange(len(labels)), labels] = 1
    return targets


def _check(images: Array, labels: Array, samples: Array) -> None:
    if images.ndim != 4 or images.dtype != np.uint8:
        raise ShapeError(
            f"images: expected uint8 (n, H, W, C), received {images.dtype} of {images.shape}"
        )
    if not labels.shape == samples.shape == images.shape[:1]:
        raise ShapeError(
            f"labels, samples: expected one for each of {len(images)} images, received shapes "
            f"{labels.shape} and {samples.shape}"
        )
