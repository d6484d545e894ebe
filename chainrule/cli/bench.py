"""chainrule bench"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from . import choices
from .say import say

if TYPE_CHECKING:
    from ..bench.contestants import Contestant
    from ..bench.nets import Net


@dataclass(frozen=True)
class Wish:
    """What was asked for, checked."""

    nets: list[Net]
    contestants: list[Contestant]
    batch_size: int
    threads: int
    seconds: float | None
    steps: int | None

    def time(self, seconds: float) -> float:
        """Seconds for each figure: those asked for, else ``seconds``."""
        return seconds if self.seconds is None else self.seconds


def bench(
    *nets: Annotated[
        str,
        Parameter(
            name="NET",
            help="mlp, conv, vgg, resnet18; else all four.",
            completer=choices.words(choices.registered("bench.nets", "NETS")),
        ),
    ],
    against: Annotated[
        str | None,
        Parameter(help="With commas: eager, channels-last, compile, bf16 or pytorch, jax, keras."),
    ] = None,
    batch_size: Annotated[int, Parameter(help="Images per step.")] = 128,
    steps: Annotated[int | None, Parameter(help="Steps timed for each; else --seconds.")] = None,
    seconds: Annotated[float | None, Parameter(help="Timed for each; else 10.")] = None,
    threads: Annotated[int | None, Parameter(help="Cores to use; else all.")] = None,
    predict: Annotated[bool, Parameter(negative="", help="Time prediction, too.")] = False,
    same: Annotated[
        bool, Parameter(negative="", help="First show that the nets are the same.")
    ] = False,
    cold: Annotated[
        bool, Parameter(negative="", help="Time the first step with empty caches, too.")
    ] = False,
    layers: Annotated[
        bool, Parameter(negative="", help="Instead: where the time of our step goes.")
    ] = False,
    kernels: Annotated[
        bool, Parameter(negative="", help="Instead: each heavy kernel on its own.")
    ] = False,
    only: Annotated[
        str | None, Parameter(help="Of --kernels or --growth, those with this in their name.")
    ] = None,
    growth: Annotated[
        bool, Parameter(negative="", help="Instead: larger batches, nets and images.")
    ] = False,
    denormals: Annotated[
        bool, Parameter(negative="", help="Instead: steps with weights of almost zero.")
    ] = False,
    out: Annotated[Path | None, Parameter(help="Write the figures to this JSON file.")] = None,
) -> None:
    """Time whole training steps side by side with other frameworks.

    Contestants take turns, each in a process of its own, on the same net, batch and cores.
    """
    from ..bench import record

    modes: dict[str, tuple[bool, Callable[[Wish], Iterator[tuple[str, Any]]]]] = {
        "--layers": (layers, _layers),
        "--kernels": (kernels, functools.partial(_kernels, only=only)),
        "--growth": (growth, functools.partial(_growth, only=only)),
        "--denormals": (denormals, _denormals),
    }
    asked = [name for name, (on, _) in modes.items() if on]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)}: expected one of them at a time")
    if only is not None and not (kernels or growth):
        raise InputError("--only: expected beside --kernels or --growth")
    wish = _wish(nets, against, batch_size, threads, seconds, steps)
    if out is not None:
        record.claim(out)  # before minutes of measuring
    say(_threads(threads, wish.threads))
    extras = functools.partial(_nets, predict=predict, check=same, cold=cold)
    run = modes[asked[0]][1] if asked else extras
    figures: dict[str, list[Any]] = {}
    for kind, one in run(wish):
        figures.setdefault(kind, []).append(one)
    if out is not None:
        say(f"wrote {printable(record.write(out, figures))}")


def _wish(
    nets: tuple[str, ...],
    against: str | None,
    batch_size: int,
    threads: int | None,
    seconds: float | None,
    steps: int | None,
) -> Wish:
    from .. import require
    from ..bench import contestants
    from ..bench import nets as known
    from ..machine import usable_cores

    require.whole(1, batch_size=batch_size)
    if seconds is not None:
        require.positive(seconds=seconds)
    if steps is not None:
        require.whole(1, steps=steps)
    most = usable_cores()
    if threads is not None and not 1 <= threads <= most:
        raise InputError(f"threads: expected 1 to {most}, the cores here, received {threads}")
    names = list(contestants.CONTESTANTS) if against is None else against.split(",")
    chosen = [known.find(name) for name in dict.fromkeys(nets)] or list(known.NETS.values())
    rivals = contestants.find([contestants.OURS, *filter(None, names)])
    return Wish(chosen, rivals, batch_size, threads or most, seconds, steps)


def _threads(asked: int | None, taken: int) -> str:
    """How many threads, and why so many."""
    from .. import machine

    cores = (
        "one a usable core" if asked is None else f"--threads, of {machine.usable_cores()} cores"
    )
    why = [machine.why_threads(kind) for kind in machine.THREAD_SETTINGS]
    limits = [setting for setting in dict.fromkeys(why) if "=" in setting]
    more = f"; ours are limited by {' and '.join(limits)}" if limits else ""
    return f"threads   {taken} for each contestant ({cores}{more})"


def _nets(
    wish: Wish, *, predict: bool, check: bool, cold: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    from ..bench import tables
    from ..bench.cold import cold as time_cold
    from ..bench.race import race

    size, threads = wish.batch_size, wish.threads
    for net in wish.nets:
        compared = _compare(net, wish) if check else {}
        done = race(
            net,
            wish.contestants,
            batch_size=size,
            threads=threads,
            seconds=wish.time(10.0),
            steps=wish.steps,
            predict=predict,
            say=say,
        )
        say(f"\n{tables.net(done)}\n")
        if compared:
            done["same"] = compared
        if cold:
            done["cold"] = time_cold(
                net, wish.contestants, batch_size=size, threads=threads, say=say
            )
            say(f"\n{tables.cold(done['cold'])}\n")
        yield "nets", done


def _compare(net: Net, wish: Wish) -> dict[str, dict[str, Any]]:
    from ..bench import tables
    from ..bench.contest import apart
    from ..bench.contestants import OURS
    from ..bench.same import same

    rows = {}
    for one in wish.contestants:
        if one.name != OURS and one.precision == "float32" and not one.unfit(net):
            say(f"{net.name}: comparing {one.name}")
            compare = functools.partial(same, net, one, threads=wish.threads)
            rows[one.name] = asdict(apart(compare, wish.threads))
    say(f"\n{tables.same(rows)}\n")
    return rows


def _layers(wish: Wish) -> Iterator[tuple[str, dict[str, Any]]]:
    from ..bench import tables
    from ..bench.contest import apart
    from ..bench.profile import profile

    for net in wish.nets:
        measure = functools.partial(profile, net, wish.batch_size, steps=wish.steps or 10)
        done = apart(measure, wish.threads)
        say(f"{tables.profile(done)}\n")
        yield "layers", done


def _kernels(wish: Wish, only: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    from ..bench import tables
    from ..bench.kernels import cases
    from ..bench.kernels.race import race

    chosen = cases.chosen(only)
    if not chosen:
        raise InputError(f"--only: no kernel has {only!r} in its name, such as 'conv 3x3 64>64'")
    done = race(
        chosen,
        batch_size=wish.batch_size,
        threads=wish.threads,
        seconds=wish.time(0.5),
        against=any(one.framework == "pytorch" for one in wish.contestants),
        say=say,
    )
    say(f"\n{tables.kernels(done)}")
    yield "kernels", done


def _growth(wish: Wish, only: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    from ..bench import tables
    from ..bench.growth import AXES
    from ..bench.growth import growth as measure

    axes = [axis for axis in AXES if only is None or only in axis.name]
    if not axes:
        names = "; ".join(axis.name for axis in AXES)
        raise InputError(f"--only: nothing that grows has {only!r} in its name: {names}")
    done = measure(axes, wish.contestants, threads=wish.threads, seconds=wish.time(1.0), say=say)
    say(f"\n{tables.growth(done)}")
    yield "growth", done


def _denormals(wish: Wish) -> Iterator[tuple[str, dict[str, Any]]]:
    from ..bench import tables
    from ..bench.denormals import denormals

    for net in wish.nets:
        done = denormals(
            net,
            wish.contestants,
            batch_size=wish.batch_size,
            threads=wish.threads,
            seconds=wish.time(3.0),
            steps=wish.steps,
        )
        say(f"{tables.denormals(done)}\n")
        yield "denormals", done
