"""The images of a training on its device: all of them once, where they fit, else batch by batch."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..data.augment import Augment
from ..data.augment.base import Operation
from ..data.dataset import Dataset
from ..data.loader import Loader
from ..device import Device, Memory, device_of, is_out_of_memory
from ..distributed.group import Group
from ..errors import InputError
from ..layers.base import Layer, named_arrays
from ..optim import Optimizer
from ..text import plural, size
from ..types import Array

SHARE = 1 / 3
"""Of a GPU's free memory that images may take: the rest is for the steps."""
SAFE = 0.9
"""Of a GPU's memory that advice counts on: its allocator leaves gaps."""


class Resident(Dataset):
    """A data set whose images and labels lie on a GPU, where batches of them are dealt."""

    def __init__(self, of: Dataset, device: Device) -> None:
        for field in ("classes", "split", "name", "paths", "scale"):
            object.__setattr__(self, field, getattr(of, field))
        object.__setattr__(self, "images", device.put(of.images))
        object.__setattr__(self, "labels", device.put(of.labels))


class Placement:
    """Deals the batches of a loader on a device, the same ones as the loader's own."""

    def __init__(self) -> None:
        self._resident: Resident | None = None
        self._of: Dataset | None = None

    def batches(
        self, loader: Loader, device: Device, epoch: int, start: int
    ) -> Iterator[tuple[Array, ...]]:
        """What ``loader.batches(epoch, start)`` yields, on ``device``."""
        if not device.is_gpu:
            return loader.batches(epoch, start)
        if self._of is not loader.dataset:
            self._of = loader.dataset
            self._resident = Resident(self._of, device) if _fits(loader, device) else None
        if self._resident is not None:
            return _dealing(self._resident, loader, device).batches(epoch, start)
        return (tuple(map(device.put, batch)) for batch in loader.batches(epoch, start))


def _fits(loader: Loader, device: Device) -> bool:
    """Whether the images go to the GPU once; others stay in memory, or in their file."""
    images: Any = loader.dataset.images
    anywhere = loader.augment is None or _runs_anywhere(loader.augment)
    return type(images) is np.ndarray and anywhere and images.nbytes <= SHARE * device.memory().free


def _dealing(dataset: Dataset, like: Loader, device: Device) -> Loader:
    """A loader of ``dataset`` that deals it as another does."""
    return Loader(
        dataset, like.batch_size, like.seed, shuffle=like.shuffle, augment=like.augment,
        smallest=like.smallest, places=like.places,
        weights=None if like.weights is None else device.put(like.weights),
    )  # fmt: skip


def _runs_anywhere(augment: Augment) -> bool:
    """Whether all operations are the library's: one of a user's own may call NumPy on images."""
    home = Operation.__module__.rpartition(".")[0]
    return all(type(each).__module__.startswith(home) for each in augment.operations)


@contextmanager
def fitting_batch(
    model: Layer, optimizer: Optimizer, dataset: Dataset, batch_size: int, accumulate: int = 1
) -> Iterator[None]:
    """InputError, with the batch size that would fit, where the block runs out of GPU memory."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # which hold the arrays of the step
        device = device_of(model)
        memory = device.memory()
        largest = _largest_batch(model, optimizer, dataset, memory.reachable)
        raise InputError(_advice(device, memory, batch_size, accumulate, largest)) from None


def _largest_batch(model: Layer, optimizer: Optimizer, dataset: Dataset, available: int) -> int:
    """The images whose step fits into so many bytes, by the cost of a step in the CPU's memory."""
    from ..cost.memory import gradients_of, state_of
    from ..cost.probe import bytes_an_image

    weights = sum(node.value.nbytes for _, node in named_arrays(model))
    fixed = weights + gradients_of(model) + state_of(optimizer, model)
    return int((SAFE * available - fixed) / bytes_an_image(model, dataset.images.shape[1:]))


def _advice(device: Device, memory: Memory, batch_size: int, accumulate: int, largest: int) -> str:
    lacking = (
        f"batch_size: a step of {plural(batch_size, 'image')} does not fit into the "
        f"{size(memory.reachable)} of {device} that other programs leave"
    )
    part = -(-batch_size // accumulate)
    largest = min(largest, part // 2)  # one of this size did not
    if largest < 1:
        return f"{lacking}, nor would one image; make the model or the images smaller"
    parts = -(-batch_size // largest)
    return (
        f"{lacking}; {largest * accumulate} would fit, or keep {batch_size} and take each batch in "
        f"parts: accumulate={parts}"
    )


def expect_alone(model: Layer, group: Group) -> None:
    """InputError for a model on a GPU that several processes would train together."""
    if group.size > 1 and (device := device_of(model)).is_gpu:
        raise InputError(
            f"device: expected cpu for a training in {group.size} processes, received {device}; "
            "start one process for the GPU"
        )
