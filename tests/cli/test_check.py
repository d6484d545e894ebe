from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.layers import ReLU

from .conftest import Cli


def test_without_an_argument_it_prints_the_table_of_report_a(cli: Cli) -> None:
    said = cli("check")
    assert said.code == 0
    assert "2.3005" in said.out and "7.0521" in said.out
    assert "W2 relative error" in said.out


def test_a_run_a_model_file_and_a_kind_can_be_checked(cli: Cli, first: Path) -> None:
    for name in ("first", first, first / "model.safetensors", "mlp"):
        said = cli("check", name)
        assert said.code == 0
        assert "layers.2.weight" in said.out


def test_a_wrong_gradient_is_a_failed_check(
    cli: Cli, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReLU, "backward", lambda self, dy, cache: 2 * dy)
    said = cli("check", "first")
    assert said.code == 1
    assert "WRONG" in said.out
    assert "the gradient check failed in " in said.err


def test_what_cannot_be_checked_is_said(cli: Cli, tmp_path: Path) -> None:
    assert "no kind (mlp)" in cli("check", "mpl").err
    (tmp_path / "notes.txt").write_text("words")
    assert "notes.txt" in cli("check", "notes.txt").err
    (tmp_path / "folder").mkdir()
    assert "folder is not a run" in cli("check", "folder").err
