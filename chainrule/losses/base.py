"""What a loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..declared import Checked
from ..types import Array


class Loss(Checked, ABC):
    """A number to make small, and the gradient that says how.

        loss, dlogits = criterion(logits, targets)

    ``loss`` is a Python float, the mean over the batch; ``dlogits`` is its gradient, in the shape
    and dtype of ``logits``. Probabilities are never taken: a softmax or sigmoid before the loss
    would be a second one. Shapes must fit as they are, nothing broadcasts. Losses are frozen and
    hold no state: two with equal options are equal.

    Raises ShapeError for arrays of the wrong shape or dtype, InputError for values that no
    target can have (a label without an output, NaN).

    Logits, or outputs, are (N, K) for a classifier; each loss states its shapes.

    >>> from chainrule import losses
    >>> isinstance(losses.MSE(), Loss), losses.MSE() == losses.MSE()
    (True, True)
    """

    described = "a loss"

    @abstractmethod
    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]: ...
