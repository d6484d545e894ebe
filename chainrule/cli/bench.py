"""chainrule bench"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from . import choices
from .arguments import Precision
from .show import say


def _flag(text: str) -> Parameter:
    return Parameter(negative="", help=text)


def bench(
    *nets: Annotated[
        str,
        Parameter(
            name="NET",
            help="mlp, conv, vgg, resnet18, mobilenet_v2; else all.",
            completer=choices.words(choices.registered("bench.nets", "NETS")),
        ),
    ],
    against: Annotated[
        str | None,
        Parameter(
            help="With commas: eager, channels-last, compile, bf16 or pytorch, jax, keras; and "
            "onnxruntime, for predictions."
        ),
    ] = None,
    precision: Precision = "float32",
    device: Annotated[
        str,
        Parameter(
            help="Where the arrays are: cpu, gpu, or gpu:1, the second one. On a GPU: whole steps, "
            "--predict and --same, beside PyTorch and its cuDNN.",
            completer=choices.words(lambda: ("cpu", "gpu")),
        ),
    ] = "cpu",
    batch_size: Annotated[int, Parameter(help="Images per step.")] = 128,
    steps: Annotated[int | None, Parameter(help="Steps timed for each; else --seconds.")] = None,
    seconds: Annotated[float | None, Parameter(help="Timed for each; else 10.")] = None,
    threads: Annotated[int | None, Parameter(help="Cores to use; else all.")] = None,
    predict: Annotated[bool, _flag("Time prediction, too.")] = False,
    same: Annotated[bool, _flag("First show that the nets are the same.")] = False,
    cold: Annotated[bool, _flag("Time the first step with empty caches, too.")] = False,
    layers: Annotated[bool, _flag("Instead: where the time of our step goes.")] = False,
    kernels: Annotated[bool, _flag("Instead: each heavy kernel on its own.")] = False,
    only: Annotated[
        str | None, Parameter(help="Of --kernels or --growth, those with this in their name.")
    ] = None,
    growth: Annotated[bool, _flag("Instead: larger batches, nets and images.")] = False,
    denormals: Annotated[bool, _flag("Instead: steps with weights of almost zero.")] = False,
    latency: Annotated[bool, _flag("Instead: the prediction of one image.")] = False,
    neighbor: Annotated[bool, _flag("Instead: steps beside a busy process.")] = False,
    out: Annotated[Path | None, Parameter(help="Write the figures to this JSON file.")] = None,
) -> None:
    """Time whole training steps side by side with other frameworks.

    Frameworks take turns, each in a process of its own, on the same net, batch and cores.
    """
    from .. import machine, require
    from ..bench import devices, frameworks, record
    from ..bench.modes import MODES
    from ..bench.nets import NETS, find
    from ..bench.options import BenchOptions
    from ..kernels.precision import known

    asked = {
        "layers": layers, "kernels": kernels, "growth": growth, "denormals": denormals,
        "latency": latency, "neighbor": neighbor,
    }  # fmt: skip
    modes = [name for name, on in asked.items() if on] or ["nets"]
    if len(modes) > 1:
        names = " and ".join(f"--{name}" for name in modes)
        raise InputError(f"{names}: expected one of them at a time")
    if only is not None and modes[0] not in ("kernels", "growth"):
        raise InputError("--only: expected beside --kernels or --growth")
    devices.check(device, modes[0], cold=cold)
    require.integer(1, batch_size=batch_size)
    if seconds is not None:
        require.positive(seconds=seconds)
    if steps is not None:
        require.integer(1, steps=steps)
    most = machine.usable_cores()
    if threads is not None and not 1 <= threads <= most:
        raise InputError(f"threads: expected 1 to {most}, the cores here, received {threads}")
    every = frameworks.FRAMEWORKS.values()
    able = [
        each.name
        for each in every
        if (predict or latency or not each.predicts_only)
        and frameworks.place(device) in each.places
    ]
    others = able if against is None else filter(None, against.split(","))
    options = BenchOptions(
        [find(name) for name in dict.fromkeys(nets)] or list(NETS.values()),
        frameworks.find([frameworks.OURS, *others], known(precision), device),
        batch_size, threads or most, seconds, steps, only, predict, same, cold, known(precision),
        device,
    )  # fmt: skip
    if out is not None:
        record.claim(out)  # before minutes of measuring
    say(_threads(threads, options.threads))
    if device != "cpu":
        say(f"device    {devices.described(device)}")
    records = list(MODES[modes[0]](options, say))
    if out is not None:
        say(f"wrote {printable(record.write(out, {modes[0]: records}))}")


def _threads(asked: int | None, used: int) -> str:
    """How many threads, and why so many."""
    from .. import machine

    cores = (
        "one a usable core" if asked is None else f"--threads, of {machine.usable_cores()} cores"
    )
    why = [machine.why_threads(kind) for kind in machine.THREAD_SETTINGS]
    limits = [setting for setting in dict.fromkeys(why) if "=" in setting]
    more = f"; ours are limited by {' and '.join(limits)}" if limits else ""
    return f"threads   {used} for each framework ({cores}{more})"
