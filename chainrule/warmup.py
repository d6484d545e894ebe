"""Compile the kernels now, so that no later command has to.

A kernel is compiled when it is first called, once for one thread and once for all of them, and
kept on disk. So warming up is calling: every model, optimizer, loss and activation takes a step
on a batch so small that one thread serves it, and a step on one so large that all do, and every
augmentation changes some images.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from . import compat, kernels, losses, models, optim
from .data import Dataset, augment
from .errors import InputError, did_you_mean
from .files import atomic_write
from .inference import Predictor
from .kernels.precision import PRECISIONS, using
from .layers import (
    ACTIVATIONS,
    Conv2d,
    GlobalAvgPool2d,
    Layer,
    Linear,
    Sequential,
    named_parameters,
)
from .losses import Loss, SoftmaxCrossEntropy
from .optim import SGD, Optimizer
from .step import forward_backward

IMAGE_SHAPE = (32, 32, 3)
CLASSES = 10
LARGE = 1 << 19  # numbers; from half of that all threads work

SIZES: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    # what a model cannot do without, and a small and a large batch of images
    "mlp": ({"hidden": (256, 64), "norm": "batch", "dropout": 0.2}, (4, 2048)),
    "resnet": ({"blocks": (1, 1), "widths": (64, 128)}, (2, 32)),
}
BATCHES = (2, 32)


@dataclass(frozen=True)
class Stage:
    """What was called, for how many seconds, and how many kernels that compiled."""

    name: str
    seconds: float
    compiled: int


def warm_up(
    names: Sequence[str] | None = None,
    begin: Callable[[str], None] = lambda name: None,
    end: Callable[[Stage], None] = lambda stage: None,
) -> list[Stage]:
    """What was called; nothing if all of it was called before, on this machine.

    ``begin`` hears the name of each stage, and ``end`` the stage. ``names`` are kinds of model,
    all of them for None; optimizers, losses and activations come with any. Raises InputError for
    an unknown name, and where the kernels cannot be kept.
    """
    chosen = tuple(models.MODELS if names is None else dict.fromkeys(names))
    for name in chosen:
        if name not in models.MODELS:
            raise InputError(f"--model: no model named {name!r}{did_you_mean(name, models.MODELS)}")
    if not compat.has_numba():
        raise InputError("there is nothing to compile: Numba is not installed")
    root = _root()
    stamps = {name: root / f"warm-{name}-{_digest()}" for name in chosen}
    stages: list[tuple[str, Callable[[], None]]] = [
        (name, lambda name=name: _model(name))  # type: ignore[misc]
        for name in chosen
        if not stamps[name].exists()
    ]
    if not stages:
        return []
    stages += [("optimizers", _optimizers), ("losses", _losses), ("activations", _activations)]
    stages += [("augmentation", _augmentation), ("neighbors", _neighbors)]
    stages += [("bfloat16", _bfloat16), ("prediction", _prediction)]
    done, before = [], _compiled(root)
    for name, call in stages:
        begin(name)
        start = perf_counter()
        call()
        after = _compiled(root)
        done.append(Stage(name, perf_counter() - start, after - before))
        end(done[-1])
        before = after
    if not before:
        raise InputError(
            f"compiled kernels cannot be kept in {root}: make it writable, or point "
            "NUMBA_CACHE_DIR at a folder that is"
        )
    for name in stamps:
        atomic_write(stamps[name], "")
    return done


def _root() -> Path:
    """The folder of all compiled kernels."""
    from .kernels.cpu import cache

    return cache.folder(cache.__file__).parent


def _digest() -> str:
    """Of all that decides what is compiled: our sources, Python, Numba, the processor and what of
    its features is switched on."""
    from .kernels import fastest

    fastest()  # it looks at the environment before Numba does
    import numba
    from numba.core.registry import cpu_target

    package = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for folder in ("inference", "kernels", "layers", "losses", "models", "optim"):
        for source in sorted((package / folder).rglob("*.py")):
            digest.update(source.name.encode() + source.read_bytes())
    processor = cpu_target.target_context.codegen().magic_tuple()  # as in the keys of its caches
    parts = (platform.python_version(), numba.__version__, *map(str, processor))
    digest.update("\n".join(parts).encode())
    return digest.hexdigest()


def _compiled(root: Path) -> int:
    return sum(1 for _ in root.glob("*/*.nbc"))


def _model(name: str) -> None:
    """Learn from and predict uint8 images, as training and evaluation do."""
    options, batches = SIZES.get(name, ({}, BATCHES))
    model = models.build(name, inputs=IMAGE_SHAPE, classes=CLASSES, **options).init(0)
    for size in batches:
        _step(model, np.zeros((size, *IMAGE_SHAPE), np.uint8), SGD(1e-3, momentum=0.9))
        model(np.zeros((size, *IMAGE_SHAPE), np.uint8))


def _step(model: Layer, x: Any, optimizer: Optimizer) -> None:
    forward_backward(model, x, np.zeros(len(x), np.int64), SoftmaxCrossEntropy())
    optimizer.step(named_parameters(model))


def _optimizers() -> None:
    for kind in _public(optim, Optimizer):
        width = LARGE // 512
        model = Sequential(Linear(4, 512), Linear(512, width), Linear(width, 4)).init(0)
        _step(model, np.zeros((2, 4), np.float32), kind(1e-3))


def _losses() -> None:
    for kind in _public(losses, Loss):
        criterion = kind()
        for size in (4, LARGE // CLASSES):
            logits = np.zeros((size, CLASSES), np.float32)
            labels = np.zeros(size, np.int64)
            try:
                criterion(logits, labels)
            except InputError:  # numbers, not labels, are its targets
                criterion(logits, np.zeros_like(logits))


def _activations() -> None:
    for name in ACTIVATIONS:
        model = ACTIVATIONS[name]().init(0)
        for size in (4, LARGE // CLASSES):
            y, cache = model.forward(np.zeros((size, CLASSES), np.float32))
            model.backward(y, cache)


def _augmentation() -> None:
    """Every operation, and a loss with the labels that mixing makes."""
    images = np.zeros((200, *IMAGE_SHAPE), np.uint8)  # so many that each change of some is drawn
    labels, samples = np.zeros(200, np.int64), np.arange(200)
    source = Dataset(images, labels, tuple(map(str, range(CLASSES))))
    for kind in augment.OPERATIONS.values():
        _, targets = augment.Augment(kind())(
            images, labels, samples, seed=0, epoch=0, classes=CLASSES, source=source
        )
        SoftmaxCrossEntropy()(np.zeros((200, CLASSES), np.float32), targets)


def _neighbors() -> None:
    """The nearest points, of pixels and of floats, by both distances."""
    for kind in (np.uint8, np.float32, np.float64):
        points = np.zeros((3, 4), kind)
        for power in (1, 2):
            kernels.fastest().nearest(points, points, 1, power)


def _bfloat16() -> None:
    """Convolutions and products in the other precisions: on tiles, where the CPU has them."""
    model = Sequential(
        Conv2d(3, 32, 3, padding=1), Conv2d(32, 64, 3, stride=2), Conv2d(64, 32, 1),
        GlobalAvgPool2d(), Linear(32, CLASSES),
    ).init(0)  # fmt: skip
    square = np.zeros((512, 512), np.float32)
    for precision in PRECISIONS:
        with using(precision):
            for size in BATCHES:
                _step(model, np.zeros((size, *IMAGE_SHAPE), np.float32), SGD(1e-3))
            kernels.of(square).matmul(square, square)


def _prediction() -> None:
    """What a prepared model runs: one loop has all of it."""
    Predictor(Sequential(Linear(4, CLASSES)).init(0))(np.zeros((1, 4), np.float32))


def _public(module: Any, base: type) -> list[Any]:
    found = [getattr(module, name) for name in dir(module)]
    return [x for x in found if isinstance(x, type) and issubclass(x, base) and x is not base]
