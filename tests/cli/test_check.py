from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.cli.check import _kind
from chainrule.layers import ReLU
from chainrule.models import MODELS

from .conftest import Cli


def test_without_an_argument_it_prints_the_table_of_report_a(cli: Cli) -> None:
    said = cli("check")
    assert said.code == 0
    assert "2.3005" in said.out and "7.0521" in said.out
    assert "W2 relative error" in said.out


DEEP = ("resnet32", "resnet56")
"""They have the blocks of resnet20, three times as many arrays, and take nine times as long."""


@pytest.mark.parametrize("name", [name for name in MODELS if name not in DEEP])
def test_every_model_of_the_catalog_passes(cli: Cli, name: str) -> None:
    """A new model needs sizes in ``chainrule.cli.check.SIZES`` if its own are not small."""
    said = cli("check", name)
    assert said.code == 0, said.err
    assert "layers.1." in said.out or "layers.2." in said.out
    assert "WRONG" not in said.out and "only kinks" not in said.out


@pytest.mark.parametrize("name", DEEP)
def test_deep_ones_are_built_for_the_check(name: str) -> None:
    model = _kind(name)
    assert model.initialized and model.signature is not None


def test_all_of_them_can_be_checked_at_once(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: MODELS[name] for name in ("mlp", "resnet")}
    monkeypatch.setattr("chainrule.models.MODELS", small)
    said = cli("check", "--all")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(small)
    assert all(line.endswith("ok") for line in said.out.splitlines())
    assert "expected no MODEL beside it" in cli("check", "mlp", "--all").err


def test_a_run_and_a_model_file_can_be_checked(cli: Cli, first: Path) -> None:
    for name in ("first", first, first / "model.safetensors"):
        said = cli("check", name, "--samples", 3)
        assert said.code == 0
        assert "layers.2.weight" in said.out


def test_a_wrong_gradient_is_named(cli: Cli, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReLU, "backward", lambda self, dy, cache: dy)
    said = cli("check", "first")
    assert said.code == 1
    assert "WRONG" in said.out
    assert "DIAGNOSIS  dL/dx of layers.4 (ReLU): gate missing" in said.out
    assert "the gradient check failed in " in said.err
    assert "diagnosis: dL/dx of layers.4 (ReLU): gate missing" in said.err


def test_what_cannot_be_checked_is_said(cli: Cli, tmp_path: Path) -> None:
    assert f"no kind ({', '.join(MODELS)})" in cli("check", "mpl").err
    (tmp_path / "notes.txt").write_text("words")
    assert "notes.txt" in cli("check", "notes.txt").err
    (tmp_path / "folder").mkdir()
    assert "folder is not a run" in cli("check", "folder").err
    assert "samples: expected 1 or more" in cli("check", "mlp", "--samples", 0).err
