from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli.export import FORMATS

from .conftest import Cli


def test_each_format_beside_the_model(cli: Cli, first: Path) -> None:
    pytest.importorskip("onnx")
    said = cli("export", "first", "--onnx", "--python", "--html", "--fold", "--softmax")
    assert said.code == 0
    lines = said.out.splitlines()
    for line, names in zip(
        lines, (["model.onnx"], ["predictor.py", "predictor.npz"], ["classifier.html"]), strict=True
    ):
        assert line.startswith(" and ".join(f"runs/first/{name}" for name in names))
        assert "largest difference " in line and line.endswith(" on 6 images")
        assert all((first / name).stat().st_size > 1000 for name in names)
    assert "<title>first</title>" in (first / "classifier.html").read_text("utf-8")


def test_weights_for_pytorch_lie_in_a_folder_of_their_own(cli: Cli, first: Path) -> None:
    weights = (first / "model.safetensors").read_bytes()
    said = cli("export", "first", "--torch")
    assert said.code == 0 and "largest difference 0.0e+00 on 6 images" in said.out
    assert sorted(f.name for f in (first / "torch").iterdir()) == [
        "config.json", "model.safetensors",
    ]  # fmt: skip
    assert (first / "model.safetensors").read_bytes() == weights
    assert cli("export", "first", "--torch", "--out", "elsewhere").code == 0
    assert Path("elsewhere/config.json").is_file()


def test_places(cli: Cli, first: Path, tmp_path: Path) -> None:
    for folder in ("out", "both"):
        (tmp_path / folder).mkdir()
    assert cli("export", "first", "--html", "--out", "page.html").code == 0
    assert cli("export", "first", "--python", "--out", "out").code == 0
    assert cli("export", "first", "--python", "--html", "--out", "both").code == 0
    assert (tmp_path / "page.html").is_file()
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["predictor.npz", "predictor.py"]
    assert len(list((tmp_path / "both").iterdir())) == 3
    before = (tmp_path / "page.html").stat().st_mtime_ns
    assert cli("export", "first", "--html", "--out", "page.html").code == 0  # replaced, as a report
    assert (tmp_path / "page.html").stat().st_mtime_ns != before


def test_a_model_file_alone(cli: Cli, first: Path, tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes((first / "model.safetensors").read_bytes())
    said = cli("export", "m.safetensors", "--html")
    assert said.out.startswith("classifier.html") and said.out.endswith("on 2 images\n")


def test_without_the_data_random_images_must_do(cli: Cli, first: Path) -> None:
    config = (first / "config.toml").read_text("utf-8")
    (first / "config.toml").write_text(config.replace('data = "digits"', 'data = "/nowhere"'))
    said = cli("export", "first", "--html")
    assert said.out.startswith("note: compared on random images alone: ")
    assert "on 2 images" in said.out


def test_misuse_is_one_line_and_writes_nothing(cli: Cli, first: Path, tmp_path: Path) -> None:
    before = sorted(first.iterdir())
    for arguments, message in (
        (("first",), "expected at least one of --onnx, --python, --html, --torch, received"),
        (("none", "--html"), "no run 'none'"),
        (("first", "--html", "--out", "a.txt"), "expected a file .html or .htm, received 'a.txt'"),
        (("first", "--html", "--out", "none/a.html"), "there is no folder none"),
        (("first", "--html", "--python", "--out", "a"), "--out: expected a folder for several"),
        (("first", "--python", "--out", "a"), "--out: expected a folder that is there"),
        (("first", "--html", "--softmax"), "--softmax is for --onnx"),
    ):
        said = cli("export", *arguments)
        assert (said.code, said.out) == (2, "") and message in said.err
    assert sorted(first.iterdir()) == before


def test_without_onnx_a_line_says_what_to_install(
    cli: Cli, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = cli("export", "first", "--onnx", "--html")
    assert (said.code, said.out) == (2, "")
    assert "pip install 'chainrule[onnx]'" in said.err
    assert not (first / "model.onnx").exists() and not (first / "classifier.html").exists()


def test_a_layer_that_cannot_be_exported_is_named(cli: Cli, tmp_path: Path) -> None:
    model = cr.layers.Sequential(cr.layers.Flatten(), cr.layers.Linear(4, 2)).init(0)
    model.signature = cr.layers.Signature((2, 2, 1), ("a", "b"))
    cr.save(model, tmp_path / "m.safetensors")
    said = cli("export", "m.safetensors", "--html")
    assert said.code == 2 and "Linear takes floats, not uint8 images" in said.err
    model.layers[1].weight.value = np.full((4, 2), 1e38, np.float32)
    assert {*FORMATS} >= {"onnx", "python", "html"}
