"""An image classifier for scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from .. import require
from ..data.augment import Augment
from ..data.loader import cut
from ..device import DeviceName, run_on_host
from ..errors import InputError
from ..hints import Hinted
from ..kernels.precision import Precision
from ..layers.base import Layer
from ..losses import Loss
from ..metrics import softmax
from ..optim import Optimizer
from ..printable import received
from ..schedules import Schedule
from ..training.callbacks import Callback
from ..training.history import Row
from ..types import Array
from . import bases, course, labels, network, samples
from .packing import load_optimizer, packed, packed_optimizer, unpacked
from .parameters import Parameters

BATCH = 512  # images that are predicted at a time
FITTED = ("model_", "_optimizer", "history_", "loss_curve_", "validation_curve_", "n_iter_")


class ImageClassifier(Hinted, bases.ClassifierMixin, Parameters):
    """P(class k | x) = softmax(net(x))ₖ        X (N, F), (N, H, W) or (N, H, W, C) · y (N,)

    A net of chainrule as a classifier of scikit-learn: in a `Pipeline`, `GridSearchCV`,
    `cross_val_score`, `CalibratedClassifierCV`, with `clone`, pickle and joblib. The net is built
    in ``fit``, for the images and the classes that it is given.

        clf = ImageClassifier("mlp").fit(X, y)
        clf.predict(X2), clf.predict_proba(X2), clf.score(X2, y2)

    X are numbers of any range: pixels as uint8, in 0..255 or in 0..1, or features that a pipeline
    has made. They are standardized by the mean and standard deviation of each channel. Rows of F
    values are images of ``image_shape``; without it they are a square if F is a square number, else
    one row of F pixels, which an "mlp" does not mind. y are labels of any kind.

    model               a name of chainrule.models, a function of inputs (H, W, C) and
                        classes, or a model; one that has weights is trained on
    model_params        arguments of the model, {"hidden": (64,)}; model__hidden in a grid
    image_shape         (H, W, C) or (H, W) of rows of values
    epochs              how often each image is seen; "auto": 500 steps in 15 to 100 epochs
    batch_size          images of a step, or all if they are fewer
    optimizer           a name, a class, or an optimizer with a rate of its own
    optimizer_params    arguments of the optimizer, {"weight_decay": 0.01}
    learning_rate       the highest rate, or a schedule; None for one that suits
    schedule            "cosine", "linear", "polynomial" and "one-cycle" end with the epochs;
                        "constant"
    loss                a name of chainrule.losses, or a loss that takes logits
    class_weight        {label: weight}, or "balanced": inverse to the sums of the classes
    precision           of the products of a training: "float32", "bfloat16", "bf16x3"; predictions
                        are in float32
    device              "cpu", "gpu" or "gpu:1", where the net is trained, and predicts from then on
    augment             a preset as "crop-flip", or an Augment, of pixels
    early_stopping      hold back validation_fraction of the samples, stop after
                        n_iter_no_change epochs without a better accuracy on them, and go
                        back to the weights of the best epoch
    warm_start          begin with the weights of the last fit
    callbacks           of chainrule.training, copied for each fit
    random_state        a whole number, a RandomState, or None for another net each time
    verbose             show a line for each epoch

    After ``fit`` there are ``classes_`` (K,), ``n_features_in_``, ``model_``, the net, which
    ``model_.save(path)`` writes, ``n_iter_``, the number of epochs, ``history_``, a row of each,
    the losses ``loss_curve_``, and with early stopping the accuracies ``validation_curve_``.

    ``sample_weight`` (N,), 0 or more, makes the loss Σ wᵢ lᵢ / Σ wᵢ; a sample of weight 0 is left
    out. Held-back samples count alike. In the processes of a search each ``fit`` uses the threads
    that joblib leaves it.

    InputError, which is a ValueError, from ``fit`` for arguments and data that cannot be, such as a
    single class, and where scikit-learn 1.6 is not installed.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> clf = ImageClassifier("mlp", epochs=5, random_state=0).fit(train.images, train.labels)
    >>> clf.predict_proba(test.images).shape, clf.score(test.images, test.labels) > 0.9
    ((359, 10), True)
    """

    def __init__(
        self,
        model: str | Callable[..., Layer] | Layer = "mlp",
        *,
        model_params: Mapping[str, Any] | None = None,
        image_shape: Sequence[int] | None = None,
        epochs: int | str = "auto",
        batch_size: int = 64,
        optimizer: str | type[Optimizer] | Optimizer = "adam",
        optimizer_params: Mapping[str, Any] | None = None,
        learning_rate: float | Schedule | None = None,
        schedule: str = "cosine",
        loss: str | type[Loss] | Loss = "cross-entropy",
        class_weight: Mapping[Any, float] | str | None = None,
        precision: Precision = "float32",
        device: DeviceName = "cpu",
        augment: str | Augment | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        callbacks: Callback | Sequence[Callback] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.model = model
        self.model_params = model_params
        self.image_shape = image_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.optimizer_params = optimizer_params
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.loss = loss
        self.class_weight = class_weight
        self.precision = precision
        self.device = device
        self.augment = augment
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Build a net for X (N, F), (N, H, W) or (N, H, W, C) and labels y (N,), and train it.

        ``sample_weight`` (N,) says how much each sample counts. A data set may stand for both X and
        y. InputError for arguments and data that cannot be.
        """
        again = bool(self.warm_start) and hasattr(self, "model_")
        rows, targets = self._taken(X, y, first=not again)
        if again:
            labels.expect_same(targets, self.classes_, "y")
        else:
            self._begin(rows, np.unique(targets))
        numbers = labels.numbered(targets, self.classes_)
        rows, numbers, weights = labels.present(rows, numbers, sample_weight)
        labels.expect_several(numbers, self.classes_)
        images, seed = self._images(rows), self._seed()
        model = self.model_ if again else self._built(images, weights, seed)
        self._note(model, self._train(model, images, numbers, weights, seed))
        self.__dict__.pop("_optimizer", None)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch on X (N, F), (N, H, W) or (N, H, W, C) and y (N,), at a constant rate.

        The first call needs ``classes`` (K,), every label that will come, and measures the mean and
        standard deviation of the values. InputError as from ``fit``.
        """
        if self.early_stopping:
            raise InputError("early_stopping: expected False for partial_fit, received True")
        first = not hasattr(self, "model_")
        if first and classes is None:
            raise InputError(
                "classes: expected every label at the first call of partial_fit, as np.unique(y), "
                "received None"
            )
        rows, targets = self._taken(X, y, first=first)
        if first:
            self._begin(rows, np.unique(np.asarray(classes)))
            labels.expect_several(np.arange(len(self.classes_)), self.classes_)
        elif classes is not None:
            labels.expect_same(classes, self.classes_, "classes")
        numbers = labels.numbered(targets, self.classes_)
        rows, numbers, weights = labels.present(rows, numbers, sample_weight)
        images = self._images(rows)
        model = self._built(images, weights, self._seed()) if first else self.model_
        if not hasattr(self, "_optimizer"):
            self._stream, self._epoch = self._seed(), 0
            self._optimizer = course.optimizer_of(self, steps=0)
        goes_on = {"optimizer": self._optimizer, "epoch": self._epoch}
        rows_done = self._train(model, images, numbers, weights, self._stream, **goes_on)
        self._note(model, rows_done)
        self._epoch += 1
        return self

    def predict(self, X: Any) -> Array:
        """The most probable label of each of X (N, F), (N, H, W) or (N, H, W, C): (N,)."""
        places = self._logits(X).argmax(axis=1)
        chosen: Array = self.classes_[places]
        return chosen

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, float32 (N, K), in the order of ``classes_``."""
        return softmax(self._logits(X))

    def decision_function(self, X: Any) -> Array:
        """The logits, float32 (N, K); of two classes (N,), the second minus the first."""
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """The share of X (N, F), (N, H, W) or (N, H, W, C) whose label in y (N,) is predicted."""
        X, y = samples.pair(X, y)
        return float(super().score(X, y, sample_weight=sample_weight))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name, put in (("model_", packed), ("_optimizer", packed_optimizer)):
            if name in state:
                state[name] = put(state[name])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        arrays = state.pop("_optimizer", None)
        if "model_" in state:
            state["model_"] = unpacked(state["model_"])
        super().__setstate__(state)
        if arrays is not None:
            self._optimizer = load_optimizer(course.optimizer_of(self, steps=0), arrays)

    def _taken(self, X: Any, y: Any, *, first: bool) -> tuple[Array, Array]:
        """(rows float32 or uint8 (N, F), labels (N,)), as scikit-learn checks them."""
        X, y = samples.pair(X, y)
        rows, picture = samples.as_rows(X)
        rows, targets = bases.validate_data(self, rows, y, reset=first, **samples.TAKEN)
        bases.check_classification_targets(targets)
        if first:
            self._shape = samples.image_shape(picture, rows.shape[1], self.image_shape)
        samples.expect_shape(picture, self._shape)
        return rows, targets

    def _begin(self, rows: Array, classes: Array) -> None:
        """Forget an earlier fit, and learn what the data look like."""
        for name in FITTED:
            self.__dict__.pop(name, None)
        self.classes_ = classes
        self._unit = samples.unit_of(rows)
        self._range = float(rows.min()), float(rows.max())

    def _images(self, rows: Array) -> Array:
        images = samples.images_of(rows, self._shape, self._unit)
        return images if self.augment is None else samples.as_pixels(images, self._unit)

    def _built(self, images: Array, weights: Array | None, seed: int) -> Layer:
        """A net that knows what the images look like."""
        classes = network.names(self.classes_)
        try:
            model = network.build(self.model, self.model_params, self._shape, classes, seed)
        except InputError as error:
            unknown = self._shape[0] == 1 and self.image_shape is None
            way_out = "; say what the rows are with image_shape=(H, W, C)" if unknown else ""
            raise InputError(f"{error}{way_out}") from None
        samples.standardize(model, images, weights)
        return model

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            require.integer(0, random_state=self.random_state)
            return int(self.random_state)
        try:
            drawn = bases.check_random_state(self.random_state).randint(2**31 - 1)
        except ValueError:
            raise InputError(
                "random_state: expected a whole number, a RandomState or None, received "
                f"{received(self.random_state)}"
            ) from None
        return int(drawn)

    def _train(
        self,
        model: Layer,
        images: Array,
        numbers: Array,
        weights: Array | None,
        seed: int,
        **goes_on: Any,
    ) -> list[Row]:
        given = samples.Samples(images, numbers, network.names(self.classes_))
        factors = labels.class_weight(self.class_weight, self.classes_)
        return course.train(self, model, given, weights, factors, seed, **goes_on)

    def _note(self, model: Layer, rows: list[Row]) -> None:
        """The net is fitted; add these epochs to the record."""
        self.model_ = model
        self.history_ = [*getattr(self, "history_", []), *rows]
        self.loss_curve_ = [row["loss"] for row in self.history_]
        self.n_iter_ = len(self.history_)
        if self.early_stopping:
            self.validation_curve_ = [row["validation_accuracy"] for row in self.history_]

    def _logits(self, X: Any) -> Array:
        bases.check_is_fitted(self)
        rows, picture = samples.as_rows(samples.pair(X, None)[0])
        rows = bases.validate_data(self, rows, reset=False, **samples.TAKEN)
        samples.expect_shape(picture, self._shape)
        samples.warn_of_range(rows, self._range)
        parts = [rows[part] for part in cut(len(rows), BATCH)]
        images = (samples.images_of(part, self._shape, self._unit) for part in parts)
        return np.concatenate([run_on_host(self.model_, some) for some in images])
