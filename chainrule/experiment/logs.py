"""The log of an experiment, as its table [log] asks for it."""

from __future__ import annotations

from ..config import Config
from ..training import Callback, Run
from ..training.logs import Activations, Gradients, Log, RowFiles, Steps, TensorBoard
from ..training.logs.log import Meter, Sink
from ..training.logs.tensorboard import writer


def check_log(config: Config) -> None:
    """Raise InputError if a package that the log needs is not there."""
    if "tensorboard" in config.log.to:
        writer()


def logs(config: Config, run: Run) -> list[Callback]:
    """One `Log`, or none where nothing is to be logged."""
    settings = config.log
    meters: list[Meter] = [Steps()]
    meters += [Gradients()] if settings.gradients else []
    meters += [Activations()] if settings.activations else []
    forms = dict.fromkeys(settings.to or (("csv",) if len(meters) > 1 else ()))
    if not forms:
        return []
    return [Log([_sink(f, run) for f in forms], meters, every_steps=settings.every_steps)]


def _sink(form: str, run: Run) -> Sink:
    if form == "tensorboard":
        return TensorBoard(run.logs / "tensorboard")
    return RowFiles(run.logs, form)
