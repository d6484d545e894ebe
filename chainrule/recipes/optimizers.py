"""Update rules compared on one net, each at the learning rate that validates best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from .recipe import Result, Table
from .session import Session, Trained
from .settings import CIFAR
from .summary import accuracy_table, curves, rows_of

NET: dict[str, Any] = {
    **CIFAR,
    "epochs": 10,
    "batch_size": 100,
    "model": {"name": "mlp", "hidden": [100, 100, 100, 100], "norm": "none", "dropout": 0.0},
}
RATES: dict[str, tuple[float, ...]] = {
    "SGD": (0.01, 0.03, 0.1),
    "momentum": (0.003, 0.01, 0.03),
    "Nesterov": (0.003, 0.01, 0.03),
    "AdaGrad": (0.003, 0.01, 0.03),
    "RMSProp": (1e-4, 3e-4, 1e-3),
    "Adam": (3e-4, 1e-3, 3e-3),
}
RULES: dict[str, dict[str, Any]] = {
    "SGD": {"name": "sgd"},
    "momentum": {"name": "sgd", "momentum": 0.9},
    "Nesterov": {"name": "sgd", "momentum": 0.9, "nesterov": True},
    "AdaGrad": {"name": "adagrad"},
    "RMSProp": {"name": "rmsprop", "alpha": 0.99, "eps": 1e-8},
    "Adam": {"name": "adam"},
}


def compare(session: Session, names: Sequence[str], expected: str) -> Result:
    """``names`` of `RULES`: the rate of each chosen by validation at seed 0, then every seed."""
    tried = session.compare(
        {
            f"{name} {rate:g}": {**NET, "optimizer": {**RULES[name], "lr": rate}}
            for name in names
            for rate in session.pick(RATES[name], RATES[name][1:2])
        },
        seeds=[0],
    )
    best = {
        name: max(
            session.pick(RATES[name], RATES[name][1:2]),
            key=lambda rate: _validated(tried, name, rate),
        )
        for name in names
    }
    chosen = session.compare(
        {
            f"{name} {best[name]:g}": {**NET, "optimizer": {**RULES[name], "lr": best[name]}}
            for name in names
        }
    )
    trained = dict(zip(names, chosen.values(), strict=True))
    return _concluded(trained, best, tried, expected)


def _validated(tried: Mapping[str, Sequence[Trained]], name: str, rate: float) -> float:
    return tried[f"{name} {rate:g}"][0].validation


def _concluded(
    trained: Mapping[str, Sequence[Trained]],
    best: Mapping[str, float],
    tried: Mapping[str, Sequence[Trained]],
    expected: str,
) -> Result:
    seeds = len(next(iter(trained.values())))
    orders = [
        " > ".join(sorted(trained, key=lambda name: -trained[name][i].validation))
        for i in range(seeds)
    ]
    overall = " > ".join(
        sorted(trained, key=lambda name: -mean(one.validation for one in trained[name]))
    )
    holds = sum(order == overall for order in orders)
    return Result(
        ours=overall,
        reached=None,
        figures={
            "order": overall,
            "orders": orders,
            "rates": dict(best),
            "runs": rows_of(trained),
            "tried": rows_of(tried),
        },
        tables=[
            accuracy_table(
                {f"{name}, rate {best[name]:g}": each for name, each in trained.items()}
            ),
            Table(
                "Order by validation",
                ["seed", "order"],
                [[str(i), o] for i, o in enumerate(orders)],
            ),
        ],
        plots=[curves(trained)],
        notes=[
            f"by mean validation accuracy: {overall}; this whole order holds for {holds} of "
            f"{seeds} seeds; the report: {expected}"
        ],
    )
