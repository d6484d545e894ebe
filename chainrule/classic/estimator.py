"""scikit-learn's protocol of a classifier, for which scikit-learn itself is not needed.

A constructor keeps its arguments and checks nothing, ``fit`` checks them, learns, and sets what
ends in an underscore, and returns the classifier; `Pipeline`, `GridSearchCV`, `clone` and
`check_estimator` ask for no more than that.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np

from ..errors import InputError, did_you_mean
from ..types import Array, Shape
from . import feature_names, features, labels


class Classifier(ABC):
    """``fit(X, y)``, ``predict(X)`` and ``score(X, y)``.

    X is images, (N, H, W, C) or (N, H, W), or rows (N, D), of uint8 or any real numbers; y (N,) has
    labels of any kind. A data set may stand for both. Known after ``fit`` are

    classes_        (K,), the labels, sorted
    n_features_in_  D, the values of an image

    and ``feature_names_in_`` (D,) if X was a data frame.
    """

    _estimator_type = "classifier"
    classes_: Array
    n_features_in_: int
    feature_names_in_: Array

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from samples X with labels y. InputError for others, and for a parameter out of
        its range."""
        X, y = _pair(X, y)
        x, shape = features.rows(X)
        given = labels.column(y, type(self).__name__, len(x))
        self._check(len(x))
        self.classes_, codes = labels.encoded(given)
        self.n_features_in_ = x.shape[1]
        vars(self).pop("feature_names_in_", None)
        if (names := feature_names.of(X)) is not None:
            self.feature_names_in_ = names
        self._image_shape = shape
        self._fit(x, codes)
        return self

    def predict(self, X: Any) -> Array:
        """The class of each sample, (N,), in the kind of the labels. InputError before ``fit``, and
        for samples unlike those of it."""
        codes = self._codes(self._rows(X))
        chosen: Array = self.classes_[codes]
        return chosen

    def score(self, X: Any, y: Any = None) -> float:
        """The share of samples X whose label in y is the predicted one."""
        X, y = _pair(X, y)
        x = self._rows(X)
        given = labels.column(y, type(self).__name__, len(x))
        labels.expect_kind_of(self.classes_, given)
        return float(np.mean(self.classes_[self._codes(x)] == given))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, by name."""
        return {name: getattr(self, name) for name in _parameters(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Set arguments of the constructor by name. InputError for an unknown one."""
        known = _parameters(type(self))
        for name, value in params.items():
            if name not in known:
                raise InputError(
                    f"{type(self).__name__} has no parameter {name!r}{did_you_mean(name, known)}"
                )
            setattr(self, name, value)
        return self

    @property
    def image_shape_(self) -> Shape:
        """(H, W, C) of the images. InputError where X was flat and no square."""
        self._expect_fitted()
        found = features.image_shape(self._image_shape, self.n_features_in_)
        if found is None:
            raise InputError(
                f"X: expected images (N, H, W, C), or flat gray squares, received "
                f"(N, {self.n_features_in_:,}), which no image can be drawn of"
            )
        return found

    @abstractmethod
    def _check(self, count: int) -> None:
        """InputError for a parameter that cannot be, with so many samples."""

    @abstractmethod
    def _fit(self, x: Array, codes: Array) -> None:
        """Learn rows (N, D) with class numbers (N,)."""

    @abstractmethod
    def _codes(self, x: Array) -> Array:
        """The class numbers of rows, int64 (N,)."""

    def _rows(self, X: Any) -> Array:
        """Samples as rows such as those that were fitted."""
        self._expect_fitted()
        name = type(self).__name__
        feature_names.expect(name, vars(self).get("feature_names_in_"), feature_names.of(X))
        x, shape = features.rows(X)
        features.expect_alike(name, x, shape, self.n_features_in_, self._image_shape)
        return x

    def _expect_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            name = type(self).__name__
            way_out = f"write {name}().fit(images, labels)"
            raise _not_fitted()(f"this {name} is not fitted yet; {way_out}")

    def __sklearn_is_fitted__(self) -> bool:
        return "n_features_in_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(three_d_array=True),
        )

    def __repr__(self) -> str:
        defaults = _parameters(type(self))
        changed = {k: v for k, v in self.get_params().items() if repr(v) != repr(defaults[k])}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"


def _parameters(kind: type) -> dict[str, Any]:
    """The arguments of a constructor and their defaults."""
    return {p.name: p.default for p in inspect.signature(kind).parameters.values()}


def _pair(X: Any, y: Any) -> tuple[Any, Any]:
    """Images and labels, from both or from a data set."""
    if y is None and hasattr(X, "images") and hasattr(X, "labels"):
        return X.images, X.labels
    return X, y


def _not_fitted() -> type[InputError]:
    """An InputError, which is scikit-learn's NotFittedError, too, where that is in use."""
    known = getattr(sys.modules.get("sklearn.exceptions"), "NotFittedError", None)
    return InputError if known is None else type("NotFittedError", (InputError, known), {})
