"""The arguments of an estimator by name, as searches set them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Self

from ..errors import InputError
from ..hints import missing
from . import bases

PREFIXES = {"model__": "model_params", "optimizer__": "optimizer_params"}
"""Single entries of a dict: ``model__hidden`` is ``model_params["hidden"]``."""


class Parameters(bases.BaseEstimator):
    """Refuses arguments that there are not, and lets a search set entries of ``model_params``."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        _expect_known(cls, kwargs)
        made: Self = super().__new__(cls)
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments by name; if ``deep``, the entries of ``model_params`` and
        ``optimizer_params`` too, as ``model__hidden``."""
        params: dict[str, Any] = super().get_params(deep=deep)
        for prefix, name in PREFIXES.items() if deep else ():
            entries = params[name]
            if isinstance(entries, Mapping):
                params |= {f"{prefix}{key}": value for key, value in entries.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Change arguments by name: ``set_params(epochs=5, model__hidden=(64,))``. InputError for
        a name that is none."""
        entries: dict[str, dict[str, Any]] = {}
        for given in list(params):
            for prefix, name in PREFIXES.items():
                if given.startswith(prefix):
                    key = given.removeprefix(prefix)
                    entries.setdefault(name, {})[key] = params.pop(given)
        _expect_known(type(self), params)
        for name, value in params.items():
            setattr(self, name, value)
        for name, values in entries.items():
            setattr(self, name, {**(getattr(self, name) or {}), **values})
        return self


def _expect_known(kind: type, names: Iterable[str]) -> None:
    known = [name for name in inspect.signature(kind).parameters]
    for name in names:
        if name not in known:
            near = missing("ImageClassifier(…)", name, known)
            raise InputError(f"{kind.__name__} has no argument {name!r}{near}")
