"""Real layers, each with one classic mistake planted in its backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import kernels
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Graph,
    Layer,
    LeakyReLU,
    Linear,
    Multiply,
    ReLU,
    Residual,
)
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.types import Array


class Averaged(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy / len(x))
        self.bias.accumulate(dy.sum(axis=0))


class BiasOverWrongAxis(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(dy.sum(axis=1))


class BiasNotSummed(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(dy)


class BiasForgotten(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)


class BiasZero(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(np.zeros_like(self.bias.value))


class TransposedWeight(Linear):
    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        return dy @ self.weight.value


class TransposedGradient(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(dy.T @ x)
        self.bias.accumulate(dy.sum(axis=0))


class LastSampleOnly(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        dw = np.zeros_like(self.weight.value)
        for xi, dyi in zip(x, dy, strict=True):
            dw = np.outer(xi, dyi)
        self.weight.accumulate(dw)
        self.bias.accumulate(dy.sum(axis=0))


class ProductOfSums(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(np.outer(x.sum(axis=0), dy.sum(axis=0)))
        self.bias.accumulate(dy.sum(axis=0))


class Reshaped(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate((dy.T @ x).reshape(self.weight.shape))
        self.bias.accumulate(dy.sum(axis=0))


class AxisKept(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(dy.sum(axis=0, keepdims=True))


class Overwriting(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.grad = x.T @ dy
        self.bias.accumulate(dy.sum(axis=0))


class Negated(Linear):
    def backward(self, dy: Array, x: Array) -> Array:
        return -super().backward(dy, x)


class SinglePrecision(Linear):
    def forward(self, x: Array) -> tuple[Array, Array]:
        y, cache = super().forward(x)
        return y.astype(np.float32), cache


class NotANumber(Linear):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        self.weight.accumulate(x.T @ dy)
        self.bias.accumulate(dy.sum(axis=0) * np.nan)


class OpenGate(ReLU):
    def backward(self, dy: Array, y: Array) -> Array:
        return dy


class OppositeGate(ReLU):
    def backward(self, dy: Array, y: Array) -> Array:
        return dy * (y <= 0)


class GateOfGradient(ReLU):
    def backward(self, dy: Array, y: Array) -> Array:
        return dy * (dy > 0)


class SlopeForgotten(LeakyReLU):
    def backward(self, dy: Array, y: Array) -> Array:
        return dy * (y > 0)


class Unscaled(Layer):
    """Dropout that forgets 1 / (1 - rate) in backward."""

    def __init__(self, rate: float) -> None:
        self.dropout = Dropout(rate)

    def forward(self, x: Array) -> tuple[Array, Any]:
        return self.dropout.forward(x)

    def backward(self, dy: Array, cache: Any) -> Array:
        return (1 - self.dropout.rate) * self.dropout.backward(dy, cache)


class DrawnAgain(Unscaled):
    """Dropout that draws a new mask in backward."""

    def backward(self, dy: Array, cache: Any) -> Array:
        return self.dropout.forward(dy)[0]


class Norm(BatchNorm):
    """Batch norm by the book, where a subclass forgets a term of dx."""

    def backward(self, dy: Array, cache: Any) -> Array:
        x, mean, var, _ = cache
        shape = x.shape
        x, dy = (array.reshape(-1, shape[-1]) for array in (x, dy))
        std = np.sqrt(var.reshape(-1) + self.eps)
        x_hat = (x - mean.reshape(-1)) / std
        self.gamma.accumulate(self.scale_gradient(dy * x_hat))
        self.beta.accumulate(dy.sum(axis=0))
        dx_hat = dy * self.gamma.value
        dx = (dx_hat - self.mean_path(dx_hat) - self.variance_path(dx_hat, x_hat)) / std
        return dx.reshape(shape)

    def scale_gradient(self, terms: Array) -> Array:
        return terms.sum(axis=0)

    def mean_path(self, dx_hat: Array) -> Any:
        return dx_hat.mean(axis=0)

    def variance_path(self, dx_hat: Array, x_hat: Array) -> Any:
        return x_hat * (dx_hat * x_hat).mean(axis=0)


class NoMeanPath(Norm):
    def mean_path(self, dx_hat: Array) -> Any:
        return 0


class NoVariancePath(Norm):
    def variance_path(self, dx_hat: Array, x_hat: Array) -> Any:
        return 0


class NoStatisticsPaths(NoMeanPath, NoVariancePath):
    pass


class MeanOverChannels(Norm):
    def mean_path(self, dx_hat: Array) -> Any:
        return dx_hat.mean(axis=1, keepdims=True)


class ScaleOverWrongAxis(Norm):
    def scale_gradient(self, terms: Array) -> Array:
        return terms.sum(axis=1)


class NotRotated(Conv2d):
    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        w = self.weight.value[::-1, ::-1]
        geometry = ((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
        return kernels.of(dy).conv2d_backward_input(dy, w, x.shape[1:3], *geometry)


class KernelGradientFlipped(Conv2d):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        super().backward_parameters(dy, x)
        self.weight.grad = self.weight.grad[::-1, ::-1]


class ChannelsShuffled(Conv2d):
    def backward(self, dy: Array, x: Array) -> Array:
        dx = super().backward(dy, x)
        return dx[..., np.arange(dx.shape[-1]) ^ 1]


class BiasAveraged(Conv2d):
    def backward_parameters(self, dy: Array, x: Array) -> None:
        super().backward_parameters(dy, x)
        self.bias.grad = dy.mean(axis=(1, 2)).sum(axis=0)


class WithoutShortcut(Residual):
    def backward(self, dy: Array, caches: list[Any]) -> Array:
        return self.body.backward(dy, caches.pop())


class ShortcutTwice(Residual):
    def backward(self, dy: Array, caches: list[Any]) -> Array:
        return super().backward(dy, caches) + dy


class LastReaderOnly(Graph):
    def _pass_on(self, name: str, dxs: Any, grads: dict[str, Array]) -> None:
        each = dxs if isinstance(dxs, tuple) else (dxs,)
        grads.update(zip(self.sources[name], each, strict=True))


class OtherFactorForgotten(Multiply):
    def backward(self, dy: Array, xs: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple(dy for _ in xs)


class SummedLoss(SoftmaxCrossEntropy):
    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        loss, dlogits = super().__call__(logits, targets)
        return loss, dlogits * len(logits)


class LabelsForgotten(SoftmaxCrossEntropy):
    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        loss, dlogits = super().__call__(logits, targets)
        one_hot = np.eye(logits.shape[1])[targets]
        return loss, dlogits + one_hot / len(logits)


class CacheOfFirst(Linear):
    """Its cache is the x of its first forward, kept on the layer."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, _ = super().forward(x)
        if not hasattr(self, "_first"):
            self._first = x
        return y, self._first


class CacheOfLast(Linear):
    """Its backward looks at the x of whatever forward was the last one."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        self._last = x
        return super().forward(x)

    def backward(self, dy: Array, x: Array) -> Array:
        return super().backward(dy, self._last)

    def backward_parameters(self, dy: Array, x: Array) -> None:
        super().backward_parameters(dy, self._last)


class CacheOfPrevious(Linear):
    """Its cache is the x of the forward before."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, _ = super().forward(x)
        self._now, before = x, getattr(self, "_now", x)
        return y, before


class CacheOfClass(Linear):
    """Its cache is one for all layers of the class, the first that there was of a shape."""

    seen: dict[tuple[int, ...], Array] = {}  # noqa: RUF012

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, _ = super().forward(x)
        return y, self.seen.setdefault(x.shape, x)


class CachesInOrder(Linear):
    """Keeps its caches in a list and takes the oldest, as if backwards came in forward order."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.__dict__.setdefault("_queue", []).append(x)
        return super().forward(x)

    def backward(self, dy: Array, x: Array) -> Array:
        return super().backward(dy, self._queue.pop(0))


class CacheInBuffer(Linear):
    """Copies x into an array that the next forward uses again."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, _ = super().forward(x)
        if getattr(self, "_buffer", np.empty(0)).shape != x.shape:
            self._buffer = np.empty_like(x)
        self._buffer[...] = x
        return y, self._buffer


class WeightOfFirst(Linear):
    """Transposes its weight once, at the first forward."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        if not hasattr(self, "_transposed"):
            self._transposed = self.weight.value.T.copy()
        return super().forward(x)

    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        return dy @ self._transposed


class MaskOfFirst(ReLU):
    """A gate that is where the first forward had it."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, _ = super().forward(x)
        if not hasattr(self, "_mask"):
            self._mask = x > 0
        return y, self._mask

    def backward(self, dy: Array, mask: Array) -> Array:
        return dy * mask


class StatisticsOfFirst(BatchNorm):
    """Takes the mean and variance of its first batch back."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        y, (x, mean, var, frozen) = super().forward(x)
        if not hasattr(self, "_moments"):
            self._moments = mean, var
        return y, (x, *self._moments, frozen)


class WritesInput(ReLU):
    """Computes in the array that it was given."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        np.maximum(x, 0, out=x)
        return x, x


class ScalesInput(Linear):
    """Centers the array that it was given, before it reads it."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        x -= 0.1
        return super().forward(x)


class WritesGradient(ReLU):
    """Gates dy in place."""

    def backward(self, dy: Array, y: Array) -> Array:
        dy *= y > 0
        return dy


class WritesCache(ReLU):
    """Makes its mask in the array that it keeps, which is its output and the next one's input."""

    def backward(self, dy: Array, y: Array) -> Array:
        np.sign(y, out=y)
        return dy * y


class WritesWeight(Linear):
    """Normalizes its weight as it goes."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        self.weight.value *= 0.5
        return super().forward(x)


class UsesOutputAgain(Linear):
    """Has one array for the outputs of all its forwards."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        y, cache = super().forward(x)
        if getattr(self, "_y", np.empty(0)).shape != y.shape:
            self._y = np.empty_like(y)
        self._y[...] = y
        return self._y, cache
