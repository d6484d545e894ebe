from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.classic import KNN, LinearSVM

from .conftest import Cli


def test_neighbors_are_chosen_by_validation_and_measured(cli: Cli) -> None:
    said = cli("classic", "knn", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    train, test = cr.data.digits()
    choice = cr.classic.choose(train)
    trials = found["choice"]["trials"]
    assert [t["accuracy"] for t in trials] == [t.accuracy for t in choice.trials]
    (knn,) = found["classifiers"]
    assert knn["parameters"] == choice.classifier().get_params()
    assert knn["accuracy"] == choice.classifier().fit(train).score(test)
    assert knn["accuracy_interval"][0] < knn["accuracy"] < knn["accuracy_interval"][1]


def test_folds_with_a_figure_of_their_error_bars(cli: Cli, tmp_path: Path) -> None:
    said = cli("classic", "knn", "digits", "--folds", 3, "--distance", "L2", "--out", "k.png")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[1].split("\t") == [
        "distance",
        "k",
        "accuracy",
        "95% interval",
        "deviation of folds",
    ]
    assert {line.split("\t")[0] for line in lines[2:10]} == {"L2"}
    assert "chosen by 3 folds of 1,438 images: k = 3, L2" in lines
    assert "test accuracy 99.16% (95% interval 97.57% to 99.72%), 359 images" in lines
    assert (tmp_path / "k.png").read_bytes().startswith(b"\x89PNG")


def test_k_and_distance_as_given(cli: Cli) -> None:
    said = cli("classic", "knn", "digits", "--k", 1, "--distance", "L1", "--train-images", 100)
    assert (said.code, "chosen" in said.out) == (0, False)
    assert "100 training images, 359 test images" in said.out
    assert "KNN(k=1, distance='L1'): fitted in" in said.out


def test_linear_classifiers_and_their_templates(cli: Cli, tmp_path: Path) -> None:
    said = cli("classic", "svm", "--epochs", 3, "--reg", 0.001, "--out", "t.png", "--json")
    assert said.code == 0
    (found,) = json.loads(said.out)["classifiers"]
    train, test = cr.data.digits()
    assert found["accuracy"] == LinearSVM(0.001, epochs=3).fit(train).score(test)
    assert (tmp_path / "t.png").exists()
    said = cli("classic", "softmax", "--epochs", 3, "--lr", 0.5)
    assert (said.code, "SoftmaxRegression(lr=0.5, epochs=3)" in said.out) == (0, True)


def test_random_search_stands_beside_gradient_descent(cli: Cli, tmp_path: Path) -> None:
    said = cli("classic", "random", "--draws", 40, "--epochs", 2, "--out", "r.svg")
    assert said.code == 0
    assert "random search: test accuracy" in said.out
    assert "gradient descent: test accuracy" in said.out
    assert (tmp_path / "r.svg").exists()


def test_a_folder_of_images(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, level in (("hell", 200), ("düster", 40)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(8):
            pixels = rng.integers(level, level + 40, (6, 6), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    said = cli("classic", "knn", "photos", "--k", 1, "--distance", "L2")
    assert said.code == 0 and "test accuracy 100.00%" in said.out
    said = cli("classic", "svm", "photos", "--out", "t.png")
    assert said.code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("kNN",), "METHOD: unknown method 'kNN'; choose from knn, random"),
        (("knn", "digitz"), "unknown data set 'digitz'; did you mean 'digits'?"),
        (("knn", "--k", 0), "--k: expected a whole number of at least 1, received 0"),
        (("knn", "--k", 1439), "--k: expected at most 1,438, the training images, received 1439"),
        (("knn", "--k", 1400), "ks: expected at most 1,294, the samples that are not held back"),
        (("knn", "--k", 2.5), "expected a whole number"),
        (("knn", "--distance", "l2"), "--distance: expected 'L1' or 'L2', received 'l2'"),
        (("knn", "--folds", 1), "--folds: expected a whole number of at least 2, received 1"),
        (("knn", "--folds", 1439), "folds: expected at most 1,438"),
        (("knn", "--reg", 0.1), "--reg: expected beside svm or softmax, received beside knn"),
        (("svm", "--folds", 2), "--folds: expected beside knn, received beside svm"),
        (("svm", "--lr", "nan"), "--lr: expected a positive finite number, received nan"),
        (("svm", "--lr", 1e30), "lr: expected a rate that converges"),
        (("softmax", "--reg", -1), "--reg: expected 0 or more"),
        (("random", "--draws", 0), "--draws: expected a whole number of at least 1"),
        (("svm", "--epochs", 0), "--epochs: expected a whole number of at least 1"),
        (("svm", "--seed", -1), "--seed: expected a whole number of at least 0"),
        (("svm", "--out", "no/t.png"), "cannot write no/t.png: there is no folder no"),
        (("svm", "--out", "t.gif"), "t.gif: expected a suffix of .png, .svg or .pdf"),
        (("knn", "--k", 1, "--distance", "L1", "--out", "k.png"), "--out: expected where k or the"),
        (("knn", "--k", 1, "--distance", "L1", "--folds", 3), "--folds: expected where k or the"),
        (("knn", "--train-images", 0), "--train-images: expected from 1 to 1,438"),
        (("knn", "--test-images", 360), "--test-images: expected from 1 to 359"),
        (("svm", "--train-images", 1), "expected two classes or more, received one class"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, words: tuple[object, ...], message: str) -> None:
    said = cli("classic", *words)
    assert said.code == 2
    assert message in said.err


def test_help_names_the_methods(cli: Cli) -> None:
    said = cli("classic", "--help")
    assert said.code == 0
    assert "knn, svm, softmax, random" in " ".join(said.out.split())


def test_it_is_the_same_as_in_python() -> None:
    train, test = cr.data.digits()
    score = KNN(k=5, distance="L2").fit(train.images, train.labels).score(test.images, test.labels)
    assert score > 0.98
