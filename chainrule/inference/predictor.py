"""A model made ready for many predictions of one image, or a few."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import compat, kernels
from ..ensemble.combining import Classifier, Combined, Ensemble
from ..errors import InputError
from ..interop.plan import InputDtype
from ..interop.planning import plan
from ..kernels import forks, precision
from ..layers.base import Layer, Signature, as_batch, named_arrays
from ..prediction import Prediction, as_model, predict
from ..printable import received
from ..types import Array, Shape

if TYPE_CHECKING:
    from .watch import Watch

KINDS: dict[str, InputDtype] = {"B": "uint8", "f": "float32"}
"""The numbers of images that are prepared for, by NumPy's character."""
SHAPES = 4
"""Shapes of images that stay prepared: a net of convolutions alone takes any."""

_lock = forks.keep(threading.RLock())  # one preparation at a time


class Predictor(Combined):
    """f(x) = model(x), to 1e-5 of the largest logit, several times as fast for few images

    Called with images (N, H, W, C) as the model takes them it returns logits (N, K), and it is a
    model wherever one predicts: `chainrule.predict`, `chainrule.metrics.evaluate`, an `Ensemble`.

    model  a model, an `Ensemble`, a `Run`, or the path of a model file or of a run's folder

    What each prediction would do anew is done once: batch norms are folded into the weights before
    them, 3x3 kernels are transformed for Winograd's algorithm, weights lie as the loops read them,
    and all layers are one compiled call with memory of its own. Threads may share a predictor.

    **When the model learns,** the next call notices it and prepares again. It compares which arrays
    the model has and, of each, the numbers in its corners; after other numbers were written into an
    array in place, call `refresh`. Layers that are exchanged need a new predictor.

    **What cannot be prepared runs as it is,** with the model's own results: layers of your own,
    float64, precisions but float32, models on a GPU, and everything without Numba. `reason` says
    why.

    InputError for what is no model, and what the model itself raises for images it does not take.

    >>> import numpy as np
    >>> import chainrule as cr
    >>> model = cr.models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> _, test = cr.data.digits()
    >>> predictor = Predictor(model)
    >>> image = test.images[:1]
    >>> bool(np.allclose(predictor(image), model(image), atol=1e-5)), predictor.reason
    (True, None)
    >>> cr.predict(predictor, image).probabilities.shape
    (1, 10)
    """

    described = "a predictor"

    def __init__(self, model: Any) -> None:
        self.model: Classifier = as_model(model)
        self._reason: str | None = None
        self._ready: dict[tuple[Shape, str], Ready] = {}
        self._watch: Watch | None = None
        self._parts: Ensemble | None = None
        self.refresh()

    @property
    def signature(self) -> Signature | None:
        """The model's."""
        return self.model.signature

    @property
    def reason(self) -> str | None:
        """Why the last images were predicted by the model as it is, or will be; else None."""
        return self._reason

    def refresh(self) -> None:
        """Prepare again, with the weights that the model has now."""
        with _lock:
            if isinstance(self.model, Ensemble):
                each = [Predictor(model) for model in self.model.models]
                self._parts = Ensemble(each, average=self.model.average)
                return
            self._ready = {}
            self._reason = _unfit(self.model)
            if self._reason is None and isinstance(self.model, Layer):
                from .watch import Watch

                self._watch = Watch(self.model)
                if self.signature is not None:
                    kind: InputDtype = "uint8" if self.signature.scale == 255 else "float32"
                    self._reason = self._prepare(self.signature.image_shape, kind).reason

    def predict(self, images: Any) -> Prediction:
        """The most probable class of each image, with the probabilities of all: what
        `chainrule.predict` returns. ``images`` in any form that it takes."""
        return predict(self, images)

    def __call__(self, images: Array) -> Array:
        if self._parts is not None:
            return self._parts(images)
        images = as_batch("x", images)
        ready = self._for(images)
        self._reason = ready.reason
        return self.model(images) if ready.run is None else ready.run(images)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy prepares for itself."""
        return type(self), (self.model,)

    def _for(self, images: Array) -> Ready:
        """What predicts these images, here and now."""
        kind = KINDS.get(images.dtype.char) if type(images) is np.ndarray else None
        if kind is None or not len(images):
            return Ready(None, f"expected images of uint8 or float32, received {received(images)}")
        if kernels.of(images) is not kernels.fastest():
            return Ready(None, "other kernels than the fastest are asked for")
        if precision.current() not in ("float32", "float32-strict"):
            return Ready(None, f"products are asked for in {precision.current()}")
        if self._watch is None or self._watch.changed():
            self.refresh()
        key = images.shape[1:], kind
        return self._ready.get(key) or self._prepare(*key)

    def _prepare(self, shape: Shape, kind: InputDtype) -> Ready:
        """For images of this shape and dtype, or why not. Kept for the next ones."""
        with _lock:
            made = self._ready[shape, kind] = _ready(self.model, shape, kind)
            if len(self._ready) > SHAPES:
                self._ready = dict([*self._ready.items()][1:])
            return made


class Ready(NamedTuple):
    """What predicts images of one shape and dtype; or none, and the reason."""

    run: Callable[[Array], Array] | None
    reason: str | None


def _ready(model: Classifier, shape: Shape, kind: InputDtype) -> Ready:
    reason = _unfit(model)
    if reason is not None or not isinstance(model, Layer):
        return Ready(None, reason)
    try:
        steps = plan(model, shape, kind)
    except InputError as error:
        return Ready(None, str(error))
    from .prepared import Prepared

    run = Prepared(steps)
    run(np.zeros((1, *shape), kind))  # what has to be compiled is compiled now
    return Ready(run, None)


def _unfit(model: Classifier) -> str | None:
    """Why nothing can be prepared of this model, whatever the images."""
    if not isinstance(model, Layer):
        return f"a {type(model).__name__} asks its model more than once"
    if not compat.has_numba():
        return "Numba is not installed"
    if not model.initialized:
        return "the model has no weights yet"
    if model.device.is_gpu:
        return f"the model is on {model.device}"
    for path, variable in named_arrays(model):
        if variable.value.dtype.kind == "f" and variable.value.dtype != np.float32:
            return f"{path} is {variable.value.dtype}, not float32"
    kernels.fastest()  # imports Numba under the lock that a fork waits for
    from ..kernels.cpu import prepared

    return None if prepared.available() else "Numba does not compile here"
