from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule import data, saving
from chainrule.cli.evaluate import check_fit
from chainrule.data import Dataset
from chainrule.errors import InputError

from .conftest import Cli


def test_it_finds_what_the_training_found(cli: Cli, finished: Path) -> None:
    figures = json.loads((finished / "metrics.json").read_text())
    head, *classes = cli("evaluate", finished).out.splitlines()
    assert f"test accuracy {figures['test_accuracy']:.2%}" in head
    assert f"loss {figures['test_loss']:.4f}" in head
    rows = [line.split("\t") for line in classes]
    assert [(name, share) for name, _, share in rows] == [
        (name, f"{share:.2%}") for name, share in figures["test_per_class"].items()
    ]


@pytest.mark.parametrize("size", [0, 7, 100, 1000])
def test_a_truncated_model_is_named(cli: Cli, first: Path, size: int) -> None:
    model = first / "model.safetensors"
    model.write_bytes(model.read_bytes()[:size])
    said = cli("evaluate", "first")
    assert said.code == 2
    assert "runs/first/model.safetensors" in said.err


def test_a_run_that_has_no_model_yet_says_so(cli: Cli, first: Path) -> None:
    (first / "model.safetensors").unlink()
    assert "has no model yet" in cli("evaluate", "first").err


def test_a_model_for_other_pictures_is_refused(finished: Path) -> None:
    model = saving.load(finished / "model.safetensors")
    _, test = data.digits()
    check_fit(model, test)
    larger = Dataset(test.images.repeat(2, axis=1), test.labels, test.classes)
    with pytest.raises(InputError, match=r"pictures of \(8, 8, 1\)"):
        check_fit(model, larger)
    renamed = Dataset(test.images, test.labels, tuple("abcdefghij"))
    with pytest.raises(InputError, match="expected the classes of the model"):
        check_fit(model, renamed)
    model.signature = None
    with pytest.raises(InputError, match="does not say"):
        check_fit(model, test)
