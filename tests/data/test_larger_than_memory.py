"""Data sets of any size: nothing reads, or makes, more of them at a time than a few batches."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.audit.subject import of_datasets
from chainrule.data.augment import Augment, Mixup, RandomCrop
from chainrule.data.lazy import LazyImages
from chainrule.doctor.context import fitted
from chainrule.interpret import features
from chainrule.training import SWA, refresh_batch_norm
from chainrule.types import Array

SHAPE = (96, 96, 3)
COUNT = 2400  # of 27,648 bytes: 66 MB
MOST = 1 << 25
"""Bytes that may be read at a time."""


class Watched(LazyImages):
    """Images without a file, which notes the most bytes that were asked for at a time."""

    most = 0

    def __init__(self, base: Any = None, indices: Any = None) -> None:
        one = np.random.default_rng(0).integers(0, 256, (7, *SHAPE), np.uint8)
        super().__init__(one if base is None else base, indices)

    def select(self, indices: Array) -> Watched:
        return Watched(self.base, self.indices[indices])

    def _read(self, rows: Array) -> Array:
        Watched.most = max(Watched.most, rows.nbytes)
        return rows

    def __getitem__(self, key: Any) -> Array:
        return self._read(super().__getitem__(key))

    def take(self, indices: Any, axis: int = 0, mode: Any = "raise") -> Array:
        return self._read(super().take(indices, axis, mode))


@pytest.fixture
def watched() -> cr.Dataset:
    Watched.most = 0
    places = np.arange(COUNT) % 7
    images: Any = Watched(indices=places)
    return cr.Dataset(images, (places > 3).astype(np.int64), ("low", "high"))


def model(norm: str | None = None) -> cr.Layer:
    layers = cr.layers
    middle = [layers.BatchNorm(3)] if norm else []
    return layers.Sequential(
        layers.Normalize(3), *middle, layers.GlobalAvgPool2d(), layers.Linear(3, 2)
    )


def small(dataset: cr.Dataset, count: int = 600) -> cr.Dataset:
    return dataset.take(np.arange(count))


def train(dataset: cr.Dataset, share: float = 0.9, **options: Any) -> cr.Trainer:
    trainer = cr.Trainer(model(), cr.optim.SGD(0.1))
    parts = cr.data.split(dataset, share)
    trainer.fit(*parts, epochs=1, batch_size=64, **options)
    return trainer


USES: dict[str, Callable[[cr.Dataset], object]] = {
    "training, validating, splitting": train,
    "augmenting": lambda data: train(data, augment=Augment(RandomCrop(), Mixup())),
    "averaging": lambda data: cr.Trainer(model("batch"), average=SWA(1)).fit(
        small(data), epochs=1, batch_size=64
    ),
    "statistics of batch norm": lambda data: refresh_batch_norm(model("batch").init(0), data),
    "evaluating": lambda data: cr.metrics.evaluate(model().init(0), data),
    "logits": lambda data: cr.metrics.predict_logits(model().init(0), data),
    "predicting": lambda data: cr.predict(model().init(0), data),
    "features": lambda data: features(model().init(0), data),
    "measuring for the doctor": lambda data: fitted(model(), data, 0),
    "auditing": lambda data: of_datasets("", [small(data)], lambda done, total: None),
    "gray": lambda data: cr.data.grayscale(data).sha256,
    "resizing": lambda data: cr.metrics.evaluate(
        model().init(0), cr.data.resize(small(data), (48, 64))
    ),
    "choosing": lambda data: cr.data.split(data[100:], 0.5)[1].take(range(1000)).sha256,
    "showing": lambda data: (data.show(4), data._repr_html_()),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_use_reads_some_images_at_a_time(
    watched: cr.Dataset, use: Callable[[cr.Dataset], object]
) -> None:
    use(watched)
    assert 0 < Watched.most <= MOST


def test_gray_images_of_a_file_are_those_of_memory(watched: cr.Dataset) -> None:
    some = watched.take(np.arange(20))
    plain = cr.Dataset(np.asarray(some.images), some.labels, some.classes)
    lazy, made = cr.data.grayscale(some), cr.data.grayscale(plain)
    assert lazy.images.shape == made.images.shape and lazy.images.dtype == np.uint8
    assert lazy.sha256 == made.sha256
    np.testing.assert_array_equal(lazy.take([7, 3]).images[1], made.images[3])
    np.testing.assert_array_equal(lazy.images[2:5, 4], made.images[2:5, 4])
    again = cr.data.resize(lazy, 24)
    np.testing.assert_array_equal(
        np.asarray(again.images), np.asarray(cr.data.resize(made, 24).images)
    )


@pytest.mark.parametrize(("dtype", "unit"), [("f4", 1), ("f8", 255), ("f2", 1)])
def test_floats_of_a_file_become_pixels_when_they_are_read(
    tmp_path: Path, dtype: str, unit: int
) -> None:
    values = np.random.default_rng(0).random((9, 5, 4, 3)).astype(dtype) * unit
    np.save(tmp_path / "images.npy", values)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    lazy, plain = cr.Dataset(mapped, np.arange(9) % 2), cr.Dataset(values, np.arange(9) % 2)
    assert isinstance(lazy.images, LazyImages) and lazy.images.dtype == np.uint8
    assert lazy.scale == plain.scale == unit
    assert lazy.sha256 == plain.sha256
    np.testing.assert_array_equal(lazy.take([5, 1]).images[0], plain.images[5])


def test_a_plain_view_of_a_file_stays_there(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.zeros((8, 4, 4, 1), np.uint8))
    view = np.asarray(np.load(tmp_path / "images.npy", mmap_mode="r"))
    assert type(view) is np.ndarray
    assert isinstance(cr.Dataset(view, np.arange(8) % 2).take([0, 1]).images, LazyImages)


def test_a_lazy_training_is_that_of_memory(watched: cr.Dataset, tmp_path: Path) -> None:
    some = small(watched, 300)
    plain = cr.Dataset(np.asarray(some.images), some.labels, some.classes)
    first, second = train(some, 0.1), train(plain, 0.1)
    for (_, a), (_, b) in zip(first.parameters, second.parameters, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


LIMIT = 110
"""MB beyond what a first, small training took; the images are four times as many."""

SCRIPT = """
import resource, sys
from pathlib import Path
import numpy as np
import chainrule as cr
from chainrule.training import Checkpoint, StepRecorder, restore
from chainrule.replay import replay_fit
from tests.data.test_larger_than_memory import large, memory, model

folder = Path(sys.argv[1])
data = large(folder, {count})

def whole(data, epochs, name):
    train, validation = cr.data.split(data, 0.1)
    def made(*callbacks):
        return cr.Trainer(model(), cr.optim.SGD(0.1), callbacks=callbacks)
    trainer = made(StepRecorder(folder / name), Checkpoint(folder / f"{{name}}-saved"))
    trainer.fit(train, validation, epochs=epochs, batch_size=64)
    again = made()
    restore(again, folder / f"{{name}}-saved")  # a resume
    again.fit(train, validation, epochs=epochs + 1, batch_size=64)
    cr.predict(again.model, validation)
    options = dict(epochs=epochs, batch_size=64, step=4)
    found = replay_fit(made(), folder / name, train, validation, **options)
    assert found.exact

whole(data.take(np.arange(0, len(data), 20)), 1, "small")  # imports, kernels, threads
base = memory("VmData")
resource.setrlimit(resource.RLIMIT_DATA, ((base + {limit}) << 20,) * 2)
anonymous = memory("RssAnon")
whole(data, 1, "large")
grown = memory("RssAnon") - anonymous
assert data.images.nbytes >= 4 * ({limit} << 20), data.images.nbytes
assert grown < {limit} / 4, grown
try:
    np.zeros(2 * {limit} << 20, np.uint8)
except MemoryError:
    print("done", grown)
"""


def large(folder: Path, count: int) -> cr.Dataset:
    """Images in a file, written quickly."""
    shape, rng = (160, 160, 3), np.random.default_rng(0)
    labels = np.arange(count) % 2
    with (folder / "images").open("wb") as file:
        block = rng.integers(0, 200, (100, *shape), np.uint8)
        block[1::2] += np.uint8(55)
        for _ in range(count // len(block)):
            file.write(block.data)
    images = np.memmap(folder / "images", np.uint8, "r", shape=(count, *shape))
    return cr.Dataset(images, labels, ("dark", "bright"))


def memory(name: str) -> int:
    """MB that the system says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) >> 10


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux limits the memory that is not a file's"
)
def test_a_training_on_four_times_the_memory(tmp_path: Path) -> None:
    code = SCRIPT.format(limit=LIMIT, count=6100)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    (tmp_path / "images").unlink()
    assert done.returncode == 0 and done.stdout.startswith("done"), done.stderr
