"""Small made-up runs to report."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.data.dataset import Dataset
from chainrule.metrics import evaluate


def evaluated(k=3, n=60, shape=(6, 5, 1), classes=None, skill=1.0, seed=0):
    """(evaluation, data set) of a model that is right more often with more ``skill``."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    images = rng.integers(0, 256, (n, *shape), np.uint8)
    names = classes or tuple(f"class {i}" for i in range(k))
    logits = rng.normal(size=(n, k)) + skill * np.eye(k)[labels]
    test = Dataset(images, labels, names, "test", "made-up")
    return evaluate(lambda x: logits, test, batch_size=n), test


def rows(epochs=4):
    return [
        {
            "epoch": epoch,
            "step": 10 * epoch,
            "loss": 2 / epoch,
            "accuracy": 1 - 0.5 / epoch,
            "validation_loss": 3 / epoch,
            "validation_accuracy": 1 - 0.6 / epoch,
            "lr": 0.1 / epoch,
        }
        for epoch in range(1, epochs + 1)
    ]


@pytest.fixture
def tested():
    return evaluated


@pytest.fixture
def history():
    return rows


@pytest.fixture
def arguments(tmp_path):
    """What ``report.write`` takes, for a finished run of three classes."""
    evaluation, test = evaluated()
    folder = tmp_path / "first run"
    folder.mkdir()
    return {
        "run": SimpleNamespace(report=folder / "report.html"),
        "config": {"data": "made-up", "optimizer": {"name": "adam", "lr": 1e-3}},
        "history": rows(),
        "evaluation": evaluation,
        "test": test,
        "machine": {"cpu": "a fast one", "cores": 2},
        "versions": {"numpy": "2.0"},
        "data_hashes": {"test": test.sha256},
        "metrics": {"seconds": 83.2, "images_per_second": 41234.5, "parameters": 1234},
        "seed": 0,
    }
