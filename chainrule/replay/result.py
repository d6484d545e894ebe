"""What was found in a step that was replayed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..declared import checked
from ..errors import InputError
from ..notation import typed
from ..types import Array
from .origin import Origin
from .seen import Update

SHOWN = 8
"""Images that are shown at most."""


@dataclass(frozen=True)
class Sample:
    """One image of the batch.

    place    in the batch
    index    in the training set, as the run split it
    name     its file, or its number
    label    the name of its class; of an image that is mixed with another, of the larger part
    predicted, loss   what the model made of it, where that is known
    value    the largest |value| that it has where the step went wrong

    >>> Sample(0, 7, "image 7", "cat", "dog", 2.5, 1.0).label
    'cat'
    """

    place: int
    index: int
    name: str
    label: str
    predicted: str | None
    loss: float | None
    value: float | None


@dataclass(frozen=True)
class LayerPeak:
    """The largest |value| of a layer's output and of the gradient there, and what is usual.

    >>> LayerPeak("layers.3", "Linear", 2.0, 1.0, 0.1, None).output
    2.0
    """

    path: str
    kind: str
    output: float
    usual_output: float | None
    gradient: float | None
    usual_gradient: float | None


@dataclass(frozen=True)
class Replay:
    """A step of a training, replayed: see `chainrule.replay.replay`.

    run             the folder of the run, "" for a training outside one
    step            from 1
    epoch, batch    from 1, of the ``batches`` of an epoch; ``images`` is how many the batch has
    reason          why this step, where it was not asked for
    start           the step of the checkpoint that the replay began at, or 0
    recorded, loss  the loss in the record, and in the replay
    exact           whether every loss on the way is the recorded one, bit for bit
    compared        how many losses were compared
    updated         whether the weights were updated; not if the training ended in this step
    origin          where the step went wrong; None where nothing stands out
    verdict         what was found, in a sentence
    samples         images of the batch: the affected ones, or else those with the highest losses
    affected        in how many images it is; 0 where it is in most of them, or nothing stands out
    layers          the largest values of each layer
    updates         what the step did to each parameter
    lr              the learning rate
    began           an earlier step, in which the gradient stood out first
    notes           what else a reader should know, a sentence each
    shown           of each of ``samples`` the image, uint8 (H, W, C), and as augmented if it was

    ``print`` shows it, ``document()`` is all of it as JSON values, ``draw(path)`` shows the images;
    InputError where that cannot be written.

    >>> import tempfile
    >>> from chainrule.replay import replay
    >>> from chainrule.experiment import start
    >>> from chainrule.config import assignments, resolve
    >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replay(start(config, f"{folder}/run").run, step=2)
    Replay(step 2: no value is 10 times what is usual)
    """

    run: str
    step: int
    epoch: int
    batch: int
    batches: int
    images: int
    reason: str
    start: int
    recorded: float
    loss: float
    exact: bool
    compared: int
    updated: bool
    origin: Origin | None
    verdict: str
    samples: tuple[Sample, ...]
    affected: int
    layers: tuple[LayerPeak, ...]
    updates: tuple[Update, ...]
    lr: float
    began: int | None = None
    notes: tuple[str, ...] = ()
    shown: tuple[tuple[Array, ...], ...] = field(default=(), repr=False)

    def document(self) -> dict[str, Any]:
        """All but the images, as JSON values; a NaN stays one."""
        left_out = {"shown", "updates"}
        said = {key: value for key, value in asdict(self).items() if key not in left_out}
        said["updates"] = [asdict(each) | {"ratio": each.ratio} for each in self.updates]
        return said

    @checked
    def draw(self, path: str | os.PathLike[str]) -> Path:
        """Write the images of ``samples`` as one picture, .png, .svg or .pdf; of a training that
        augments, each beside its augmented version. InputError where that cannot be written.

        >>> import tempfile
        >>> from chainrule.replay import replay
        >>> from chainrule.experiment import start
        >>> from chainrule.config import assignments, resolve
        >>> config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found = replay(start(config, f"{folder}/run").run, step=2)
        ...     found.draw(f"{folder}/images.png").name
        'images.png'
        """
        from ..plotting import tiles, write

        if not self.shown:
            raise InputError("there is nothing to draw: expected one image or more, received none")
        images, titles = [], []
        for sample, versions in zip(self.samples, self.shown, strict=False):
            for image, title in zip(versions, _titles(sample), strict=False):
                images.append(image)
                titles.append(title)
        return write(tiles(images, titles), path)

    @typed
    def __repr__(self) -> str:
        return f"Replay(step {self.step:,}: {self.verdict})"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The same as text."""
        from .text import lines

        return lines(self)


def _titles(sample: Sample) -> tuple[str, str]:
    return f"{sample.index} {sample.label}", "as trained on"
