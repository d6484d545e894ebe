from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from chainrule import data, metrics, saving
from chainrule.cli import main
from chainrule.data.formats.images import write_png
from chainrule.layers import named_parameters

from .conftest import Cli


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    _, test = data.digits()
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path, image in zip(paths, test.images, strict=False):
        path.write_bytes(write_png(image))
    return paths


def test_each_image_gets_its_three_best_classes_under_a_header(
    cli: Cli, finished: Path, files: list[Path]
) -> None:
    said = cli("predict", finished, *files)
    assert said.code == 0
    _, test = data.digits()
    model = saving.load(finished / "model.safetensors")
    p = metrics.predict_probabilities(model, test.images[:4])
    header, *rows = [line.split("\t") for line in said.out.splitlines()]
    assert header[:5] == ["image", "class", "probability", "class 2", "probability 2"]
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
    assert [line.split("\t")[0] for line in out.splitlines()[1:]] == [str(p) for p in files[1:]]
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
        return [line.split("\t")[0] for line in said.out.splitlines()[1:]]

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
    monkeypatch.setattr("chainrule.prediction.BATCH", 3)
    assert cli("predict", "first", *files).out == every


def test_it_needs_an_image(cli: Cli, first: Path) -> None:
    assert "IMAGE requires an argument" in cli("predict", "first").err


def test_so_many_classes_as_are_asked_for(cli: Cli, first: Path, files: list[Path]) -> None:
    for top, classes in ((1, 1), (4, 4), (99, 10)):
        rows = [
            line.split("\t")
            for line in cli("predict", "first", *files, "--top", top).out.split("\n")
        ]
        assert {len(row) for row in rows[:-1]} == {1 + 2 * classes}
    said = cli("predict", "first", files[0], "--top", 0)
    assert (said.code, said.out) == (2, "")
    assert "--top: expected a whole number of at least 1, received 0" in said.err


def test_json_and_csv_say_the_same(cli: Cli, first: Path, files: list[Path]) -> None:
    table = [line.split("\t") for line in cli("predict", "first", *files).out.splitlines()]
    text = cli("predict", "first", *files, "--csv").out
    assert [*csv.reader(text.splitlines())] == table
    answers = json.loads(cli("predict", "first", *files, "--json").out)
    assert [
        [
            each["image"],
            *(x for p in each["predictions"] for x in (p["class"], f"{p['probability']:.4f}")),
        ]
        for each in answers
    ] == table[1:]
    said = cli("predict", "first", *files, "--csv", "--json")
    assert (said.code, said.out) == (2, "")
    assert "expected one of --json and --csv, received both" in said.err


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
def test_a_bad_image_in_a_folder_costs_itself_alone(
    form: tuple[str, ...], cli: Cli, first: Path, files: list[Path], tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "4.png").write_text("no image")
    assert main(["predict", "first", "*.png", *form]) == 2
    out, err = capfd.readouterr()
    assert [Path(path).name in out for path in files] == [True] * 4
    assert "4.png" in err
    assert len(err.splitlines()) == 1


def test_where_nothing_can_be_read_json_is_still_json(cli: Cli, first: Path) -> None:
    said = cli("predict", "first", "none.png", "--json")
    assert (said.code, json.loads(said.out)) == (2, [])


def test_a_model_that_gives_no_number_has_no_answer(
    cli: Cli, first: Path, files: list[Path]
) -> None:
    model = saving.load(first / "model.safetensors")
    for _, parameter in named_parameters(model):
        parameter.value[...] = 3e38  # the logits overflow
    saving.save(model, first / "model.safetensors")
    assert json.loads(cli("predict", "first", files[0], "--json").out)[0]["predictions"] == []
    row = cli("predict", "first", files[0], "--top", 2).out.splitlines()[1]
    assert row.split("\t") == [str(files[0]), "", "", "", ""]


def test_a_name_that_a_spreadsheet_takes_for_a_formula(
    cli: Cli, first: Path, files: list[Path], tmp_path: Path
) -> None:
    files[0].rename(tmp_path / "=1+1.png")
    assert cli("predict", "first", "=1+1.png", "--csv").out.splitlines()[1].startswith("'=1+1.png,")
