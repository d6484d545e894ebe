"""ONNX Runtime's prediction: the model as `chainrule.interop.to_onnx` writes it, norms folded.

It trains nothing, so that it only stands beside others in predictions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ...types import Array
from ..nets import Net


class OnnxRuntime:
    """A session with the model of ``net``, and one batch."""

    def __init__(self, net: Net, batch_size: int, threads: int) -> None:
        import onnxruntime

        from ... import interop

        model = net.model()
        x, _ = net.batch(batch_size)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "net.onnx")
            interop.to_onnx(model, file, image_shape=net.shape, fold_batch_norm=True)
            self.session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        (self.input,) = (each.name for each in self.session.get_inputs())
        self.x = np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x

    def predict(self) -> Array:
        return np.asarray(self.session.run(None, {self.input: self.x})[0])
