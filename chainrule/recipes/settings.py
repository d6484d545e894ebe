"""Settings that several recipes begin with."""

from __future__ import annotations

from typing import Any

MNIST: dict[str, Any] = {"data": "mnist", "validation": 5000}
CIFAR: dict[str, Any] = {"data": "cifar10", "validation": 5000}

MNIST_MLP: dict[str, Any] = {
    **MNIST,
    "epochs": 15,
    "batch_size": 128,
    "model": {"name": "mlp", "hidden": [256, 128, 64], "norm": "batch", "dropout": 0.1},
    "optimizer": {"name": "adam", "lr": 0.003},
    "schedule": {"name": "cosine"},
}

CIFAR_MLP: dict[str, Any] = {
    **CIFAR,
    "epochs": 40,
    "batch_size": 128,
    "augment": {"preset": "crop-flip"},
    "model": {"name": "mlp", "hidden": [1024, 512, 256], "norm": "batch", "dropout": 0.1},
    "optimizer": {"name": "adamw", "lr": 0.001, "weight_decay": 0.05},
    "schedule": {"name": "cosine"},
}

CIFAR_CNN: dict[str, Any] = {
    **CIFAR,
    "epochs": 40,
    "batch_size": 128,
    "augment": {"preset": "crop-flip"},
    "model": {"name": "vgg", "dropout": 0.5},
    "optimizer": {
        "name": "sgd",
        "lr": 0.05,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 5e-4,
    },
    "schedule": {"name": "one-cycle"},
    "loss": {"name": "cross-entropy", "smoothing": 0.1},
}

CONVNET: dict[str, Any] = {
    **CIFAR,
    "epochs": 10,
    "batch_size": 128,
    "model": {"name": "convnet", "filters": [32, 64, 128]},
    "optimizer": {"name": "adamw", "lr": 0.002, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
}
