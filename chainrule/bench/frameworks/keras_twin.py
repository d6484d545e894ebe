"""Keras's training step on TensorFlow: the same net as a functional model, one ``tf.function``.

Layouts are ours: images (N, H, W, C), convolution weights (kh, kw, I, O).
"""

from __future__ import annotations

from typing import Any

from ... import layers as ours
from ...errors import InputError
from ...layers import Layer, Parameter, named_parameters
from ...types import Array
from ..nets import Net


class Keras:
    """The twin of ``net``, its optimizer and one batch."""

    def __init__(self, net: Net, batch_size: int, threads: int) -> None:
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        model = net.model()
        self.twins: list[tuple[Parameter, Any]] = []
        inputs = keras.Input(net.shape)
        twin = keras.Model(inputs, self._twin(model, inputs))
        for parameter, variable in self.twins:
            variable.assign(parameter.value)
        paths = {id(parameter): path for path, parameter in named_parameters(model)}
        self.names = {id(v): paths[id(parameter)] for parameter, v in self.twins}
        self.model = twin
        self.x, self.labels = map(tf.constant, net.batch(batch_size))
        if net.optimizer == "adam":
            rule = keras.optimizers.Adam(1e-3)
        else:
            rule = keras.optimizers.SGD(1e-2, momentum=0.9)
        rule.build(twin.trainable_variables)
        criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        def gradient(x: Any, labels: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = criterion(labels, twin(x, training=True))
            return loss, tape.gradient(loss, twin.trainable_variables)

        def learn(x: Any, labels: Any) -> Any:
            loss, grads = gradient(x, labels)
            rule.apply(grads, twin.trainable_variables)
            return loss

        self.gradient, self.learn = tf.function(gradient), tf.function(learn)
        self.logits = tf.function(lambda x: twin(x, training=False))

    def step(self) -> float:
        return float(self.learn(self.x, self.labels))

    def predict(self) -> Any:
        return self.logits(self.x).numpy()

    def gradients(self) -> tuple[float, dict[str, Array]]:
        loss, grads = self.gradient(self.x, self.labels)
        names = [self.names[id(v)] for v in self.model.trainable_variables]
        return float(loss), {n: grad.numpy() for n, grad in zip(names, grads, strict=True)}

    def _twin(self, layer: Layer, x: Any) -> Any:
        from keras import layers

        match layer:
            case ours.Sequential():
                for inner in layer.layers:
                    x = self._twin(inner, x)
                return x
            case ours.Residual():
                short = x if layer.shortcut is None else self._twin(layer.shortcut, x)
                return layers.add([self._twin(layer.body, x), short])
            case ours.Conv2d(bias=None, groups=1):
                padding = "valid"
                if layer.stride == 1 and 2 * layer.padding == layer.kernel_size - 1:  # type: ignore[operator]
                    padding = "same"
                elif layer.padding:
                    x = layers.ZeroPadding2D(layer.padding)(x)
                conv = layers.Conv2D(
                    layer.out_channels, layer.kernel_size, strides=layer.stride,
                    padding=padding, use_bias=False,
                )  # fmt: skip
                y = conv(x)
                self.twins.append((layer.weight, conv.kernel))
                return y
            case ours.Linear(bias=Parameter() as bias):
                dense = layers.Dense(layer.weight.shape[1])
                y = dense(x)
                self.twins += [(layer.weight, dense.kernel), (bias, dense.bias)]
                return y
            case ours.BatchNorm(gamma=Parameter() as gamma):
                norm = layers.BatchNormalization(momentum=layer.momentum, epsilon=layer.eps)
                y = norm(x)
                self.twins += [(gamma, norm.gamma), (layer.beta, norm.beta)]
                return y
            case ours.ReLU():
                return layers.ReLU()(x)
            case ours.Dropout():
                return layers.Dropout(layer.rate)(x)
            case ours.MaxPool2d(kernel_size=int(size), stride=None, padding=0, ceil_mode=False):
                return layers.MaxPooling2D(size)(x)
            case ours.GlobalAvgPool2d():
                return layers.GlobalAveragePooling2D()(x)
            case ours.Flatten():
                return layers.Flatten()(x)
        raise InputError(f"Keras's twin of {layer!r} is not written yet")
