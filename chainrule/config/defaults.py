"""What ``chainrule train DATA`` does when nothing else is said, tuned on validation pictures.

A data set that is not named here has no command-line recipe: its row belongs here.
"""

from __future__ import annotations

from typing import Any

_ADAM = {"name": "adam", "lr": 3e-3}
_REPORT_A = {"name": "mlp", "hidden": [256, 128, 64], "norm": "batch", "dropout": 0.1}

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {
        "epochs": 30,
        "batch_size": 64,
        "model": {"name": "mlp", "hidden": [256, 128], "norm": "batch", "dropout": 0.2},
        "optimizer": {"name": "adam", "lr": 1e-2},
        "schedule": {"name": "cosine"},
    },
    "mnist": {
        "epochs": 15,
        "batch_size": 128,
        "validation": 5000,
        "model": _REPORT_A,
        "optimizer": _ADAM,
        "schedule": {"name": "cosine"},
    },
    "fashion-mnist": {
        "epochs": 15,
        "batch_size": 128,
        "validation": 5000,
        "model": _REPORT_A,
        "optimizer": _ADAM,
        "schedule": {"name": "cosine"},
    },
}
