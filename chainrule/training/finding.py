"""The range test where one looks for it."""

from __future__ import annotations

import copy
from typing import Any

from ..declared import checked
from ..layers.base import Layer
from .fitting import as_model
from .lr_range import RangeTest, lr_range_test
from .trainer import Trainer


@checked
def lr_find(model: Layer | Trainer, data: Any, labels: Any = None, **options: Any) -> RangeTest:
    """The learning-rate range test of a model, with Adam, or of a trainer with what it has.

    ``data`` and ``labels`` are as in `Trainer.fit`, the ``options`` those of `lr_range_test`.
    Neither model nor trainer is changed.

    >>> import chainrule as cr
    >>> train, _ = cr.data.digits()
    >>> found = lr_find(cr.models.mlp((8, 8, 1), (16,), 10), train, steps=30)
    >>> 1e-6 < found.suggestion < 1
    True
    """
    trainer = model if isinstance(model, Trainer) else Trainer(copy.deepcopy(as_model(model)))
    return lr_range_test(trainer, data, labels, **options)
