"""PyTorch's training step: eager, channels-last, compiled, or with products in bfloat16.

Done as its own guides advise: fused optimizers, gradients set to None, ``inference_mode`` for
prediction, the batch laid out in memory beforehand as the mode likes it. On a GPU cuDNN tries its
algorithms first, convolutions of float32 are in TF32, which is PyTorch's default, and a step ends
when the GPU has done it.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ...types import Array
from ..nets import Net
from .torch_twin import twin


class PyTorch:
    """The twin of ``net``, its optimizer and one batch."""

    def __init__(
        self, net: Net, batch_size: int, threads: int,
        *, channels_last: bool = False, compiled: bool = False, bf16: bool = False,
        device: str = "cpu",
    ) -> None:  # fmt: skip
        import torch

        torch.set_num_threads(threads)
        self.place = torch.device(device.replace("gpu", "cuda"))
        torch.backends.cudnn.benchmark = True
        self.module, self.pairs = twin(net.model(), net.shape)
        x, labels = net.batch(batch_size)
        self.x, self.labels = (torch.from_numpy(a).to(self.place) for a in (x, labels))
        self.module = self.module.to(self.place, self.x.dtype)
        if self.x.ndim == 4:
            layout = torch.channels_last if channels_last else torch.contiguous_format
            self.x = self.x.permute(0, 3, 1, 2).contiguous(memory_format=layout)
            self.module = self.module.to(memory_format=layout)
        weights = self.module.parameters()
        if net.optimizer == "adam":
            self.optimizer = torch.optim.Adam(weights, 1e-3, fused=True)
        else:
            self.optimizer = torch.optim.SGD(weights, 1e-2, momentum=0.9, fused=True)
        self.criterion = torch.nn.CrossEntropyLoss()
        self.run = torch.compile(self.module) if compiled else self.module
        self._bf16 = bf16

    def learn(self) -> Any:
        """The loss of the batch; the gradient of each parameter is left in its ``grad``."""
        self._mode(training=True)
        self.optimizer.zero_grad(set_to_none=True)
        with self._precision():
            loss = self.criterion(self.run(self.x), self.labels)
        loss.backward()
        return loss

    def step(self) -> float:
        loss = self.learn()
        self.optimizer.step()
        self._wait()
        return float(loss.item())

    def gradients(self) -> tuple[float, dict[str, Array]]:
        loss = float(self.learn().item())
        return loss, {path: pair.ours(pair.twin.grad) for path, pair in self.pairs.items()}

    def predict(self) -> Any:
        import torch

        self._mode(training=False)
        with torch.inference_mode(), self._precision():
            logits = self.run(self.x)
        self._wait()
        return logits

    def _wait(self) -> None:
        import torch

        if self.place.type == "cuda":
            torch.cuda.synchronize(self.place)

    def _mode(self, *, training: bool) -> None:
        if self.module.training != training:  # setting it walks all modules
            self.module.train(training)

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        import torch

        if not self._bf16:
            return contextlib.nullcontext()
        found: contextlib.AbstractContextManager[Any] = torch.autocast(
            self.place.type, torch.bfloat16
        )
        return found
