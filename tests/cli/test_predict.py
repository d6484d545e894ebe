from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule import data, metrics, saving
from chainrule.cli import main
from chainrule.data.formats.images import write_png

from .conftest import Cli


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    _, test = data.digits()
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path, image in zip(paths, test.images, strict=False):
        path.write_bytes(write_png(image))
    return paths


def test_each_image_gets_its_three_best_classes(
    cli: Cli, finished: Path, files: list[Path]
) -> None:
    said = cli("predict", finished, *files)
    assert said.code == 0
    _, test = data.digits()
    model = saving.load(finished / "model.safetensors")
    p = metrics.predict_probabilities(model, test.images[:4])
    rows = [line.split("\t") for line in said.out.splitlines()]
    assert [row[0] for row in rows] == [str(path) for path in files]
    for row, probabilities in zip(rows, p, strict=True):
        best = np.argsort(-probabilities)[:3]
        assert row[1::2] == [str(k) for k in best]
        assert row[2::2] == [f"{probabilities[k]:.4f}" for k in best]


def test_what_is_no_image_is_named_and_the_others_are_predicted(
    cli: Cli, first: Path, files: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("no image")
    files[0].write_bytes(files[0].read_bytes()[:60])
    code = main(["predict", "first", "text.png", "none.png", *map(str, files)])
    out, err = capfd.readouterr()
    assert code == 2
    assert [line.split("\t")[0] for line in out.splitlines()] == [str(p) for p in files[1:]]
    named = [line.split(":")[1] for line in err.splitlines()]
    assert [name.split("/")[-1].split()[-1] for name in named] == ["text.png", "none.png", "0.png"]


def test_a_single_bad_image_is_one_line(cli: Cli, first: Path) -> None:
    said = cli("predict", "first", "none.png")
    assert (said.code, said.out) == (2, "")
    assert "none.png: No such file" in said.err


def test_folders_patterns_and_a_model_file(
    cli: Cli, first: Path, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "new" / "deep").mkdir(parents=True)
    for place, path in zip(("new/a.png", "new/deep/b.png"), files, strict=False):
        path.rename(tmp_path / place)
    (tmp_path / "alone.safetensors").write_bytes((first / "model.safetensors").read_bytes())

    def named(*arguments: str) -> list[str]:
        said = cli("predict", *arguments)
        assert said.code == 0
        return [line.split("\t")[0] for line in said.out.splitlines()]

    assert named("first", "new") == ["new/a.png", "new/deep/b.png"]
    assert named("alone.safetensors", "new/*.png") == ["new/a.png"]
    assert named("runs/first/model.safetensors", "new/**/*.png", "2.png") == [
        "new/a.png", "new/deep/b.png", "2.png"
    ]  # fmt: skip
    assert "no image file fits the pattern 'new/*.gif'" in cli("predict", "first", "new/*.gif").err


def test_more_images_than_are_in_memory_at_a_time(
    cli: Cli, first: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = cli("predict", "first", *files).out
    monkeypatch.setattr("chainrule.cli.predict.BATCH", 3)
    assert cli("predict", "first", *files).out == every


def test_it_needs_an_image(cli: Cli, first: Path) -> None:
    assert "IMAGE requires an argument" in cli("predict", "first").err
