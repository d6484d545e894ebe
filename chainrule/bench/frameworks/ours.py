"""chainrule's training step, as ``Trainer.train_step`` does it."""

from __future__ import annotations

from typing import Any

from ...inference import Predictor
from ...kernels.precision import Precision, using
from ...layers import named_parameters
from ...losses import SoftmaxCrossEntropy
from ...optim import SGD, Adam, Optimizer
from ...step import forward_backward
from ...types import Array
from ..nets import Net


class Ours:
    """The model of ``net``, its optimizer and one batch.

    The kernels themselves choose how many of the cores they use, not ``threads``. Products have
    the given ``precision``. On a GPU a step ends when the GPU has done it.
    """

    def __init__(
        self, net: Net, batch_size: int, threads: int = 1, *, precision: Precision = "float32",
        device: str = "cpu", prepared: bool = False,
    ) -> None:  # fmt: skip
        self.precision = precision
        self.model = net.model()
        self.parameters = named_parameters(self.model)
        self.optimizer: Optimizer = (
            Adam(1e-3) if net.optimizer == "adam" else SGD(1e-2, momentum=0.9)
        )
        self.criterion = SoftmaxCrossEntropy()
        self.x, self.labels = net.batch(batch_size)
        self._gpu = device != "cpu"
        if self._gpu:
            self.model.to(device)
            self.x, self.labels = (self.model.device.put(a) for a in (self.x, self.labels))
        self.predictor = Predictor(self.model) if prepared else self.model

    def learn(self) -> float:
        """The loss of the batch; the gradient of each parameter is left in its ``grad``."""
        with using(self.precision):
            return forward_backward(self.model, self.x, self.labels, self.criterion)[0]

    def step(self) -> float:
        loss = self.learn()
        self.optimizer.step(self.parameters)
        self._wait()
        return loss

    def gradients(self) -> tuple[float, dict[str, Array]]:
        """The loss, and the gradient of each parameter by its path."""
        loss = self.learn()
        grads: dict[str, Any] = {path: parameter.grad for path, parameter in self.parameters}
        return loss, {path: grad.get() if self._gpu else grad for path, grad in grads.items()}

    def predict(self) -> Array:
        with using(self.precision):
            logits = self.predictor(self.x)
        self._wait()
        return logits

    def _wait(self) -> None:
        if self._gpu:
            import cupy

            cupy.cuda.Device().synchronize()
