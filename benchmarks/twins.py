"""The net and recipe of ``chainrule reproduce NAME`` in PyTorch, on the same batches.

    python -m benchmarks.twins A-cifar-cnn|D-resnet18|record-cifar [--precision bfloat16|float32]
                               [--seed 0] [--restart]

The same first weights, the same batches in the same order with the same augmentation, the same
rates at the same steps, decay and best epoch by validation; PyTorch's layers, autograd and
optimizers, channels last, in bfloat16 (autocast) or float32. Writes results/NAME-pytorch.json. A
killed training goes on from its last epoch, which is kept in runs/twins/.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from benchmarks.torch_muon import Muon
from chainrule import config as configuration
from chainrule import experiment, optim
from chainrule.bench import record
from chainrule.bench.frameworks.torch_twin import twin
from chainrule.data.loader import Loader
from chainrule.ensemble.augmented import augmented_views
from chainrule.experiment import Experiment
from chainrule.layers import named_parameters
from chainrule.recipes.a_cifar_cnn import CIFAR_CNN
from chainrule.recipes.d_resnet18 import SETTINGS as RESNET18
from chainrule.recipes.record_cifar import SETTINGS as AIRBENCH
from chainrule.training.fitting import make_ready

ROOT = Path(__file__).resolve().parents[1]
RECIPES = {"A-cifar-cnn": CIFAR_CNN, "D-resnet18": RESNET18, "record-cifar": AIRBENCH}
PRECISIONS = ("bfloat16", "float32")


class Training:
    """PyTorch's half of an `Experiment`: its module, its optimizer, and where it has got to."""

    def __init__(self, parts: Experiment, precision: str = "bfloat16") -> None:
        self.parts, self.precision = parts, precision
        model, config = parts.model, parts.config
        make_ready(model, parts.train)
        self.module, pairs = twin(model, parts.train.images.shape[1:])
        self.module = self.module.to(memory_format=torch.channels_last)
        self.loader = Loader(
            parts.train, config.batch_size, config.seed, augment=parts.augment, background=True
        )
        parameters = named_parameters(model)
        self.options = parts.optimizer.bind(parameters)
        self.groups = [
            {
                "params": [pairs[path].twin],
                "path": path,
                "orthogonal": parts.optimizer.rule(parameter.value) == "Muon",
            }
            for path, parameter in parameters
        ]
        self.optimizer = _optimizer(parts.optimizer, self.groups)
        self.criterion = torch.nn.CrossEntropyLoss(label_smoothing=config.loss.smoothing or 0.0)
        self.epoch, self.seconds = 0, 0.0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] = {}

    def run_epoch(self) -> dict[str, float]:
        """One more epoch, and what the validation says of it."""
        begun, losses = perf_counter(), []
        self.module.train()
        for images, labels in self.loader.batches(self.epoch):
            self._set_rates()
            self.optimizer.zero_grad(set_to_none=True)
            with self._autocast():
                loss = self.criterion(self.module(_tensor(images)), torch.from_numpy(labels))
            loss.backward()
            self.optimizer.step()
            self.parts.optimizer.steps += 1
            losses.append(float(loss.detach()))
        self.epoch += 1
        validation = self.accuracy(self.parts.validation.images, self.parts.validation.labels)
        self.seconds += perf_counter() - begun
        if validation > max((row["validation_accuracy"] for row in self.history), default=-1.0):
            self.best = {k: v.clone() for k, v in self.module.state_dict().items()}
        row = {
            "epoch": self.epoch,
            "loss": float(np.mean(losses)),
            "validation_accuracy": validation,
            "seconds": self.seconds,
        }
        self.history.append(row)
        return row

    def _set_rates(self) -> None:
        """The rates of the coming step, and the decay, which is apart from the gradient."""
        ours = self.parts.optimizer
        for group in self.optimizer.param_groups:
            options = self.options[group["path"]]
            group["lr"] = options.rate(ours.lr, ours.steps, ours.lr_scale)
            if isinstance(self.optimizer, Muon):
                group["weight_decay"] = options.weight_decay
            elif options.weight_decay:
                torch._foreach_mul_(
                    [w.data for w in group["params"]], 1 - group["lr"] * options.weight_decay
                )

    def logits(self, images: Any) -> Any:
        """(N, K) of uint8 (N, H, W, C), in prediction mode."""
        self.module.eval()
        with torch.inference_mode(), self._autocast():
            parts = [self.module(_tensor(part)).float() for part in _pieces(images)]
        return torch.cat(parts).numpy()

    def accuracy(self, images: Any, labels: Any) -> float:
        return float((self.logits(images).argmax(axis=1) == labels).mean())

    def test(self, *, views: bool) -> dict[str, float]:
        """Of the best epoch's weights, plain and with test-time augmentation."""
        self.module.load_state_dict(self.best)
        images, labels = self.parts.test.images, self.parts.test.labels
        found = {"test_accuracy": self.accuracy(images, labels)}
        if views:
            total = sum(self.logits(view) for view in augmented_views(images, "flip-shift"))
            answers = np.asarray(total).argmax(axis=1)
            found["with_test_time_augmentation"] = float((answers == labels).mean())
        return found

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "module": self.module.state_dict(), "optimizer": self.optimizer.state_dict(),
            "best": self.best, "history": self.history, "epoch": self.epoch,
            "steps": self.parts.optimizer.steps, "seconds": self.seconds,
            "precision": self.precision,
        }  # fmt: skip
        torch.save(state, file.with_suffix(".part"))
        os.replace(file.with_suffix(".part"), file)

    def load(self, file: Path) -> None:
        state = torch.load(file, weights_only=True)
        if state["precision"] != self.precision:
            raise SystemExit(f"{file} was trained in {state['precision']}: give --restart")
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best, self.history, self.epoch = state["best"], state["history"], state["epoch"]
        self.parts.optimizer.steps, self.seconds = state["steps"], state["seconds"]

    def _autocast(self) -> contextlib.AbstractContextManager[Any]:
        if self.precision == "bfloat16":
            return torch.autocast("cpu", torch.bfloat16)
        return contextlib.nullcontext()


def _optimizer(ours: optim.Optimizer, groups: Sequence[dict[str, Any]]) -> Any:
    if isinstance(ours, optim.Muon):
        return Muon(
            groups, steps=ours.ns_steps, momentum=ours.momentum, rest_momentum=ours.rest_momentum
        )
    if isinstance(ours, optim.SGD):
        return torch.optim.SGD(
            groups, 0.1, momentum=ours.momentum, nesterov=ours.nesterov, fused=True
        )
    raise SystemExit(f"PyTorch's twin of {ours!r} is not written yet")


def _tensor(images: Any) -> Any:
    """uint8 (N, H, W, C) as PyTorch's (N, C, H, W), channels last, not copied."""
    return torch.from_numpy(images).permute(0, 3, 1, 2)


def _pieces(images: Any, size: int = 500) -> Iterator[Any]:
    for start in range(0, len(images), size):
        yield np.ascontiguousarray(images[start : start + size])


def prepared(settings: dict[str, Any], seed: int) -> Experiment:
    """The recipe's own experiment."""
    given = {**settings, "seed": seed}
    return experiment.prepare(
        configuration.resolve(configuration.Settings(given, place="the recipe"))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--restart", action="store_true")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    training = Training(prepared(RECIPES[given.name], given.seed), given.precision)
    file = ROOT / "runs" / "twins" / f"{given.name}-seed{given.seed}.pt"
    if file.is_file() and not given.restart:
        training.load(file)
    while training.epoch < training.parts.config.epochs:
        print(json.dumps(training.run_epoch()), flush=True)
        training.save(file)
    figures = {
        "recipe": given.name,
        "precision": given.precision,
        "seed": given.seed,
        "seconds": training.seconds,
        "load": os.getloadavg()[0],
        **training.test(views=given.name == "record-cifar"),
        "history": training.history,
        "pytorch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    print(record.write(ROOT / "results" / f"{given.name}-pytorch.json", figures))


if __name__ == "__main__":
    main()
