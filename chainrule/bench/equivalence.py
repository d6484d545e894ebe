"""Whether frameworks run the same net: equal parameters, loss and gradients from equal weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .frameworks import FRAMEWORKS, OURS, Framework
from .nets import Net

BATCH = 8


@dataclass(frozen=True)
class Sameness:
    """The number of parameters, and the relative differences of the loss and of the gradient.

    The gradient is one vector of all parameters, its difference ‖ours - theirs‖ / ‖ours‖.
    """

    parameters: int
    loss: float
    gradient: float


def same(net: Net, framework: Framework, dtype: str = "float32", threads: int = 1) -> Sameness:
    """Compare on one batch, from equal weights, without dropout.

    In float64 the same nets agree to 1e-9. In float32 the losses still do to 1e-5, but a few
    units and poolings decide otherwise within rounding, and each moves a piece of the gradient.

    Raises ValueError if a parameter is missing on either side or has another shape.
    """
    plain = net.comparable(dtype)
    results = []
    for one in (FRAMEWORKS[OURS], framework):
        run = one.entry(plain, BATCH, threads).factory()
        results.append(run("gradients")())
    (loss, ours), (their_loss, theirs) = results
    shapes = [{path: grad.shape for path, grad in grads.items()} for grads in (ours, theirs)]
    if shapes[0] != shapes[1]:
        odd = sorted(set(shapes[0].items()) ^ set(shapes[1].items()))
        raise ValueError(f"{framework.name}: other parameters than ours: {odd[:4]}")
    distance = sum(float(np.square(ours[p] - theirs[p], dtype=np.float64).sum()) for p in ours)
    length = sum(float(np.square(grad, dtype=np.float64).sum()) for grad in ours.values())
    count = sum(grad.size for grad in ours.values())
    return Sameness(count, abs(loss - their_loss) / loss, (distance / length) ** 0.5)
