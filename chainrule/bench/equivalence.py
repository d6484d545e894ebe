"""Whether frameworks run the same net: equal parameters, loss and gradients from equal weights."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .frameworks import FRAMEWORKS, OURS, Framework
from .nets import Net
from .options import BenchOptions, Say
from .tables import table
from .timing import in_subprocess

BATCH = 8
COLUMNS = {"parameters": "{parameters:,}", "loss": "{loss:.1e}", "gradient": "{gradient:.1e}"}


@dataclass(frozen=True)
class Difference:
    """The number of parameters, and the relative differences of the loss and of the gradient.

    The gradient is one vector of all parameters, its difference ‖ours - theirs‖ / ‖ours‖.
    """

    parameters: int
    loss: float
    gradient: float


def equivalence(net: Net, options: BenchOptions, say: Say) -> dict[str, dict[str, Any]]:
    """How far the loss and the gradient of each framework in float32 are from ours."""
    rows = {}
    for one in options.frameworks:
        fit = not one.unfit(net, device=options.device)
        if one.name != OURS and one.precision == "float32" and fit:
            say(f"{net.name}: comparing {one.name}")
            measure = functools.partial(
                difference, net, one, threads=options.threads, device=options.device
            )
            rows[one.name] = asdict(in_subprocess(measure, options.threads))
    say("\n".join(["", *table("from equal weights", COLUMNS, rows), ""]))
    return rows


def difference(
    net: Net, framework: Framework, dtype: str = "float32", threads: int = 1, device: str = "cpu"
) -> Difference:
    """Compare on one batch, from equal weights, without dropout.

    In float64 the same nets agree to 1e-9. In float32 the losses still do to 1e-5, but a few
    units and poolings decide otherwise within rounding, and each moves a piece of the gradient.

    Raises ValueError if a parameter is missing on either side or has another shape.
    """
    plain = net.comparable(dtype)
    (loss, ours), (their_loss, theirs) = (
        one.setup(plain, BATCH, threads, device=device).factory()("gradients")()
        for one in (FRAMEWORKS[OURS], framework)
    )
    shapes = [{path: grad.shape for path, grad in grads.items()} for grads in (ours, theirs)]
    if shapes[0] != shapes[1]:
        odd = sorted(set(shapes[0].items()) ^ set(shapes[1].items()))
        raise ValueError(f"{framework.name}: other parameters than ours: {odd[:4]}")
    distance = sum(float(np.square(ours[p] - theirs[p], dtype=np.float64).sum()) for p in ours)
    length = sum(float(np.square(grad, dtype=np.float64).sum()) for grad in ours.values())
    count = sum(grad.size for grad in ours.values())
    return Difference(count, abs(loss - their_loss) / loss, (distance / length) ** 0.5)
