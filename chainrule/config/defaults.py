"""What ``chainrule train DATA`` does when nothing else is said, tuned on validation images.

A data set that is not named here has no command-line recipe: its row belongs here.
"""

from __future__ import annotations

from typing import Any

_ADAM = {"name": "adam", "lr": 3e-3}
_REPORT_A = {"name": "mlp", "hidden": [256, 128, 64], "norm": "batch", "dropout": 0.1}
_MNIST_LIKE: dict[str, Any] = {
    "epochs": 15,
    "batch_size": 128,
    "validation": 5000,
    "model": _REPORT_A,
    "optimizer": _ADAM,
    "schedule": {"name": "cosine"},
}
_FASHION: dict[str, Any] = {
    "epochs": 12,
    "batch_size": 128,
    "validation": 5000,
    "model": {"name": "convnet", "filters": [32, 64]},
    "augment": {"preset": "flip"},
    "optimizer": {"name": "adamw", "lr": 3e-3, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
}
_CONVNET = {"name": "convnet", "filters": [64, 128, 256]}
_CIFAR_LIKE: dict[str, Any] = {
    "epochs": 15,
    "batch_size": 128,
    "validation": 5000,
    "model": _CONVNET,
    "optimizer": {"name": "adamw", "lr": 2e-3, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
}

_BIAS = {"lr": 106.0, "weight_decay": 0.00025}  # 0.053 x 2000: the loss is a mean here, a sum there
_SPEED_RECORD: dict[str, Any] = {
    "epochs": 8,
    "batch_size": 2000,
    "validation": 2000,
    "model": {"name": "airbench"},
    "augment": {"preset": "alternating-flip"},
    "optimizer": {
        "name": "muon", "lr": 0.24, "momentum": 0.6, "ns_steps": 3, "adjust_lr_fn": "original",
        "normalize_weights": True, "linear": False, "rest": "sgd", "rest_momentum": 0.85,
        "weight_decay": 0.0,
        "groups": {
            "*.beta": _BIAS,
            "layers.1.bias": {**_BIAS, "epochs": 3},
            "layers.26.weight": {"lr": 1340.0, "weight_decay": 0.00002},
        },
    },
    "schedule": {"name": "linear"},
    "loss": {"name": "cross-entropy", "smoothing": 0.2},
}  # fmt: skip
"""The net and recipe of the public speed record on CIFAR-10 (Jordan 2024), which hangs together."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {
        "epochs": 30,
        "batch_size": 64,
        "model": {"name": "mlp", "hidden": [256, 128], "norm": "batch", "dropout": 0.2},
        "optimizer": {"name": "adam", "lr": 1e-2},
        "schedule": {"name": "cosine"},
    },
    "mnist": _MNIST_LIKE,
    "fashion-mnist": _FASHION,
    "kmnist": _MNIST_LIKE,
    "emnist-balanced": _MNIST_LIKE,
    "emnist-byclass": _MNIST_LIKE,
    "emnist-bymerge": _MNIST_LIKE,
    "emnist-digits": _MNIST_LIKE,
    "emnist-letters": _MNIST_LIKE,
    "emnist-mnist": _MNIST_LIKE,
    "cifar10": _SPEED_RECORD,
    "cifar100": _CIFAR_LIKE,
    "cifar100-coarse": _CIFAR_LIKE,
    "svhn": _CIFAR_LIKE,
}
"""What a data set begins with, by its name; every other setting begins as in `Config`."""

OTHER_MODELS: dict[str, dict[str, Any]] = {"cifar10": _CIFAR_LIKE, "fashion-mnist": _MNIST_LIKE}
"""What it begins with where another model is asked for than that of DEFAULTS, whose rates and
groups are that model's own."""

_FINE_TUNING: dict[str, Any] = {
    "epochs": "auto",
    "batch_size": 64,
    "augment": "auto",
    "optimizer": {"name": "adamw", "lr": 5e-4, "weight_decay": 0.02},
    "schedule": {"name": "cosine", "warmup_epochs": 0.5},
}
_HEAD: dict[str, Any] = {
    "epochs": "auto",
    "batch_size": 64,
    "augment": "none",  # so that the body runs once over the images
    "optimizer": {"name": "adamw", "lr": 1e-3, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
}
_GRADUAL: dict[str, Any] = {**_FINE_TUNING, "pretrained": {"layer_decay": 0.8}}


def with_source(freeze: object, unfreeze: object) -> dict[str, Any]:
    """What a training from a trained model begins with, whatever the data."""
    if unfreeze == "gradual":
        return _GRADUAL
    return _HEAD if freeze == "body" else _FINE_TUNING


FOLDER: dict[str, Any] = {
    "epochs": "auto",
    "augment": "auto",
    "batch_size": 64,
    "model": {"name": "vgg", "blocks": [[32], [64], [128]], "hidden": [128], "dropout": 0.2},
    "optimizer": {"name": "adamw", "lr": 2e-3, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
}
"""For a folder or a CSV file of the user's own images."""
