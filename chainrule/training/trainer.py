"""The training loop, and nothing else: what is shown, saved or stopped is a callback's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from numbers import Real
from typing import Any, TypeVar

from .. import require
from ..data.augment import Augment
from ..data.dataset import Dataset
from ..data.loader import Loader, worth_a_thread
from ..declared import checked
from ..device import Device
from ..distributed.agreement import expect_equal_weights
from ..distributed.evaluation import evaluate_together
from ..distributed.group import Group
from ..distributed.replica import Replica
from ..distributed.shards import Part
from ..errors import InputError
from ..hints import Hinted
from ..kernels.instructions import tell
from ..kernels.precision import Precision, known, using
from ..layers.base import Layer, as_batch, named_parameters
from ..layers.several import smallest_batch
from ..losses import Loss
from ..losses.checks import expect_soft
from ..metrics import Evaluation
from ..optim import Optimizer
from ..penalties import Penalty
from ..ranges import PositiveInt, Whole
from ..step import Criterion, forward_backward
from ..types import Array
from .averaging import Average, with_average
from .budget import TimeBudget
from .callbacks import Callback, expect_state
from .features import FeatureExtraction, Features
from .fitting import (
    DEFAULT_BATCH,
    Fitting,
    as_average,
    as_callbacks,
    as_flag,
    as_group,
    as_loss,
    as_model,
    as_optimizer,
    as_penalty,
    datasets,
    expect_trainable,
    fresh_norms,
    labeled,
    make_ready,
    named_alike,
    smallest_part,
)
from .history import History, shown
from .lr_range import RangeTest, lr_range_test
from .placement import Placement, expect_alone, fitting_batch
from .weighting import MIXED, criterion, image_weights

C = TypeVar("C", bound=Callback)


class Trainer(Hinted):
    """Fit a model to labeled images.

    InputError for an option that cannot be, and from ``fit`` and ``evaluate`` for data that do not
    fit the model.

    >>> from chainrule import data, models, optim
    >>> train, test = data.digits()
    >>> trainer = Trainer(models.mlp((8, 8, 1), (32,), 10), optim.Adam(3e-3), seed=0)
    >>> history = trainer.fit(train, epochs=3, batch_size=32)
    >>> trainer.evaluate(test).accuracy > 0.85
    True

    Every random choice follows from ``seed``: the first weights of a model that has none, the
    order of the images, the units that dropout drops. The same seed gives the same weights.

    ``accumulate=k`` takes each batch in k parts, one after the other, and adds their gradients
    before the update: for batches that do not fit the memory. ``batch_size`` stays the number of
    images of an update, and the update is that of the whole batch (a short last one included)
    for any loss that is a mean over images. Not so with layers that look across the batch or
    draw: batch norm takes the statistics of each part, dropout drops other units.

    For a model with batch norm a last batch of one image joins the batch before it, and so does a
    last part of one image: see `chainrule.training.fitting`.

    ``average`` is an `EMA` or `SWA` of the weights. Training goes on with the weights as they are;
    ``evaluate``, the validation of each epoch and `BestModel` take the average, as soon as there
    is one. It is taken after the callbacks that change weights, unless it is in ``callbacks`` too,
    which is then its place. ``average.copy_to(model)`` gives the model its weights for good.

    ``precision`` is that of the products of linear layers and convolutions, forward and backward,
    and in validation: "float32", "bfloat16", "bf16x3" or "float32-strict", see
    `chainrule.kernels.precision`. Weights, norms, losses and updates are float32 in all of them.

    ``group`` is `chainrule.distributed.world()` where ``mpiexec`` runs the script in several
    processes: each takes its share of every batch, and all have the same weights after it. Batch
    norm then takes the statistics of each one's share or, with ``sync_batch_norm``, those of the
    whole batch, which makes the training that of a single process. Every process calls ``fit`` and
    ``evaluate``, with the same data.

    ``device`` is "cpu", "gpu" or "gpu:1", where the model is brought to; None leaves it where it
    is. Images go there once if they fit, otherwise batch by batch. A model file and a checkpoint
    are the same from every device, so that a training begun on one goes on on another.

    Layers that are frozen (`chainrule.transfer.freeze`) run once over the images, and not in every
    epoch, unless these are augmented: see `chainrule.training.features`.
    """

    def __init__(
        self,
        model: Layer,
        optimizer: Optimizer | type[Optimizer] | str | None = None,
        *,
        loss: Loss | type[Loss] | str | None = None,
        penalty: Penalty | None = None,
        seed: int = 0,
        accumulate: int = 1,
        precision: Precision = "float32",
        average: Average | type[Average] | str | None = None,
        callbacks: Callback | Sequence[Callback | type[Callback]] = (),
        group: Group | None = None,
        sync_batch_norm: bool = False,
        device: str | Device | None = None,
    ) -> None:
        require.integer(1, accumulate=accumulate)
        require.integer(0, seed=seed)
        average = as_average(average)
        model = as_model(model)
        self.model = model if model.initialized else model.init(seed)
        if device is not None:
            model.to(device)
        self.parameters = named_parameters(model)
        self.fresh_norms = fresh_norms(model)
        self.optimizer = as_optimizer(optimizer)
        self.optimizer.bind(self.parameters)
        self.loss, self.penalty = as_loss(loss), as_penalty(penalty)
        self.seed, self.accumulate = seed, accumulate
        self.precision = known(precision)
        if not model.device.is_gpu:
            tell(self.precision)
        self.average, self.callbacks = average, as_callbacks(callbacks)
        self.group = as_group(group)
        if self.group.size > 1:
            expect_alone(model, self.group)
        self.sync_batch_norm = as_flag("sync_batch_norm", sync_batch_norm)
        self.replica = Replica(self.group, model, accumulate, joint=self.sync_batch_norm)
        self.train: Dataset | None = None  # while it is trained on
        if self.callback(History) is None:
            self.callbacks.insert(0, History())
        if average is not None:
            self.callbacks = with_average(
                self.callbacks, average, first=int(isinstance(self.callbacks[0], History))
            )
        self.epoch = self.step = self.batch = 0  # finished: epochs, steps, steps of this epoch
        self.batches = self.epochs = 0  # to do: steps an epoch, epochs in all
        self.samples_seen = self.correct = 0  # of this epoch
        self.loss_sum = 0.0
        self.last_loss = 0.0
        self._last_batch: tuple[Array, Array] | None = None
        self._images: Callable[[], tuple[Array, Array]] | None = None  # of a step on features
        self.validation: Evaluation | None = None
        self.held_back = 0  # images in the validation
        self.budget: TimeBudget | None = None  # of the last call of fit
        self.fitting = Fitting()  # the data and the cut that ``batch`` counts in
        self._extraction = FeatureExtraction(self.model, self.group)
        self._device = model.device  # at the last call of fit
        self.transient: TimeBudget | None = None  # the budget of this very call of fit
        self.stop = False  # end after this step, to be resumed
        self.done = False  # this step was the last of all, wherever in an epoch it is

    @checked
    def fit(
        self,
        train: Any,
        labels: Any = None,
        validation: Any = None,
        *,
        epochs: PositiveInt = 10,
        batch_size: Whole | None = None,
        time_budget: float | None = None,
        augment: Augment | None = None,
        progress: bool | None = None,
        sample_weight: Any = None,
        class_weight: Any = None,
    ) -> History:
        """Train until ``epochs`` epochs are done in all, and return the record of each.

            fit(train, validation)                  two data sets
            fit(X, y, validation=(X2, y2))          arrays: see `Dataset` for what they may be

        ``batch_size`` is 128, or all images if they are fewer, unless it is given.

        A second call with a larger number goes on where the first ended. If that was inside an
        epoch, by Ctrl-C or ``trainer.stop``, the rest of the epoch is made up for with the same
        ``train`` and ``batch_size``; with others it is begun again, so that no image is left out.
        Callbacks end it early by setting ``trainer.stop``. With a ``time_budget`` in seconds this
        call ends by then, and its schedule with it: see `TimeBudget`. The next call has its own
        budget or none, and the schedule as it was; ``trainer.budget`` says what was spent.

        A model that knows its classes trains and validates on data whose classes have the same
        names in any order; InputError for other names. InputError too where batch norm or another
        norm would learn from one value at a time, as with a ``batch_size`` of 1.

        ``augment`` changes the images that are trained on, beside the training;
        those that are validated on stay as they are. InputError if it mixes labels and the loss
        takes none that are mixed.

        ``sample_weight`` s (N,), one number of 0 or more for each image, and ``class_weight`` c, by
        name or number of a class (1 for those left out), or "balanced", which gives all classes
        the same sum, make the loss L = Σ wᵢ lᵢ / Σ wᵢ, wᵢ = sᵢ c[labelᵢ]: an image of weight 2
        counts as if it were there twice. Accuracies, and the validation, count each image once.
        InputError for negative weights, for weights that are all 0, and with images mixed by
        ``augment``.

        ``progress`` shows a line for each epoch, and a bar. If it is None it does so in a terminal
        and in a notebook, and is silent where nobody looks: in a pipe, a test, a program's output.
        """
        train, validation = datasets(self.model, train, labels, validation)
        if batch_size is None:
            batch_size = max(1, min(DEFAULT_BATCH, len(train)))
        if augment is not None and augment.mixes:
            expect_soft(self.loss, len(train.classes), "augment")
        budget = self._budget_of(time_budget)
        train, validation = named_alike(self.model, train, validation)
        weights = image_weights(train, sample_weight, class_weight)
        if weights is not None and augment is not None and augment.mixes:
            raise InputError(MIXED)
        loader = Loader(
            train, batch_size, self.seed, augment=augment,
            background=worth_a_thread(train, batch_size, augment),
            smallest=smallest_batch(self.model),
            weights=weights, places=self.replica.places,
        )  # fmt: skip
        make_ready(self.model, train)
        expect_trainable(self.model, train, batch_size, self.accumulate)
        self.replica.expect_enough(batch_size)
        self.replica.least = smallest_part(self.model, batch_size, self.accumulate)
        fitting = Fitting.of(train, validation, batch_size, self.seed)
        self.replica.expect_alike({**fitting.state(), "epochs": epochs, "step": self.step})
        self._take_up(fitting, len(loader))
        self.epochs, self.train = epochs, train
        self.held_back = 0 if validation is None else len(validation)
        self._follow_model()
        with (
            self.model.device.current(),
            fitting_batch(self.model, self.optimizer, train, batch_size, self.accumulate),
            self._within(budget),
            shown(self, progress if self.group.leads else False),
        ):
            self._train(loader, validation, epochs)
        return self.history

    def _follow_model(self) -> None:
        """Bring to the model's device what was remembered of it on another."""
        device = self.model.device
        if device != self._device:
            self._device = device
            expect_alone(self.model, self.group)
            self.optimizer.bind(self.parameters)
            for callback in self.callbacks:
                callback.load_arrays(
                    {name: device.put(array) for name, array in callback.arrays().items()}
                )

    def _train(self, loader: Loader, validation: Dataset | None, epochs: int) -> None:
        """The loop: epochs of steps, and what callbacks have to do with them."""
        placement = Placement()
        try:
            self._notify("on_start")
            while self.epoch < epochs and not self._ending():
                with using(self.precision):
                    source, judge = self._extraction.data(loader, validation, self._asked_to_stop)
                if self._ending():
                    break
                batches = placement.batches(source, self._device, self.epoch, self.batch)
                for batch in self.replica.timeline.each("batch", batches):
                    self._images = (
                        None if source is loader
                        else partial(_dealt, loader, self.epoch, self.batch)
                    )  # fmt: skip
                    if self.group.size > 1:
                        self._step(*batch, of=loader.size(self.batch))
                    else:
                        self.train_step(*batch)
                    if self._ending():
                        break
                if self.epoch_over:
                    self._finish_epoch(judge)
            self._notify("on_finish")
        except BaseException:
            self._notify("on_error")
            raise
        finally:
            self._images = None
            self._extraction.forget()

    def _ending(self) -> bool:
        """Whether to leave off. What one rank is asked to do, all do."""
        if self.group.size > 1:
            self.stop = self.group.any(self.stop)
        return self.stop or self.done

    def _asked_to_stop(self) -> bool:
        """Whether this rank is to leave off, which goes on telling the others that it is there."""
        self.group.pulse(0.0)
        return self.stop

    @property
    def last_batch(self) -> tuple[Array, Array] | None:
        """The images (n, H, W, C) and labels, (n,) or (n, K), of the last step, on its device;
        None before it."""
        if self._images is None:
            return self._last_batch
        images, labels = self._images()
        return self._device.put(images), self._device.put(labels)

    def train_step(self, images: Array, labels: Array, weights: Array | None = None) -> None:
        """One step on images (n, H, W, C), labels, (n,) or (n, K), and weights (n,) of the images
        if they differ: forward, loss and backward for each part of the batch, then the update."""
        images, labels = as_batch("images", images), as_batch("labels", labels)
        if self._device.is_gpu:
            images, labels = self._device.put(images), self._device.put(labels)
            weights = None if weights is None else self._device.put(weights)
        of = len(labels)
        if self.group.size > 1:
            own = self.replica.shards.places(of)
            images, labels = images[own], labels[own]
            weights = None if weights is None else weights[own]
        self._step(images, labels, weights, of=of)

    def _step(self, images: Array, labels: Array, weights: Array | None = None, *, of: int) -> None:
        """One step on this rank's images of a batch of ``of``; on one rank they are all."""
        loss, correct, start = 0.0, 0, 0
        timeline = self.replica.timeline
        parts = self.replica.shards.parts(of)
        for part in parts:
            rows = slice(start, start := start + part.count)
            loss_of = criterion(self.loss, None if weights is None else weights[rows])
            with self.replica.computing(part, last=part is parts[-1]):
                share, right = self._backward(images[rows], labels[rows], loss_of, part)
            loss, correct = loss + share, correct + right
        loss, correct = self.replica.summed(loss, correct, parts)
        self._last_batch = images, labels
        self.last_loss = loss + (self.penalty(self.parameters) if self.penalty else 0.0)
        self._notify("on_gradient")
        with timeline.span("update"):
            self.optimizer.step(self.parameters)
        self.step += 1
        self.batch += 1
        self.samples_seen += of
        self.correct += correct
        self.loss_sum += loss * of
        self._notify("on_step")

    def _backward(
        self, images: Array, labels: Array, loss_of: Criterion, part: Part
    ) -> tuple[float, int]:
        """Add the gradients of a part of a batch; its share of the loss, and how many it got
        right."""
        share = part.weight
        with using(self.precision):
            loss, logits = forward_backward(
                self._extraction.network, images, labels, self.replica.halving(loss_of), share=share
            )
        named = labels if labels.ndim == 1 else labels.argmax(axis=1)  # soft targets name the top
        right = int((logits.argmax(axis=1) == named).sum())
        return share * loss, right if part.shard.counted else 0

    def evaluate(self, dataset: Any, labels: Any = None) -> Evaluation:
        """Loss, accuracy with its interval, and per-class figures on ``dataset``, or on images and
        ``labels``, of the averaged weights where the training has an ``average``, in the
        ``precision`` of the training."""
        dataset = labeled(self.model, dataset, labels, "dataset")
        model = self._extraction.network if isinstance(dataset, Features) else self.model
        with self.averaged(), using(self.precision):
            return evaluate_together(model, dataset, self.group, self.loss)

    def lr_find(self, data: Any, labels: Any = None, **options: Any) -> RangeTest:
        """Which learning rates learn: see `lr_range_test`. The trainer stays as it is."""
        return lr_range_test(self, data, labels, **options)

    @property
    def averages(self) -> bool:
        """Whether there is an average of the weights already."""
        return self.average is not None and self.average.count > 0

    def averaged(self) -> AbstractContextManager[None]:
        """Inside, the model has its averaged weights, if there are some already."""
        if self.average is None or not self.averages:
            return nullcontext()
        return self.average.weights(self.model)

    @property
    def epoch_over(self) -> bool:
        """Whether the step was the last of its epoch, which the end of a training cuts short."""
        return self.batch == self.batches or self.done

    @property
    def planned(self) -> float:
        """How many of the planned ``epochs * batches`` steps this one has come to: ``step``,
        or more where a time budget hurries the schedule."""
        return self.optimizer.schedule.planned(self.step)

    @property
    def train_loss(self) -> float:
        """Mean loss over the samples of this epoch so far, without the penalty."""
        return self.loss_sum / max(1, self.samples_seen)

    @property
    def train_accuracy(self) -> float:
        """The share of right answers among the samples of this epoch so far."""
        return self.correct / max(1, self.samples_seen)

    @property
    def history(self) -> History:
        """What ``fit`` returns, the first callback of its kind. InputError if it was removed."""
        history = self.callback(History)
        if history is None:
            raise InputError("the History callback was removed from this trainer")
        return history

    @checked
    def callback(self, kind: type[C]) -> C | None:
        """The first callback of this kind, if there is one."""
        return next((c for c in self.callbacks if isinstance(c, kind)), None)

    def state(self) -> dict[str, Any]:
        """The loop's own counters; ``checkpoint`` has all that a resume needs."""
        counters = {name: getattr(self, name) for name in _COUNTERS}
        return counters | {"fitting": self.fitting.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take what ``state`` returned. InputError for another form."""
        if isinstance(state, dict):
            state = {"fitting": {}} | state  # which older checkpoints do not say
        expect_state(state, self.state(), _COUNTERS)
        for name in _COUNTERS:
            setattr(self, name, state[name])
        self.fitting = Fitting(**state["fitting"])

    def _budget_of(self, seconds: float | None) -> TimeBudget | None:
        """The budget of one call of ``fit``. InputError beside another one."""
        budget = None if seconds is None else TimeBudget(seconds, clock=self.group.clock)
        if budget is not None and self.callback(TimeBudget) is not None:
            raise InputError("time_budget: expected None beside a TimeBudget among the callbacks")
        return budget

    @contextmanager
    def _within(self, budget: TimeBudget | None) -> Iterator[None]:
        """Inside, ``budget`` is the first callback; afterwards the next call of ``fit`` starts
        afresh, and on the schedule as it was."""
        schedule = self.optimizer.schedule
        if budget is not None:
            self.transient = budget
            self.callbacks.insert(0, budget)
        self.budget = self.callback(TimeBudget)
        try:
            yield
        finally:
            self.stop = self.done = False
            self.train = None
            if self.transient is not None:
                self.callbacks.remove(self.transient)
                self.transient, self.optimizer.schedule = None, schedule

    def _take_up(self, fitting: Fitting, batches: int) -> None:
        """Go on in the epoch that was begun, or begin it again where its batches are others."""
        if self.batch and not (fitting.cuts_like(self.fitting) and self.batch <= batches):
            self.batch = 0
            self._clear_sums()
        if not fitting.judges_like(self.fitting):
            for callback in self.callbacks:
                callback.on_other_data(self)
        self.fitting, self.batches = fitting, batches

    def _finish_epoch(self, validation: Dataset | None) -> None:
        # First what takes long: an interrupted validation is made up for by the next call of fit.
        self.validation = None  # with many classes its probabilities are large: not two of them
        if validation is not None:
            with self.replica.timeline.span("validation"):
                self.validation = self.evaluate(validation)
        self.epoch += 1
        expect_equal_weights(self.group, self.model, f"after epoch {self.epoch}")
        self.batch = 0
        try:
            self._notify("on_epoch")
        finally:
            self._clear_sums()

    def _clear_sums(self) -> None:
        self.samples_seen = self.correct = 0
        self.loss_sum = 0.0

    def _notify(self, hook: str) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(self)


_COUNTERS: dict[str, Any] = {
    **dict.fromkeys(("epoch", "step", "batch", "samples_seen", "correct"), int),
    "loss_sum": Real,
}


def _dealt(loader: Loader, epoch: int, place: int) -> tuple[Array, Array]:
    """Batch ``place`` of an epoch, dealt once more."""
    images, labels, *_ = next(loader.batches(epoch, start=place))
    return images, labels
