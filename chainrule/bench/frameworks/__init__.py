"""Who can run: chainrule, and what others' frameworks can do on a CPU, or on a GPU.

Each has a class ``(net, batch_size, threads, **options)`` with

    step()     one whole training step; returns the loss
    predict()  the logits of the same batch, by the model in its predicting mode
    gradients()  the loss of the batch, and the gradient of each parameter in the layout of ours

or, if it ``predicts_only``, the second alone.

It imports its framework inside: this table is read where none is installed.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from ... import compat
from ...errors import InputError, did_you_mean
from ...kernels.precision import Precision
from ..nets import Net
from ..timing import Program, Setup

OURS = "chainrule"
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}  # it would be looked for, and complained about
PACKAGES = (*(("numba",) if compat.has_numba() else ()), "chainrule.models", "chainrule.optim")


@dataclass(frozen=True)
class Framework:
    """A framework in one of its modes: ``program`` is the module and class that run it.

    ``precision`` is that of its products. ``images`` says that without them it is another mode
    over again, ``predicts_only`` that it cannot train, ``places`` on what it runs: "cpu", "gpu".
    """

    name: str
    title: str
    framework: str
    program: str
    packages: tuple[str, ...]
    precision: str = "float32"
    options: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    images: bool = False
    predicts_only: bool = False
    places: tuple[str, ...] = ("cpu",)

    @property
    def missing(self) -> str | None:
        """The first package that is not installed."""
        return next((p for p in self.packages if find_spec(p.split(".")[0]) is None), None)

    def unfit(self, net: Net, verb: str = "step", device: str = "cpu") -> str | None:
        """Why it does not do that with this net here; None if it does."""
        if self.missing:
            return f"{self.missing} is not installed"
        if place(device) not in self.places:
            return f"it is timed on a {' and a '.join(self.places).upper()} alone"
        if self.predicts_only and verb != "predict":
            return "it only predicts: give --predict or --latency"
        if self.images and len(net.shape) == 1:
            return "without images the same as eager"
        return None

    def setup(
        self, net: Net, batch_size: int, threads: int, *, first: str = "step", device: str = "cpu"
    ) -> Setup:
        """How `timing.workers` sets it up; ``first`` is the verb that warms it up."""
        where = {} if device == "cpu" else {"device": device}
        factory = functools.partial(
            _program, self.program, net, batch_size, threads, **self.options, **where
        )
        first = "predict" if self.predicts_only else first
        return Setup(factory, self.packages, first=first, environment=self.environment)


def _program(program: str, *arguments: Any, **options: Any) -> Program:
    module, _, name = program.partition(".")
    kind = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return functools.partial(getattr, kind(*arguments, **options))


BOTH = ("cpu", "gpu")


def place(device: str) -> str:
    """ "cpu" or "gpu": of which kind a device is, as "gpu:1"."""
    return device.partition(":")[0]


def _torch(
    name: str, title: str, *, images: bool = False, places: tuple[str, ...] = BOTH, **options: Any
) -> Framework:
    precision = "bfloat16" if options.get("bf16") else "float32"
    return Framework(
        name, title, "pytorch", "pytorch.PyTorch", ("torch",), precision, options, images=images,
        places=places,
    )  # fmt: skip


FRAMEWORKS = {
    framework.name: framework
    for framework in (
        Framework(OURS, "chainrule", OURS, "ours.Ours", PACKAGES, places=BOTH),
        _torch("eager", "PyTorch eager"),
        _torch("channels-last", "PyTorch channels-last", channels_last=True, images=True),
        _torch("compile", "PyTorch torch.compile", channels_last=True, compiled=True),
        _torch("bf16", "PyTorch bf16 autocast", channels_last=True, bf16=True),
        _torch(
            "compile-bf16",
            "PyTorch torch.compile, bf16 autocast",
            channels_last=True,
            compiled=True,
            bf16=True,
            places=("gpu",),
        ),
        Framework("jax", "JAX and Optax, jit", "jax", "jax_twin.Jax", ("jax", "optax")),
        Framework(
            "keras",
            "Keras on TensorFlow",
            "keras",
            "keras_twin.Keras",
            ("tensorflow", "keras"),
            environment={"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow", **NO_GPU},
        ),
        Framework(
            "onnxruntime",
            "ONNX Runtime",
            "onnxruntime",
            "onnx_twin.OnnxRuntime",
            ("onnxruntime", "onnx"),
            predicts_only=True,
        ),
    )
}


def find(
    names: Iterable[str], precision: Precision = "float32", device: str = "cpu"
) -> list[Framework]:
    """The frameworks of these names; a framework's name means all of its modes on this device.
    Ours is in the given ``precision``.

    InputError for a name that is neither.
    """
    found: dict[str, Framework] = {}
    frameworks = {c.framework for c in FRAMEWORKS.values()}
    for name in names:
        chosen = [c for c in FRAMEWORKS.values() if name in (c.name, c.framework)]
        if not chosen:
            hint = did_you_mean(name, sorted(frameworks | set(FRAMEWORKS)))
            raise InputError(f"no framework named {name!r}{hint}")
        found |= {c.name: c for c in chosen if c.name == name or place(device) in c.places}
    return [
        replace(each, precision=precision, options={"precision": precision})
        if each.name == OURS
        else each
        for each in found.values()
    ]
