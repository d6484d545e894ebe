from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule import data, saving
from chainrule.cli.measuring import check_fit
from chainrule.data import Dataset
from chainrule.errors import InputError

from ..data.image_files import make_images
from .conftest import Cli


def test_it_finds_what_the_training_found(cli: Cli, finished: Path) -> None:
    figures = json.loads((finished / "metrics.json").read_text())
    head, _, _, *classes = cli("evaluate", finished).out.splitlines()
    assert f"test accuracy {figures['test_accuracy']:.2%}" in head
    assert f"loss {figures['test_loss']:.4f}" in head
    rows = [line.split("\t") for line in classes]
    assert [(name, recall) for name, _, _, recall, _ in rows] == [
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


def test_a_model_for_other_images_is_refused(finished: Path) -> None:
    model = saving.load(finished / "model.safetensors")
    _, test = data.digits()
    check_fit(model, test)
    larger = Dataset(test.images.repeat(2, axis=1), test.labels, test.classes)
    with pytest.raises(InputError, match=r"images of \(8, 8, 1\)"):
        check_fit(model, larger)
    renamed = Dataset(test.images, test.labels, tuple("abcdefghij"))
    with pytest.raises(InputError, match="expected the classes of the model"):
        check_fit(model, renamed)
    model.signature = None
    with pytest.raises(InputError, match="does not say"):
        check_fit(model, test)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run called ``mine`` on a folder of images, with the parts that strangers have."""
    monkeypatch.setattr("chainrule.data.folder.reading.cache_folder", lambda: tmp_path / "cache")
    root = tmp_path / "photos"
    make_images(root / "training_set", {"cat": 8, "dog": 8})
    return make_images(root / "test_set", {"cat": 2, "dog": 3}, start=40).parent


@pytest.fixture
def mine(cli: Cli, photos: Path) -> Path:
    said = cli("train", "photos", "--name", "mine", "--epochs", "1", "--model", "mlp",
               "--set", "model.hidden=[8]")  # fmt: skip
    assert said.code == 0
    assert "\nclasses   2: cat, dog\n" in said.out
    return Path("runs", "mine")


def measured(said) -> str:
    assert said.code == 0, said.err
    return said.out.splitlines()[2]


def test_a_run_on_a_folder_is_measured_where_it_is_said_to_be(cli, photos, mine, tmp_path) -> None:
    here = f"measured on the 5 test images of {photos}"
    assert measured(cli("evaluate", "mine")) == here
    make_images(tmp_path / "new" / "photos", {"train/cat": 2, "train/dog": 2, "test/dog": 4})
    moved = f"measured on the 4 test images of {tmp_path / 'new' / 'photos'}"
    for place in ("new", "new/photos"):
        assert measured(cli("evaluate", "mine", "--data-dir", place)) == moved
    said = cli("evaluate", "mine", "--data-dir", "nowhere")
    assert said.code == 2
    assert "--data-dir: there is no folder or file nowhere" in said.err
    photos.rename(tmp_path / "gone")
    assert "--data-dir says where" in cli("evaluate", "mine").err
    assert cli("report", "mine", "--data-dir", "gone").code == 0
    assert measured(cli("evaluate", "mine", "--data-dir", "gone")).endswith(f"{tmp_path / 'gone'}")


def test_other_images(cli, photos, mine, tmp_path) -> None:
    make_images(tmp_path / "other", {"dog": 3})
    said = cli("evaluate", "mine", "other")
    assert measured(said) == f"measured on all 3 images of {tmp_path / 'other'}"
    assert said.out.splitlines()[-2].split("\t")[:2] == ["cat", "0"]
    (tmp_path / "other.csv").write_text("path,label\nother/dog/0.png,dog\n")
    assert "measured on all 1 image of" in cli("evaluate", "mine", "other.csv").out
    assert measured(cli("evaluate", "mine", "photos")).startswith("measured on the 5 test images")
    make_images(tmp_path / "fox", {"fox": 1})
    assert "does not know: 1 ('fox')" in cli("evaluate", "mine", "fox").err
    assert "expected each model once, received mine" in cli("evaluate", "mine", "mine").err
    assert "--data-dir: expected none" in cli("evaluate", "mine", "other", "--data-dir", ".").err


def test_a_model_file(cli, photos, mine, tmp_path) -> None:
    file = mine / "model.safetensors"
    assert cli("evaluate", file).out == cli("evaluate", "mine").out
    (tmp_path / "alone.safetensors").write_bytes(file.read_bytes())
    assert cli("evaluate", "alone.safetensors", "photos").code == 0
    assert "name the data to measure it on" in cli("evaluate", "alone.safetensors").err


def test_precision_recall_and_f1_are_those_of_scikit_learn(cli: Cli, finished: Path) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    said = json.loads(cli("evaluate", finished, "--json").out)
    predictions = [row.split(",") for row in (finished / "predictions.csv").read_text().split()]
    _, true, predicted, _ = zip(*(row[-4:] for row in predictions[1:] if len(row) > 3), strict=True)
    theirs = metrics.precision_recall_fscore_support(true, predicted, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "images"), theirs, strict=True):
        assert [row[name] for row in said["classes"]] == pytest.approx(values.tolist())
    macro = metrics.precision_recall_fscore_support(
        true, predicted, average="macro", zero_division=0
    )
    assert [*said["macro"].values()] == pytest.approx(macro[:3])


def test_json_says_what_the_text_says(cli: Cli, finished: Path) -> None:
    head, top, macro, _, *rows = cli("evaluate", finished, "--top", 2).out.splitlines()
    said = json.loads(cli("evaluate", finished, "--top", 2, "--json").out)
    low, high = said["accuracy_interval"]
    assert f"{said['accuracy']:.2%} (95% interval {low:.2%} to {high:.2%})" in head
    assert top == f"top-2 accuracy {said['top_k']['accuracy']:.2%}"
    assert said["top_k"]["accuracy"] > said["accuracy"]
    names = ("precision", "recall", "f1")
    assert macro == "macro average: " + ", ".join(
        f"{name.replace('f1', 'F1')} {said['macro'][name]:.2%}" for name in names
    )
    assert [row.split("\t") for row in rows] == [
        [each["class"], str(each["images"]), *(f"{each[name]:.2%}" for name in names)]
        for each in said["classes"]
    ]


def test_a_k_that_cannot_be(cli: Cli, finished: Path) -> None:
    for k in (0, -1):
        said = cli("evaluate", finished, f"--top={k}")
        assert said.code == 2
        assert f"--top: expected a whole number of at least 1, received {k}" in said.err
    assert "top-10 accuracy 100.00% (of 10 classes)" in cli("evaluate", finished, "--top", 10).out


def test_what_is_not_known_of_a_class_is_null(cli, photos, mine, tmp_path) -> None:
    make_images(tmp_path / "other", {"dog": 3})
    text = cli("evaluate", "mine", "other", "--json").out
    cat, dog = json.loads(text, parse_constant=pytest.fail)["classes"]
    assert (cat["images"], cat["recall"], dog["images"]) == (0, None, 3)
    assert "–" in cli("evaluate", "mine", "other").out.splitlines()[-2]


def test_data_sets_by_name(cli: Cli, finished: Path) -> None:
    assert "measured on the 359 test images of digits" not in cli("evaluate", finished).out
    assert cli("evaluate", finished, "digits").out == cli("evaluate", finished).out
    assert "--data-dir: expected a folder" in cli("evaluate", finished, "--data-dir", "no").err
