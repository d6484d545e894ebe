"""A training that has gone wrong ends at once, and says where the first NaN or infinity was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import namespace
from ..distributed.group import agreed
from ..errors import CheckFailed
from ..layers import Layer, named_parameters
from ..layers.buffers import kept_buffers
from ..layers.observe import observe
from ..losses import Loss
from ..step import forward_backward
from ..types import Array
from .callbacks import Callback
from .recorder import StepRecorder, squares_of_gradients

if TYPE_CHECKING:
    from .trainer import Trainer


def first_nonfinite(model: Layer, x: Array, labels: Array, loss: Loss) -> str | None:
    """The first place of a training step that holds a NaN or an infinity, in a sentence.

    The step is taken again, forward, loss and backward, on the weights as they are: so it must
    be asked before the update (dropout drops other units than the first time). Looked at in
    order are the input, the parameters, each layer's output, the loss, each layer's input
    gradient and its parameters' gradients. None if all are finite. The model's gradients and
    buffers are left as they were.
    """
    found: list[str] = []

    def look(what: str, array: Array | None, *, after: str = "") -> None:
        if array is not None and not found and (count := describe(array)):
            found.append(f"{what} {count}{after}")

    def on_forward(path: str, layer: Layer, x: Array, y: Array) -> None:
        look(f"{_name(path, layer)} forward: the output holds", y, after="; its input is finite")

    def on_backward(path: str, layer: Layer, dy: Array, dx: Array | None) -> None:
        name = _name(path, layer)
        look(f"{name} backward: the input's gradient holds", dx, after="; dy is finite")
        for inner, parameter in named_parameters(layer):
            look(
                f"{name} backward: the gradient of {inner} holds", parameter.grad,
                after="; dy is finite",
            )  # fmt: skip

    def looked_at(logits: Array, labels: Array) -> tuple[float, Array]:
        value, dlogits = loss(logits, labels)
        if not math.isfinite(value) and not found:
            found.append(f"{type(loss).__name__}: the loss is {value}; the logits are finite")
        look(f"{type(loss).__name__}: the gradient of the logits holds", dlogits)
        return value, dlogits

    parameters = named_parameters(model)
    grads = [parameter.grad for _, parameter in parameters]
    model.clear_grads()
    try:
        look("the input holds", x)
        for path, parameter in parameters:
            look(f"parameter {path} holds", parameter.value)
        with (
            kept_buffers(model),
            np.errstate(all="ignore"),
            observe(model, on_forward, on_backward),
        ):
            forward_backward(model, x, labels, looked_at)
    finally:
        for (_, parameter), grad in zip(parameters, grads, strict=True):
            parameter.grad = grad
    return found[0] if found else None


def describe(array: Array) -> str:
    """ "3 NaN and 1 infinite of 1,280 numbers", or "" where all are finite."""
    xp = namespace(array)
    if not np.issubdtype(array.dtype, np.floating) or xp.isfinite(array).all():
        return ""
    nans, infinities = int(xp.isnan(array).sum()), int(xp.isinf(array).sum())
    counts = [f"{n:,} {what}" for n, what in ((nans, "NaN"), (infinities, "infinite")) if n]
    return f"{' and '.join(counts)} of {array.size:,} numbers"


def _name(path: str, layer: Layer) -> str:
    kind = type(layer).__name__
    return f"{path} ({kind})" if path else kind


class StopOnNonFinite(Callback):
    """Raise CheckFailed when the loss or a gradient is NaN or infinite, naming the first layer,
    forward or backward, where it appeared, and the command that replays the step if a
    `StepRecorder` has it.

    It looks before the update, so the weights in memory and in the checkpoint are still those
    of the last good step. The cost is one dot product over the gradients.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = cr.models.mlp((8, 8, 1), (8,), 10).init(0)
    >>> model.layers[2].weight.value[3, 4] = np.nan
    >>> trainer = cr.Trainer(model, callbacks=[StopOnNonFinite()])
    >>> try:
    ...     trainer.fit(train, epochs=1)
    ... except cr.CheckFailed as error:
    ...     print(str(error).partition(". The")[0])
    step 1 (epoch 1): the loss is nan; parameter layers.2.weight holds 1 NaN of 512 numbers
    """

    def on_gradient(self, trainer: Trainer) -> None:
        if is_finite(trainer):
            return
        where = None
        if trainer.last_batch is not None:
            where = first_nonfinite(trainer.model, *trainer.last_batch, trainer.loss)
        recorder = _recorder(trainer)
        told = trainer.group.exchange(where)
        found = [(rank, said) for rank, said in enumerate(told) if said]
        if found and trainer.group.size > 1:
            where = f"rank {found[0][0]}: {found[0][1]}"
        error = CheckFailed(
            f"step {trainer.step + 1} (epoch {trainer.epoch + 1}): the loss is "
            f"{trainer.last_loss:g}; {where or 'the first bad layer could not be found again'}. "
            "The weights are those before this step; a lower learning rate is the usual cure"
            + ("" if recorder is None else recorder.way_back(trainer.step + 1))
        )
        raise agreed(error)


def _recorder(trainer: Trainer) -> StepRecorder | None:
    """Asked in every step, and so without the checks of ``trainer.callback``."""
    return next((c for c in trainer.callbacks if isinstance(c, StepRecorder)), None)


def is_finite(trainer: Trainer) -> bool:
    """Whether the loss is, and all gradients of the coming update."""
    if not math.isfinite(trainer.last_loss):
        return False
    recorder = _recorder(trainer)
    known = None if recorder is None else recorder.squares(trainer)
    return all(map(math.isfinite, squares_of_gradients(trainer) if known is None else known))
