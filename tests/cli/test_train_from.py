"""chainrule train --from"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.training import Run

from .conftest import Cli

NET = ("--model", "convnet", "--set", "model.filters=[4]", "--epochs", "2")


@pytest.fixture
def source(cli: Cli) -> str:
    assert cli("train", *NET, "--name", "first").code == 0
    return "first"


def test_a_head_on_the_features_of_a_run(cli: Cli, source: str) -> None:
    said = cli("train", "digits", "--from", source, "--freeze", "body", "--epochs", "20")
    assert said.code == 0
    assert "the head alone, " in said.out and "the body runs once over 1,438 images" in said.out
    run = Run.open("runs/digits-first-001")
    assert json.loads(run.metrics.read_text())["model"] == "first"
    assert cli("evaluate", "digits-first-001").code == 0
    assert cli("doctor", "digits-first-001", "--only", "outputs").code == 0
    assert cli("report", "digits-first-001").code == 0


def test_another_size_and_a_file(cli: Cli, source: str) -> None:
    file = f"runs/{source}/model.safetensors"
    said = cli("train", "digits", "--from", file, "--image-size", "12", "--epochs", "1")
    assert said.code == 0 and "resized from 8x8 to 12x12" in said.out
    assert "of 12x12x1" in said.out
    assert cli("evaluate", "digits-first-001", "digits").code == 0


def test_gradual(cli: Cli, source: str) -> None:
    said = cli("train", "--from", source, "--unfreeze", "gradual", "--epochs", "3")
    assert said.code == 0 and "the head first; the body joins after epoch 2" in said.out
    assert "each block at 0.8 of the next one's rate" in said.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "frist"), "did you mean 'first'?"),
        (("--from", "elsewhere/model"), "no such file or folder"),
        (("--from", "mobilenet_v3"), "did you mean 'mobilenet_v2'?"),
        (("--from", ""), "--from: expected a pre-trained model, a run or a file"),
        (("--freeze", "body"), "--freeze: expected a trained model to begin with"),
        (("--unfreeze", "gradual"), "--unfreeze: expected a trained model to begin with"),
        (("--from", "first", "--model", "mlp"), "--model: expected none beside --from"),
        (("--from", "first", "--freeze", "all"), "--freeze"),
        (("--from", "first", "--image-size", "1"), "images that the body takes"),
        (("--from", "."), "is not a run"),
        (("--image-size", "0", "--set", "images.test=0.5"), "images.test"),
    ],
)
def test_wrong_words(cli: Cli, source: str, words: tuple[str, ...], said: str) -> None:
    result = cli("train", "digits", *words)
    assert result.code == 2 and said in result.err and "Traceback" not in result.err
    assert [path.name for path in Path("runs").iterdir()] == ["first"]
