from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule import data, metrics, saving
from chainrule.cli import main
from chainrule.data.pictures import write_png

from .conftest import Cli


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    _, test = data.digits()
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path, image in zip(paths, test.images, strict=False):
        path.write_bytes(write_png(image))
    return paths


def test_each_picture_gets_its_three_best_classes(
    cli: Cli, finished: Path, pictures: list[Path]
) -> None:
    said = cli("predict", finished, *pictures)
    assert said.code == 0
    _, test = data.digits()
    model = saving.load(finished / "model.safetensors")
    p = metrics.predict_probabilities(model, test.images[:4])
    rows = [line.split("\t") for line in said.out.splitlines()]
    assert [row[0] for row in rows] == [str(path) for path in pictures]
    for row, probabilities in zip(rows, p, strict=True):
        best = np.argsort(-probabilities)[:3]
        assert row[1::2] == [str(k) for k in best]
        assert row[2::2] == [f"{probabilities[k]:.4f}" for k in best]


def test_what_is_no_picture_is_named_and_the_others_are_predicted(
    cli: Cli, first: Path, pictures: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    pictures[0].write_bytes(pictures[0].read_bytes()[:60])
    code = main(["predict", "first", "text.png", "none.png", *map(str, pictures)])
    out, err = capfd.readouterr()
    assert code == 2
    assert [line.split("\t")[0] for line in out.splitlines()] == [str(p) for p in pictures[1:]]
    named = [line.split(":")[1] for line in err.splitlines()]
    assert [name.split("/")[-1].split()[-1] for name in named] == ["text.png", "none.png", "0.png"]


def test_a_single_bad_picture_is_one_line(cli: Cli, first: Path) -> None:
    said = cli("predict", "first", "none.png")
    assert (said.code, said.out) == (2, "")
    assert "none.png: No such file" in said.err


def test_it_needs_a_picture(cli: Cli, first: Path) -> None:
    assert "IMAGE requires an argument" in cli("predict", "first").err
