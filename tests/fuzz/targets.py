"""The readers of a run's files, each with the file that it reads and what is done to it."""

from __future__ import annotations

import contextlib
import io
import pickle
import shutil
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import save

import chainrule as cr
from chainrule import layers
from chainrule.cli import main
from chainrule.data.splits import Split
from chainrule.layers import Signature
from chainrule.metrics import predict_probabilities
from chainrule.tensorfile import read_tensors, write_tensors
from chainrule.training import Checkpoint, EarlyStopping, History, Trainer
from chainrule.training.averaging import EMA
from chainrule.training.checkpoint import BestModel
from chainrule.training.clipping import ClipGlobalNorm
from chainrule.training.logs import RowFiles
from chainrule.training.plateau import ReduceOnPlateau
from chainrule.training.resume import resume_from
from chainrule.training.retention import checkpoints

from ..weights import torch_files
from .mutants import (
    Generator,
    mutate,
    mutate_csv,
    mutate_header,
    mutate_json,
    mutate_tensors,
    mutate_text,
    mutate_toml,
    mutate_value,
)
from .mutants_onnx import mutate_onnx

Mutator = Callable[[bytes, Generator], bytes]
TRAIN = ("train", "--epochs", "2", "--batch-size", "200", "--set", "model.hidden=[8]")


@dataclass(frozen=True)
class Target:
    """``read`` after one of ``mutators`` has changed the file at ``path``; InputError is fine."""

    name: str
    path: Path
    mutators: Sequence[Mutator]
    read: Callable[[], object]
    share: float


class Misread(AssertionError):
    """A reader that ended as it must not."""


def targets(home: Path) -> list[Target]:
    """A tiny run and its like in ``home``, and all that reads them."""
    runs, image = home / "runs", home / "image.png"
    Image.new("L", (8, 8), 100).save(image)
    _say(*TRAIN, "--runs", runs, "--name", "run")
    run = runs / "run"
    open_run = shutil.copytree(run, runs / "open")  # as one that was not finished
    (open_run / "metrics.json").unlink()
    bare = shutil.copytree(run, runs / "bare")  # without curves, which take long to draw
    (bare / "history.csv").unlink()
    (home / "pair").mkdir()
    shutil.copy(run / "model.safetensors", home / "pair" / "1.safetensors")
    zoo = home / "pair" / "0.safetensors"
    cr.save(_zoo(), zoo)
    shutil.copy(zoo, home / "pair" / "1.safetensors")
    (kept,) = checkpoints(_trained(home / "kept")).values()
    for form in ("csv", "jsonl"):
        _log(home / "logs", form)
    at = runs
    return [
        Target(
            "model", zoo, (mutate, mutate_header, _metadata, _metadata, _tensors),
            lambda: _use(zoo), 8,
        ),
        Target(
            "predict", run / "model.safetensors", (mutate, mutate_header, _metadata, _tensors),
            lambda: _say("predict", "run", image, "--runs", at), 4,
        ),
        Target(
            "evaluate", run / "model.safetensors", (_metadata, _tensors),
            lambda: _say("evaluate", "run", "--runs", at), 2,
        ),
        Target(
            "check", run / "model.safetensors", (_metadata, _tensors),
            lambda: _say("check", "run", "--runs", at, "--samples", 1), 0.5,
        ),
        Target(
            "ensemble", zoo, (_metadata, _tensors), lambda: cr.Ensemble.load(home / "pair"), 1
        ),
        Target(
            "checkpoint", kept, (mutate, mutate_header, _metadata, _metadata, _tensors),
            lambda: _go_on(home / "kept"), 6,
        ),
        Target(
            "configuration", run / "config.toml", (mutate_text, mutate_toml),
            lambda: cr.config.load(run / "config.toml"), 8,
        ),
        Target(
            "cost", run / "config.toml", (mutate_toml,),
            lambda: _say("cost", run / "config.toml"), 0.5,
        ),
        Target(
            "metrics", bare / "metrics.json", (mutate, mutate_json, mutate_json),
            lambda: _say("report", "bare", "--runs", at), 1.5,
        ),
        Target(
            "history", open_run / "history.csv", (mutate, mutate_csv, mutate_csv),
            lambda: _say("report", "open", "--runs", at), 0.5,
        ),
        Target(
            "split", run / "split.json", (mutate, mutate_json),
            lambda: Split.load(run / "split.json"), 1,
        ),
        *(
            Target(
                form, home / "logs" / f"steps.{form}", (mutate, change),
                lambda form=form: _log(home / "logs", form), 1,  # type: ignore[misc]
            )
            for form, change in (("csv", mutate_csv), ("jsonl", _lines))
        ),
        *(
            Target(form, path, changes, lambda path=path: _weights(path), 2)  # type: ignore[misc]
            for form, path, changes in _weight_files(home)
        ),
        *_onnx(home),
    ]  # fmt: skip


def _onnx(home: Path) -> list[Target]:
    """A small net in ONNX, where that is installed."""
    if find_spec("onnx") is None:
        return []
    L, path = layers, home / "net.onnx"
    body = L.Sequential(L.Conv2d(2, 2, 3, padding=1), L.BatchNorm(2), L.GELU())
    model = L.Sequential(
        L.Normalize(), L.Conv2d(1, 2, 3, stride=2, padding=1), L.Residual(body), L.ReLU6(),
        L.Parallel(L.MaxPool2d(2), L.AvgPool2d(2), merge=L.Concat()), L.GroupNorm(4, groups=2),
        L.PReLU(4), L.Flatten(), L.Maxout(16, 6), L.Linear(6, 3),
    ).init(0)  # fmt: skip
    model.signature = Signature((8, 8, 1), ("a", "b", "c"))
    cr.interop.to_onnx(model, path)
    return [Target("onnx", path, (mutate, *[mutate_onnx] * 4), lambda: _imported(path), 4)]


def _imported(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # onnx itself cannot run what some of them have become
        model = cr.interop.from_onnx(path)
    if model.signature is not None:
        model(np.zeros((1, *model.signature.image_shape), np.uint8))


def _zoo() -> layers.Layer:
    """A model of nearly every kind of layer, of images of 8x8."""
    L = layers
    graph = L.Graph(
        {
            "a": (L.Conv2d(4, 4, 3, padding="same", groups=2), "input"),
            "b": (L.SwitchableNorm(4), "a"),
            "sum": (L.Add(), "a", "b"),
            "act": (L.GELU(), "sum"),
        }
    )
    shared = L.ReLU()
    model = L.Sequential(
        L.Normalize(1),
        L.Conv2d(1, 4, 3, padding=1, init=cr.initializers.VarianceScaling()),
        L.BatchNorm(4),
        shared,
        L.Residual(
            L.Sequential(L.Conv2d(4, 4, 1), shared), L.WeightStandardization(L.Conv2d(4, 4, 1))
        ),
        L.MaxPool2d(3, 2, 1),
        graph,
        L.Parallel(L.GroupNorm(4, groups=2), L.InstanceNorm(4), merge=L.Concat()),
        L.AvgPool2d(2, ceil_mode=True),
        L.AdaptiveAvgPool2d((3, 2)),
        L.ConvTranspose2d(8, 4, 2, stride=2),
        L.LayerNorm(4),
        L.PReLU(4),
        L.Dropout(0.2),
        L.Flatten(),
        L.Maxout(96, 6),
        L.LeakyReLU(0.1),
        L.Linear(6, 10),
    ).init(0)
    model.signature = Signature((8, 8, 1), tuple("0123456789"))
    return model


def _weight_files(home: Path) -> list[tuple[str, Path, tuple[Mutator, ...]]]:
    """Weights of another library, by the name of the target: both of PyTorch's formats, a pickle of
    arrays, and safetensors. In an archive the pickle is changed, which a checksum would guard."""
    numbers = np.arange(6, dtype="<f4")
    program = torch_files.state_dict(a=torch_files.tensor(), b=torch_files.tensor())
    arrays = {"conv": [np.ones((2, 3), np.float32), np.zeros(3)]}
    contents = {
        "weights-zip": (torch_files.archive(program, {"0": numbers.tobytes()}), (mutate, _pickle)),
        "weights-stream": (torch_files.stream(program, {"0": (6, numbers.tobytes())}), (mutate,)),
        "weights-pickle": (pickle.dumps(arrays), (mutate,)),
        "weights-safe": (save({"a": numbers}), (mutate, mutate_header)),
    }
    for name, (content, _) in contents.items():
        (home / f"{name}.pth").write_bytes(content)
    return [(name, home / f"{name}.pth", changes) for name, (_, changes) in contents.items()]


def _weights(path: Path) -> None:
    try:
        found = cr.weights.read(path)
    except cr.InputError as error:
        if "memory" in str(error):  # a size that the file tells was believed
            raise Misread(str(error)) from None
        raise
    if sum(array.size for array in found.values()) > 1000:
        raise Misread(f"{found.keys()} of {[array.shape for array in found.values()]}")


def _pickle(content: bytes, rng: Generator) -> bytes:
    """An archive with other bytes in its pickle, and the checksum that belongs to them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["archive/data.pkl"] = mutate(members["archive/data.pkl"], rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return packed.getvalue()


def _use(path: Path) -> None:
    model = cr.load(path)
    assert model.signature is None or isinstance(model.signature, Signature)
    if model.signature is None:
        return
    blank = np.zeros((1, *model.signature.image_shape), np.uint8)
    p = predict_probabilities(model, blank)
    if p.shape != (1, len(model.signature.classes)):
        raise Misread(
            f"probabilities of shape {p.shape} for {len(model.signature.classes)} classes"
        )


def _trainer(folder: Path) -> Trainer:
    model = cr.models.mlp((8, 8, 1), (6,), 10, norm="batch", dropout=0.3)
    callbacks = [
        History(folder / "history.csv"), BestModel(folder / "best"), EarlyStopping(9), EMA(),
        ClipGlobalNorm(1.0), ReduceOnPlateau(),
    ]  # fmt: skip
    callbacks.append(Checkpoint(folder / "c", every_seconds=1e6, keep=1))  # type: ignore[arg-type]
    return Trainer(model, cr.optim.Adam(1e-2), callbacks=callbacks)


def _fit(trainer: Trainer, epochs: int) -> None:
    train, validation = cr.data.split(cr.data.digits()[0].take(np.arange(200)), 50)
    trainer.fit(train, validation, epochs=epochs, batch_size=75)


def _trained(folder: Path) -> Path:
    folder.mkdir()
    _fit(_trainer(folder), 2)
    for path in list(checkpoints(folder / "c").values())[:-1]:
        path.unlink()
    return folder / "c"


def _go_on(folder: Path) -> None:
    trainer = _trainer(folder)
    trainer.callbacks.pop()  # what it would save now is not to be read again
    resume_from(trainer, folder / "c", say=lambda text: None)
    with np.errstate(all="ignore"):  # a weight may be 3e38 now
        _fit(trainer, 3)


def _log(folder: Path, form: str) -> None:
    files = RowFiles(folder, form)
    files.open(20)
    files.write("steps", [{"step": s, "epoch": 0, "loss": 1 / s} for s in range(21, 30)])


def _say(*arguments: object) -> None:
    """A command, which ends well or with one line and exit code 2."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    said = err.getvalue()
    if code not in (0, 2) or len(said.splitlines()) != (code == 2) or "not enough memory" in said:
        raise Misread(f"exit code {code}, {said!r}")


def _metadata(content: bytes, rng: Generator) -> bytes:
    return _rewritten(content, lambda a, m: (a, mutate_value(m, rng)))


def _tensors(content: bytes, rng: Generator) -> bytes:
    return _rewritten(content, lambda a, m: (mutate_tensors(a, rng), m))


def _rewritten(content: bytes, change: Callable[[Any, Any], Any]) -> bytes:
    """A safetensors file with other arrays or metadata, and the digest that belongs to them."""
    path = Path("rewritten.safetensors")
    path.write_bytes(content)
    arrays, metadata = change(*read_tensors(path))
    write_tensors(path, arrays, metadata if isinstance(metadata, dict) else {"model": metadata})
    return path.read_bytes()


def _lines(content: bytes, rng: Generator) -> bytes:
    lines = content.splitlines()
    at = int(rng.integers(len(lines)))
    lines[at] = mutate_json(lines[at], rng)
    return b"\n".join(lines) + b"\n"
