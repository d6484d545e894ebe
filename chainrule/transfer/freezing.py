"""Parameters that stay as they are."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..layers.base import Layer, named_parameters
from ..layers.depth import find_head

BODY = "body"


@checked
def freeze(model: Layer, what: str = BODY) -> Layer:
    """Freeze parameters of ``model``, which is returned: "body", all but the head, or those whose
    path fits a pattern, as "layers.1.*".

    A frozen parameter takes no gradient, so that neither an optimizer nor its weight decay, nor a
    penalty, changes it, and no clipping counts it. A norm whose parameters are frozen uses its
    running statistics and leaves them as they are. Frozen layers before the first that learns
    predict: without dropout, and nothing of them is kept for the backward pass, which does not go
    there. A model file does not say what was frozen.

    InputError for a pattern that fits no path, for a model without a body, and if nothing would be
    left to learn: the model is then as it was.

    >>> from chainrule import models
    >>> model = freeze(models.mlp((8, 8, 1), (32,), 10))
    >>> [path for path, w in named_parameters(model) if not w.frozen]
    ['layers.4.weight', 'layers.4.bias']
    """
    parameters = named_parameters(model)
    chosen = _chosen(model, what)
    if all(parameter.frozen or path in chosen for path, parameter in parameters):
        raise InputError(
            f"what: expected a part of the model, received {what!r}, which leaves nothing to learn"
        )
    for path, parameter in parameters:
        parameter.frozen |= path in chosen
    return model


@checked
def unfreeze(model: Layer, what: str = "*") -> Layer:
    """Let parameters of ``model``, which is returned, learn again: all, "body", or those whose
    path fits a pattern. InputError for a pattern that fits none.

    >>> from chainrule import models
    >>> model = unfreeze(freeze(models.mlp((8, 8, 1), (32,), 10)))
    >>> any(w.frozen for _, w in named_parameters(model))
    False
    """
    chosen = _chosen(model, what)
    for path, parameter in named_parameters(model):
        parameter.frozen &= path not in chosen
    return model


def _chosen(model: Layer, what: str) -> set[str]:
    paths = [path for path, _ in named_parameters(model)]
    if what == BODY:
        head, _ = find_head(model)
        chosen = {path for path in paths if not path.startswith(f"{head}.")}
        if not chosen:
            raise InputError("what: expected a model with a body, received one that is a head")
        return chosen
    chosen = {path for path in paths if fnmatchcase(path, what)}
    if not chosen:
        near = did_you_mean(what, [BODY, *paths])
        few = f"; paths are such as {', '.join(paths[:3])}" if "did you mean" not in near else near
        raise InputError(f"what: no parameter fits {what!r}{few}")
    return chosen
