"""Whole training steps of report A's net: chainrule against PyTorch, side by side.

    python -m benchmarks.mlp [--steps 400] [--threads 2]

784-256-128-64-10 with batch norm, ReLU and dropout 0.2, Adam, batch 128, float32: forward,
loss, backward and update on a batch in memory. PyTorch runs eagerly with its fused Adam. Before
the race both nets start from equal weights, without dropout, and must agree on the loss and on
the gradient. Writes results/benchmark-mlp.json.
"""

from __future__ import annotations

import argparse
import functools
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.contest import Step, apart, contest, summary
from benchmarks.record import write_result

SIZES = (784, 256, 128, 64, 10)
BATCH = 128
DROPOUT = 0.2


def batch() -> tuple[Any, Any]:
    """The batch that both train on: float32 (128, 784) and int64 (128,)."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, SIZES[0])).astype(np.float32), rng.integers(0, 10, BATCH)


def our_model(dropout: float) -> Any:
    from chainrule.layers import BatchNorm, Dropout, Linear, ReLU, Sequential

    layers: list[Any] = []
    for n_in, n_out in pairwise(SIZES[:-1]):
        layers += [Linear(n_in, n_out), BatchNorm(n_out), ReLU()]
        if dropout:
            layers.append(Dropout(dropout))
    return Sequential(*layers, Linear(*SIZES[-2:])).init(0)


def torch_model(dropout: float) -> Any:
    from torch import nn

    layers: list[Any] = []
    for n_in, n_out in pairwise(SIZES[:-1]):
        layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(*SIZES[-2:]))


def ours(threads: int) -> Step:
    """One training step of chainrule."""
    import threadpoolctl

    from chainrule.layers import named_parameters
    from chainrule.losses import SoftmaxCrossEntropy
    from chainrule.optim import Adam

    threadpoolctl.threadpool_limits(threads)
    model, optimizer, criterion = our_model(DROPOUT), Adam(1e-3), SoftmaxCrossEntropy()
    parameters = named_parameters(model)
    x, labels = batch()

    def step() -> float:
        logits, caches = model.forward(x)
        loss, dlogits = criterion(logits, labels)
        model.backward_parameters(dlogits, caches)
        optimizer.step(parameters)
        return loss

    return step


def pytorch(threads: int) -> Step:
    """The same step in PyTorch, eager, with fused Adam."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    model, criterion = torch_model(DROPOUT), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    x, labels = map(torch.from_numpy, batch())

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def same_net() -> dict[str, float]:
    """Largest relative difference of loss and of any gradient, from equal weights."""
    import torch

    from chainrule.layers import Linear, named_parameters
    from chainrule.losses import SoftmaxCrossEntropy

    model, other = our_model(0.0), torch_model(0.0)
    for layer, twin in zip(model.layers, other, strict=True):
        if isinstance(layer, Linear):
            twin.weight.data = torch.from_numpy(layer.weight.value.T.copy())
            twin.bias.data = torch.from_numpy(layer.bias.value.copy())
    x, labels = batch()
    logits, caches = model.forward(x)
    loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
    model.backward_parameters(dlogits, caches)
    their_loss = torch.nn.functional.cross_entropy(
        other(torch.from_numpy(x)), torch.from_numpy(labels)
    )
    their_loss.backward()
    worst = 0.0
    for (_, ours_), theirs in zip(named_parameters(model), other.parameters(), strict=True):
        grad = theirs.grad.numpy()
        difference = np.abs(ours_.grad - (grad.T if grad.ndim == 2 else grad)).max()
        # a bias before a batch norm has gradient 0: compare with the largest gradient there is
        worst = max(worst, float(difference) / max(float(np.abs(grad).max()), 1e-3))
    count = sum(p.value.size for _, p in named_parameters(model))
    if count != sum(p.numel() for p in other.parameters()) or worst > 1e-4:
        raise RuntimeError(f"the nets differ: gradients by {worst:.1e}")
    loss_difference = abs(loss - float(their_loss.detach()))
    return {"parameters": count, "loss_difference": loss_difference, "gradient_difference": worst}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    check = apart(same_net)
    times = contest(
        {
            "chainrule": functools.partial(ours, options.threads),
            "pytorch": functools.partial(pytorch, options.threads),
        },
        steps=options.steps,
        block=40,
    )
    rows = {name: summary(seconds, BATCH) for name, seconds in times.items()}
    ratio = rows["chainrule"]["images_per_second"] / rows["pytorch"]["images_per_second"]
    for name, row in rows.items():
        print(f"{name:10} {row['median_ms']:8.3f} ms {row['images_per_second']:10,.0f} images/s")
    print(f"ratio {ratio:.2f}")
    write_result(
        "benchmark-mlp",
        {"net": "784-256-128-64-10", "batch": BATCH, "threads": options.threads, "same_net": check,
         "rows": rows, "ratio": round(ratio, 3)},
    )  # fmt: skip


if __name__ == "__main__":
    main()
