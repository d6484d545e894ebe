"""What augmentation costs a training: crop, flip and normalization beside the steps of a VGG.

    python -m benchmarks.augmentation [--steps 40] [--images 2560]

Images of 32x32x3 in batches of 128, random crop and flip, ``models.vgg`` with SGD. Whole steps
are taken in turns from four loaders: the same batch again and again (nothing is loaded), plain
batches, augmented ones made in between the steps, and augmented ones made in the thread; which
goes first changes from turn to turn. Beside them stands what each part takes on its own, one
thread, and every operation. Writes
results/benchmark-augmentation.json.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from chainrule import data, models, optim
from chainrule.bench import record
from chainrule.bench.statistics import quartiles
from chainrule.bench.timing import elapsed
from chainrule.data.augment import OPERATIONS, PRESETS, Augment, preset
from chainrule.layers.normalize import Normalize
from chainrule.training import Trainer

BATCH = 128
SHAPE = (32, 32, 3)
CLASSES = 10
RESULT = Path(__file__).resolve().parents[1] / "results" / "benchmark-augmentation.json"

Batches = Iterator[tuple[Any, Any]]


def random_images(count: int) -> data.Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, *SHAPE), np.uint8)
    return data.Dataset(images, rng.integers(0, CLASSES, count), tuple("abcdefghij"))


def endless(train: data.Dataset, **options: Any) -> Batches:
    """Epoch after epoch, without the short last batch."""
    loader = data.Loader(train, BATCH, **options)
    for epoch in itertools.count():
        for batch in loader.batches(epoch):
            if len(batch[1]) == BATCH:
                yield batch


def milliseconds(work: Callable[[], Any], repeats: int = 20) -> float:
    """The median of ``repeats`` after a first call that is not counted."""
    work()
    return round(1e3 * statistics.median(elapsed(work) for _ in range(repeats)), 4)


def steps(train: data.Dataset, count: int) -> dict[str, dict[str, float]]:
    """Whole steps of a VGG, from taking the batch to the update, taken in turns."""
    trainer = Trainer(models.vgg(SHAPE, CLASSES), optim.SGD(0.01, momentum=0.9))
    chain = preset("crop-flip")
    first = next(endless(train))
    sources: dict[str, Batches] = {
        "one batch again and again": itertools.repeat(first),
        "plain": endless(train),
        "augmented in between": endless(train, augment=chain),
        "augmented in the thread": endless(train, augment=chain, background=True),
    }
    times: dict[str, list[float]] = {name: [] for name in sources}
    names = list(sources)
    for turn in range(count + 3):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = perf_counter()
            trainer.train_step(*next(sources[name]))
            if turn >= 3:  # the first steps compile and warm up
                times[name].append(1e3 * (perf_counter() - start))
    return {name: _row(each, times["one batch again and again"]) for name, each in times.items()}


def _row(times: list[float], bare: list[float]) -> dict[str, float]:
    """Median and quartiles of the step, and what it takes beyond a bare one of the same turn."""
    low, middle, high = quartiles(times)
    extra = statistics.median(a - b for a, b in zip(times, bare, strict=True))
    return {
        "median_ms": round(middle, 3),
        "quartile_1_ms": round(low, 3),
        "quartile_3_ms": round(high, 3),
        "extra_ms": round(extra, 3),
        "extra_share": round(extra / statistics.median(bare), 4),
    }


def parts(train: data.Dataset) -> dict[str, float]:
    """Milliseconds of the parts for one batch: on their own, with nothing beside them."""
    samples = np.arange(BATCH)
    images, labels = train.images[:BATCH], train.labels[:BATCH]
    door = Normalize(SHAPE[2]).init(0)
    door.fit(train.images)

    def changed(augment: Augment) -> Callable[[], Any]:
        return lambda: augment(
            images, labels, samples, seed=0, epoch=0, classes=CLASSES, source=train
        )

    return {
        "gather": milliseconds(lambda: train.images.take(samples, axis=0)),
        "normalise": milliseconds(lambda: door.forward(images)),
        **{f"preset {name}": milliseconds(changed(preset(name))) for name in PRESETS},
        **{kind.__name__: milliseconds(changed(Augment(kind()))) for kind in OPERATIONS.values()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--images", type=int, default=2560)
    options = parser.parse_args()
    train = random_images(options.images)
    alone, rows = parts(train), steps(train, options.steps)
    bare = rows["one batch again and again"]["median_ms"]
    for name, row in rows.items():
        print(f"{name:28} {row['median_ms']:9.2f} ms a step, {row['extra_share']:+7.2%}")
    for name, value in alone.items():
        print(f"{name:28} {value:9.3f} ms alone, {value / bare:7.2%} of a step")
    work = alone["gather"] + alone["preset crop-flip"] + alone["normalise"]
    beside = rows["augmented in the thread"]["extra_share"] + alone["normalise"] / bare
    print(f"crop, flip and normalize alone: {work / bare:.2%} of a step")
    print(f"in the thread: {beside:.2%}, with the normalization that is the model's own")
    record.write(
        RESULT,
        {
            "net": "models.vgg",
            "batch": BATCH,
            "pictures": "x".join(map(str, SHAPE)),
            "steps": options.steps,
            "step": rows,
            "alone_ms": alone,
            "share_alone": round(work / bare, 4),
            "share_overlapped": round(beside, 4),
        },
    )


if __name__ == "__main__":
    main()
