"""JAX's training step: the same net as one jitted function of its parameters, with Optax's rule.

Layouts are ours: images (N, H, W, C), convolution weights (kh, kw, I, O).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import layers as ours
from ...errors import InputError
from ...layers import Layer, named_arrays, named_parameters
from ...layers.sizes import pair
from ...types import Array
from ..nets import Net

State = dict[str, Any]


class Jax:
    """Parameters, running statistics, the rule's state, and one batch.

    XLA takes the cores that the process may use, not ``threads``.
    """

    def __init__(self, net: Net, batch_size: int, threads: int) -> None:
        import jax
        import optax

        model = net.model()
        x, labels = net.batch(batch_size)
        self.x, self.labels = jax.numpy.asarray(x), jax.numpy.asarray(labels)
        arrays = {path: jax.numpy.asarray(node.value) for path, node in named_arrays(model)}
        names = {path for path, _ in named_parameters(model)}
        self.weights = {path: a for path, a in arrays.items() if path in names}
        self.statistics = {path: a for path, a in arrays.items() if "running" in path}
        self.key = jax.random.key(0)
        rule = optax.adam(1e-3) if net.optimizer == "adam" else optax.sgd(1e-2, momentum=0.9)
        self.rule = rule.init(self.weights)

        def loss_of(weights: State, statistics: State, key: Any, x: Any, labels: Any) -> Any:
            run = _Run(model, weights | statistics, key)
            logits = run(model, x)
            each = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
            return each.mean(), run.learned

        gradient = jax.value_and_grad(loss_of, has_aux=True)

        def learn(
            weights: State, statistics: State, state: Any, key: Any, x: Any, labels: Any
        ) -> Any:
            key, now = jax.random.split(key)
            (loss, statistics), grads = gradient(weights, statistics, now, x, labels)
            updates, state = rule.update(grads, state, weights)
            return loss, optax.apply_updates(weights, updates), statistics, state, key

        self.gradient = jax.jit(gradient)
        self.learn = jax.jit(learn, donate_argnums=(0, 1, 2))
        self.logits = jax.jit(lambda arrays, x: _Run(model, arrays, None)(model, x))

    def step(self) -> float:
        loss, self.weights, self.statistics, self.rule, self.key = self.learn(
            self.weights, self.statistics, self.rule, self.key, self.x, self.labels
        )
        return float(loss)

    def predict(self) -> Any:
        return self.logits(self.weights | self.statistics, self.x).block_until_ready()

    def gradients(self) -> tuple[float, dict[str, Array]]:
        (loss, _), grads = self.gradient(
            self.weights, self.statistics, self.key, self.x, self.labels
        )
        return float(loss), {path: np.asarray(grad) for path, grad in grads.items()}


class _Run:
    """One pass through the net, in traced arrays. Without a key it is a prediction."""

    def __init__(self, model: Layer, arrays: State, key: Any) -> None:
        self.paths = {id(node): path for path, node in named_arrays(model)}
        self.arrays, self.key = arrays, key
        self.learned: State = {}  # the running statistics after this pass

    def of(self, node: Any) -> Any:
        return self.arrays[self.paths[id(node)]]

    def __call__(self, layer: Layer, x: Any) -> Any:
        import jax

        match layer:
            case ours.Sequential():
                for inner in layer.layers:
                    x = self(inner, x)
                return x
            case ours.Residual():
                short = x if layer.shortcut is None else self(layer.shortcut, x)
                return self(layer.body, x) + short
            case ours.Conv2d(bias=None) if not isinstance(layer.padding, str):
                padding = [(p, p) for p in pair(layer.padding)]
                return jax.lax.conv_general_dilated(
                    x, self.of(layer.weight), pair(layer.stride), padding,
                    dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=layer.groups,
                )  # fmt: skip
            case ours.Linear():
                y = x @ self.of(layer.weight)
                return y + self.of(layer.bias) if layer.bias else y
            case ours.BatchNorm():
                return self._norm(layer, x)
            case ours.ReLU():
                return jax.nn.relu(x)
            case ours.ReLU6():
                return jax.nn.relu6(x)
            case ours.Dropout():
                return self._drop(layer.rate, x)
            case ours.MaxPool2d(kernel_size=int(size), stride=None, padding=0, ceil_mode=False):
                window = (1, size, size, 1)
                return jax.lax.reduce_window(x, -np.inf, jax.lax.max, window, window, "VALID")
            case ours.GlobalAvgPool2d():
                return x.mean((1, 2))
            case ours.Flatten():
                return x.reshape(len(x), -1)
        raise InputError(f"JAX's twin of {layer!r} is not written yet")

    def _norm(self, layer: ours.BatchNorm, x: Any) -> Any:
        import jax

        running = (layer.running_mean, layer.running_var)
        mean, var = map(self.of, running)
        if self.key is not None:
            axes = tuple(range(x.ndim - 1))
            mean, var, old = x.mean(axes), x.var(axes), (mean, var)
            for node, before, now in zip(running, old, (mean, var), strict=True):
                m = layer.momentum
                self.learned[self.paths[id(node)]] = m * before + (1 - m) * now
        scale = self.of(layer.gamma) * jax.lax.rsqrt(var + layer.eps)
        return (x - mean) * scale + self.of(layer.beta)

    def _drop(self, rate: float, x: Any) -> Any:
        import jax

        if self.key is None:
            return x
        self.key, now = jax.random.split(self.key)
        kept = jax.random.bernoulli(now, 1 - rate, x.shape)
        return jax.numpy.where(kept, x / (1 - rate), 0)
