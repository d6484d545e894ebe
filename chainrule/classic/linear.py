"""Linear classifiers: a weight for each class and pixel, learned by gradient descent."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np

from .. import require
from ..data.order import permutation
from ..errors import InputError
from ..initializers import zeros
from ..layers import Linear, named_parameters
from ..losses import Loss, MulticlassHinge, SoftmaxCrossEntropy
from ..metrics import softmax
from ..optim import SGD
from ..penalties import L2
from ..schedules import Cosine
from ..step import forward_backward
from ..types import Array
from .centered import Centered
from .scores import LinearClassifier


class Descent(LinearClassifier):
    """A `chainrule.layers.Linear` on z = (x - mean) / scale, so that the mean of |z|² is 1 whatever
    the units of x, by SGD with Nesterov momentum 0.9 and a rate that falls by a cosine to 0.

    loss_curve_       the mean loss of each epoch, with its penalty
    accuracy_curve_   the share of right answers while each epoch went on
    """

    loss_curve_: list[float]

    def __init__(
        self,
        reg: float = 1e-5,
        *,
        lr: float = 1.0,
        epochs: int = 30,
        batch_size: int = 100,
        random_state: int = 0,
    ) -> None:
        self.reg = reg
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    @abstractmethod
    def _loss(self) -> Loss:
        """What is made small."""

    def _check(self, count: int) -> None:
        require.not_negative(reg=self.reg)
        require.positive(lr=self.lr)
        require.integer(1, epochs=self.epochs, batch_size=self.batch_size)
        require.integer(0, random_state=self.random_state)

    def _fit(self, x: Array, codes: Array) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # a rate too large is told below
            self._descend(x, codes)

    def _descend(self, x: Array, codes: Array) -> None:
        centered, size = Centered.of(x), min(self.batch_size, len(x))
        model = Linear(x.shape[1], len(self.classes_), init=zeros).init(0)
        parameters, penalty, loss = named_parameters(model), L2(self.reg), self._loss()
        bias = dict(parameters)["bias"]
        steps = self.epochs * math.ceil(len(x) / size)
        optimizer = SGD(Cosine(self.lr, steps), momentum=0.9, nesterov=True)
        self.loss_curve_, self.accuracy_curve_ = [], []
        for epoch in range(self.epochs):
            order = permutation(len(x), "classic", self.random_state, epoch)
            total, right = 0.0, 0
            for start in range(0, len(x), size):
                chosen = order[start : start + size]
                y = codes[chosen]
                value, scores = forward_backward(model, centered(x[chosen]), y, loss)
                total += (value + penalty(parameters)) * len(y)
                right += int((scores.argmax(axis=1) == y).sum())
                optimizer.step(parameters)
            if not math.isfinite(total):
                raise InputError(
                    f"lr: expected a rate that converges, received {self.lr:g}: the loss is no "
                    f"finite number after epoch {epoch + 1}; use {self.lr / 10:g}"
                )
            self.loss_curve_.append(total / len(x))
            self.accuracy_curve_.append(right / len(x))
        self.coef_, self.intercept_ = centered.undone(model.weight.value, bias.value)


class LinearSVM(Descent):
    """L = 1/N Σᵢ Σ_{k≠y} max(0, sᵢₖ - sᵢ_y + 1) + ½ reg Σ W²,  s = z W + b

    The multi-class support vector machine: each class that comes within 1 of the right one pays.
    Learned is a `chainrule.layers.Linear` on z = (x - mean) / scale, with which the mean of |z|² is
    1 whatever the units of x, by SGD with Nesterov momentum 0.9 and a rate that falls by a cosine
    to 0. Known after ``fit``: ``coef_`` and ``intercept_``, W (K, D) and b (K,) for x as it is
    given; ``templates_``, W as images (K, H, W, C); ``loss_curve_`` and ``accuracy_curve_``, of
    the training samples by epoch.

    x (D,) · W (D, K). ``fit``: InputError for a parameter out of its range, and for samples and
    labels that cannot be.

    Source: Weston and Watkins 1999, "Support vector machines for multi-class pattern recognition".

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> svm = LinearSVM().fit(train.images, train.labels)
    >>> svm.score(test.images, test.labels) > 0.94, svm.templates_.shape
    (True, (10, 8, 8, 1))
    """

    def _loss(self) -> Loss:
        return MulticlassHinge()


class SoftmaxRegression(Descent):
    """L = 1/N Σᵢ -log pᵢ_y + ½ reg Σ W²,  p = softmax(z W + b)

    Multinomial logistic regression. Learned on centered and scaled x by SGD; known after ``fit``
    is what `LinearSVM` says.

    x (D,) · W (D, K). ``fit``: InputError for a parameter out of its range, and for samples and
    labels that cannot be.

    Source: Cox 1958, "The regression analysis of binary sequences"; Böhning 1992 for more classes.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> model = SoftmaxRegression().fit(train.images, train.labels)
    >>> model.score(test.images, test.labels) > 0.94, model.predict_proba(test.images).shape
    (True, (359, 10))
    """

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (N, K)."""
        return softmax(self._scores(self._rows(X)))

    def _loss(self) -> Loss:
        return SoftmaxCrossEntropy()
