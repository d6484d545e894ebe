"""chainrule evaluate of several models: ensembles, soups, views, calibration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import main
from chainrule.cli import members as parsing
from chainrule.metrics import evaluate

from .conftest import SHORT, Cli


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs a and b that kept the same images, c that kept others, and s with snapshots."""
    runs = tmp_path_factory.mktemp("trained") / "runs"
    same = ("--set", "model.norm=batch", "--runs", str(runs))
    ways = {
        "a": (),
        "b": ("--set", "optimizer.lr=0.02"),
        "c": ("--set", "seed=5"),
        "s": ("--set", "snapshots.cycles=3", "--set", "schedule.name=cosine"),
    }
    for name, more in ways.items():
        assert main(["train", *SHORT, *same, *more, "--name", name]) == 0
    return runs


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "runs")


def test_members_and_their_ensemble(cli: Cli, runs: Path) -> None:
    said = cli("evaluate", "a", "b", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    _, test = cr.data.digits()
    models = [cr.load(runs / name / "model.safetensors") for name in "ab"]
    together = evaluate(cr.Ensemble(models), test)
    assert found["accuracy"] == together.accuracy
    assert found["loss"] == pytest.approx(together.loss)
    assert [each["name"] for each in found["members"]] == ["a", "b"]
    assert [each["accuracy"] for each in found["members"]] == [
        evaluate(model, test).accuracy for model in models
    ]
    for each in found["members"]:
        assert each["calibration"]["validation_images"] == 144
        assert each["calibration"]["temperature"] > 0
    assert found["calibration"]["temperature"] > 0
    assert [(pair["first"], pair["second"]) for pair in found["mcnemar"]] == [
        ("a", "b"), ("a", "ensemble"), ("b", "ensemble"),
    ]  # fmt: skip
    share = np.mean(evaluate(models[0], test).predicted != evaluate(models[1], test).predicted)
    assert found["disagreement"]["mean"] == found["disagreement"]["any"] == share


def test_they_are_printed(cli: Cli, runs: Path, tmp_path: Path) -> None:
    said = cli("evaluate", "a", "b", "--average", "logits", "--out", "r.png", "--top", 3)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "ensemble of 2 models, mean of logits"
    assert lines[1].startswith("test accuracy ") and lines[2].startswith("top-3 accuracy ")
    starts = [line.split("\t")[0] for line in lines]
    for start in ("model", "a", "b", "ensemble", "a – b", "class", "9"):
        assert start in starts
    assert "temperatures by 144 validation images; ECE over 15 bins" in lines
    assert any(line.startswith("disagreement: two members say different") for line in lines)
    assert lines[-1] == "figure r.png" and (tmp_path / "r.png").exists()


def test_snapshots_and_their_soups(cli: Cli, runs: Path, tmp_path: Path) -> None:
    words = ("evaluate", "s", "--ensemble", "--soup", "--save-soup", "soup.safetensors", "--json")
    said = cli(*words)
    assert said.code == 0
    found = json.loads(said.out)
    assert [each["name"] for each in found["members"]] == [f"snapshot-0{i}" for i in (1, 2, 3)]
    uniform, greedy = found["soups"]
    assert uniform["of"] == [each["name"] for each in found["members"]]
    _, test = cr.data.digits()
    soup = cr.load(tmp_path / "soup.safetensors")
    assert evaluate(soup, test).accuracy == greedy["accuracy"]
    said = cli("evaluate", "soup.safetensors", "digits")
    assert said.code == 0 and "test accuracy" in said.out


def test_temperatures_are_fitted_on_images_that_no_member_learned_from(
    cli: Cli, runs: Path
) -> None:
    found = json.loads(cli("evaluate", "a", "c", "--json").out)
    splits = [set(cr.data.Split.load(runs / name / "split.json").validation) for name in "ac"]
    common = len(splits[0] & splits[1])
    assert 0 < common < 144
    assert found["calibration"].get("validation_images", common) == common
    assert {each["calibration"]["validation_images"] for each in found["members"]} == {144}


def test_without_validation_images_there_is_a_note_and_no_soup(cli: Cli, runs: Path) -> None:
    (runs / "b" / "split.json").unlink()
    said = cli("evaluate", "a", "b")
    assert said.code == 0
    assert "no temperature: runs/b has no validation images: its split.json is missing" in said.out
    said = cli("evaluate", "a", "b", "--soup")
    assert said.code == 2
    assert "--soup: expected validation images that none of the models was trained on" in said.err


def test_views_of_an_image(cli: Cli, runs: Path) -> None:
    from chainrule.ensemble import TestTimeAugmentation

    _, test = cr.data.digits()
    model = cr.load(runs / "a" / "model.safetensors")
    for views in ("flip", "flip-shift"):
        found = json.loads(cli("evaluate", "a", "--tta", views, "--json").out)
        assert found["accuracy"] == evaluate(TestTimeAugmentation(model, views), test).accuracy
        assert found["tta"] == views
    both = json.loads(cli("evaluate", "a", "b", "--tta", "flip", "--json").out)
    assert both["members"][0]["accuracy"] == evaluate(TestTimeAugmentation(model), test).accuracy


def test_prediction_by_views(cli: Cli, runs: Path, tmp_path: Path) -> None:
    from PIL import Image

    from chainrule.ensemble import TestTimeAugmentation

    _, test = cr.data.digits()
    Image.fromarray(test.images[0, ..., 0]).save(tmp_path / "one.png")
    said = cli("predict", "a", "one.png", "--tta", "flip-shift", "--top", 1, "--json")
    ((answer,),) = (row["predictions"] for row in json.loads(said.out))
    model = TestTimeAugmentation(cr.load(runs / "a" / "model.safetensors"), "flip-shift")
    assert answer["probability"] == pytest.approx(
        cr.predict(model, test.images[:1]).top(1)[0][0][1]
    )
    assert cli("predict", "a", "one.png", "--tta", "turn").code == 2


def test_calibration_of_one_model(cli: Cli, runs: Path, tmp_path: Path) -> None:
    found = json.loads(cli("evaluate", "a", "--calibration", "--json").out)
    assert found["calibration"]["validation_images"] == 144
    assert "members" not in found and "mcnemar" not in found
    said = cli("evaluate", "a", "--out", "r.svg")
    assert said.code == 0 and (tmp_path / "r.svg").exists()
    assert not any(line.startswith("ensemble") for line in said.out.splitlines())


def test_model_files_and_other_data(cli: Cli, runs: Path, tmp_path: Path) -> None:
    shutil.copy(runs / "b" / "model.safetensors", tmp_path / "mine.safetensors")
    said = cli("evaluate", "a", "mine.safetensors", "digits", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert [each["name"] for each in found["members"]] == ["a", "mine.safetensors"]
    assert found["members"][1]["calibration"]["temperature"] is None
    assert "no temperature: mine.safetensors lies in no run" in found["notes"]
    said = cli("evaluate", "a", "mine.safetensors")
    assert said.code == 2 and "mine.safetensors lies in no run, so it is unknown" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a", "--soup"), "--soup: expected two runs or more, or --ensemble for the snapshots"),
        (("a", "--average", "logits"), "--average: expected two runs or more, or --ensemble"),
        (("a", "b", "--ensemble"), "--ensemble: expected one run, whose snapshots are meant"),
        (("a", "--ensemble"), "there are no models in runs/a/snapshots"),
        (("a", "a"), "RUN: expected each model once, received a and a"),
        (("a", "runs/a"), "RUN: expected each model once, received a and runs/a"),
        (("a", "digits", "b"), "DATA: expected data as the last word, received digits before b"),
        (
            ("a", "nothing"),
            "received 'nothing', which is no run in runs, no data set, and there is",
        ),
        (("a", "b", "--runs", "no"), "received 'b', which is no run in no"),
        (("a", "b", "--save-soup", "x.safetensors"), "--save-soup: expected beside --soup"),
        (("a", "b", "--soup", "--save-soup", "no/x"), "cannot write no/x: expected a file"),
        (("a", "b", "--out", "no/x.png"), "cannot write no/x.png: there is no folder no"),
        (("a", "b", "--out", "x.bmp"), "x.bmp: expected a suffix of .png, .svg or .pdf"),
        (("a", "b", "--tta", "turn"), "--tta"),
        (("a", "b", "--average", "votes"), "--average"),
    ],
)
def test_what_cannot_be_is_one_line(
    cli: Cli, runs: Path, words: tuple[object, ...], message: str
) -> None:
    said = cli("evaluate", *words)
    assert said.code == 2
    assert message in said.err


def test_models_that_do_not_go_together(cli: Cli, runs: Path, tmp_path: Path) -> None:
    large = cr.models.mlp((9, 9, 1), (4,), 10).init(0)
    large.signature = cr.layers.Signature((9, 9, 1), tuple("0123456789"))
    large.save(tmp_path / "large.safetensors")
    said = cli("evaluate", "a", "large.safetensors", "digits")
    assert said.code == 2 and "received a for (8, 8, 1), stretch, and large.safetensors" in said.err
    other = cr.models.mlp((8, 8, 1), (4,), 10).init(0)
    other.signature = cr.layers.Signature((8, 8, 1), tuple("abcdefghij"))
    other.save(tmp_path / "other.safetensors")
    said = cli("evaluate", "a", "other.safetensors", "digits")
    assert said.code == 2 and "other.safetensors: expected the classes of the model" in said.err
    wide = cr.models.mlp((8, 8, 1), (40,), 10).init(0)
    wide.signature = cr.layers.Signature((8, 8, 1), tuple("0123456789"))
    (tmp_path / "runs" / "b" / "model.safetensors").unlink()
    wide.save(tmp_path / "runs" / "b" / "model.safetensors")
    said = cli("evaluate", "a", "b", "--soup")
    assert said.code == 2 and "one architecture for a soup, received a and b, of others" in said.err


def test_runs_with_other_test_images(cli: Cli, runs: Path, tmp_path: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for name in "0123456789":
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 256, (8, 8), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    options = ("--epochs", 1, "--set", "model.name=mlp", "--set", "model.hidden=[4]")
    size = ("--set", "images.image_size=[8,8]", "--set", "images.color=gray")
    assert cli("train", "photos", *options, *size, "--name", "p").code == 0
    said = cli("evaluate", "a", "p")
    assert said.code == 2
    assert "RUN: expected runs with the same test images, received a on digits and p on" in said.err
    assert cli("evaluate", "a", "p", "digits").code == 0


def test_words_are_runs_then_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.toml").write_text("")
    runs = Path("runs")
    assert parsing.words(("a",), runs) == (["a"], None)
    assert parsing.words(("a", "b"), runs) == (["a", "b"], None)
    assert parsing.words(("a", "b", "mnist"), runs) == (["a", "b"], "mnist")
    (tmp_path / "folder").mkdir()
    assert parsing.words(("a", "folder"), runs) == (["a"], "folder")
    with pytest.raises(cr.InputError, match="there is no folder or file bb; did you mean 'b'"):
        parsing.words(("a", "bb"), runs)
