"""chainrule's training step, as ``Trainer.train_step`` does it."""

from __future__ import annotations

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
    the given ``precision``.
    """

    def __init__(
        self, net: Net, batch_size: int, threads: int = 1, *, precision: Precision = "float32",
        prepared: bool = False,
    ) -> None:  # fmt: skip
        self.precision = precision
        self.model = net.model()
        self.parameters = named_parameters(self.model)
        self.optimizer: Optimizer = (
            Adam(1e-3) if net.optimizer == "adam" else SGD(1e-2, momentum=0.9)
        )
        self.criterion = SoftmaxCrossEntropy()
        self.x, self.labels = net.batch(batch_size)
        self.predictor = Predictor(self.model) if prepared else self.model

    def learn(self) -> float:
        """The loss of the batch; the gradient of each parameter is left in its ``grad``."""
        with using(self.precision):
            return forward_backward(self.model, self.x, self.labels, self.criterion)[0]

    def step(self) -> float:
        loss = self.learn()
        self.optimizer.step(self.parameters)
        return loss

    def gradients(self) -> tuple[float, dict[str, Array]]:
        """The loss, and the gradient of each parameter by its path."""
        loss = self.learn()
        return loss, {path: parameter.grad for path, parameter in self.parameters}  # type: ignore[misc]

    def predict(self) -> Array:
        with using(self.precision):
            return self.predictor(self.x)
