"""One short training on the digits, shared by the tests that only look at it."""

from __future__ import annotations

import pytest

from chainrule import experiment
from chainrule.config import assignments, resolve

SHORT = ("epochs=3", "batch_size=200", "model.hidden=[16]", "checkpoint.every_steps=2")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> experiment.Outcome:
    folder = tmp_path_factory.mktemp("runs") / "short"
    return experiment.start(resolve(assignments(SHORT)), folder)
