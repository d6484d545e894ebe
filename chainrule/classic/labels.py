"""What classic classifiers learn: classes that may be called anything."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from ..errors import ChainruleWarning, InputError
from ..printable import received
from ..text import plural
from ..types import Array


def column(y: Any, name: str, count: int) -> Array:
    """Labels (N,) of any kind, one for each of ``count`` samples. InputError for any others, and
    where there are none for the classifier called ``name``."""
    if y is None:
        raise InputError(
            f"this {name} estimator requires y to be passed, but the target y is None; give the "
            "labels, as in fit(images, labels)"
        )
    if hasattr(y, "toarray"):
        raise InputError("y: expected an array (N,), received a sparse matrix")
    try:
        array = np.asarray(y)
    except (ValueError, TypeError) as error:
        raise InputError(f"y: expected labels (N,): {error}") from None
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of "
            "y to (n_samples,), for example using ravel().",
            _known("DataConversionWarning", ChainruleWarning),
            stacklevel=4,
        )
        array = array[:, 0]
    if array.ndim != 1:
        raise InputError(
            f"y should be a 1d array (N,), received {received(array)}"
            + ("; for one-hot rows use y.argmax(axis=1)" if array.ndim == 2 else "")
        )
    _expect_classes(array)
    if len(array) != count:
        raise InputError(
            f"X, y: expected one label for each sample, received {plural(count, 'sample')} and "
            f"{plural(len(array), 'label')}"
        )
    return array


def encoded(y: Array) -> tuple[Array, Array]:
    """(the classes (K,), sorted, and the number of each label's class, int64 (N,)). InputError for
    fewer than two classes."""
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError:
        kinds = sorted({type(each).__name__ for each in y})
        raise InputError(
            f"y: expected labels of one kind, received {' and '.join(kinds)}; use y.astype(str)"
        ) from None
    if len(classes) < 2:
        raise InputError(
            "y: expected two classes or more, received one class: "
            f"{received(classes.tolist()[0])} for all of {plural(len(y), 'sample')}"
        )
    return classes, codes.astype(np.int64)


def expect_kind_of(classes: Array, y: Array) -> None:
    """InputError where labels to score against are text, and those of ``classes`` numbers, or the
    other way round: all would be wrong."""
    mine, theirs = (array.dtype.kind in "US" for array in (classes, y))
    if mine != theirs and "O" not in (classes.dtype.kind, y.dtype.kind):
        raise InputError(
            f"y: expected labels such as those of fit, {received(classes.tolist()[0])}, received "
            f"{received(y.tolist()[0])}"
        )


def _expect_classes(y: Array) -> None:
    if y.dtype.kind == "f":
        if not np.isfinite(y).all():
            raise InputError(
                f"Input y contains {'NaN' if np.isnan(y).any() else 'infinity'}: expected a class "
                "for each sample"
            )
        if (y != np.rint(y)).any():
            raise InputError(
                "Unknown label type: continuous. y: expected classes, received floats between "
                "whole numbers"
            )
    elif y.dtype.kind == "O":
        missing = [each for each in y if each is None or each != each]
        if missing:
            raise InputError(
                f"Input y contains NaN: expected a class for each sample, received {missing[0]}"
            )
    elif y.dtype.kind not in "iubUS":
        raise InputError(f"y: expected labels (N,), received {received(y)}")


def _known(name: str, otherwise: type[Warning]) -> type[Warning]:
    """scikit-learn's warning where it is in use; nobody can filter by it elsewhere."""
    return getattr(sys.modules.get("sklearn.exceptions"), name, otherwise)
