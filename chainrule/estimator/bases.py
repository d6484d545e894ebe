"""What an estimator inherits from scikit-learn, and what stands in its place without it."""

from __future__ import annotations

from typing import Any

from ..errors import InputError

NEEDED = "ImageClassifier needs scikit-learn 1.6 or newer: pip install 'chainrule[sklearn]'"

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data
except ImportError:

    class BaseEstimator:  # type: ignore[no-redef]
        """There is no estimator without scikit-learn; its name is there, and says so."""

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            raise InputError(NEEDED)

    class ClassifierMixin:  # type: ignore[no-redef]
        pass

    check_classification_targets = check_is_fitted = check_random_state = validate_data = None


__all__ = [
    "NEEDED",
    "BaseEstimator",
    "ClassifierMixin",
    "check_classification_targets",
    "check_is_fitted",
    "check_random_state",
    "validate_data",
]
