from __future__ import annotations

import json

import pytest

from chainrule import models
from chainrule.cli.models import summary
from chainrule.layers import named_parameters

from .conftest import Cli


def test_every_model_of_the_registry_is_listed(cli: Cli) -> None:
    header, *rows = [line.split("\t") for line in cli("models").out.splitlines()]
    assert header == ["model", "parameters", "FLOPs", "image", "what it is"]
    assert [row[0] for row in rows] == list(models.MODELS)
    assert {row[3] for row in rows} == {"32x32x3"}


def test_a_new_model_appears_by_itself(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from chainrule.config import schema
    from chainrule.config.schema import MODELS

    monkeypatch.setitem(models.MODELS, "another", models.convnet)
    monkeypatch.setitem(MODELS, "another", MODELS["convnet"])
    assert schema.MODELS is MODELS
    assert "another\t25,898\t" in cli("models").out


def test_the_parameters_are_those_of_the_model(cli: Cli) -> None:
    (row,) = [
        each
        for each in json.loads(cli("models", "--image-shape", "8x8x1", "--json").out)
        if each["name"] == "mlp"
    ]
    built = models.mlp((8, 8, 1), (256, 128, 64), 10).init(0)
    assert row["parameters"] == sum(p.value.size for _, p in named_parameters(built))
    assert row["image_shape"] == [8, 8, 1]
    assert row["flops"] > 2 * (64 * 256 + 256 * 128)


def test_a_model_that_does_not_take_such_images_says_why(cli: Cli) -> None:
    said = cli("models", "--image-shape", "4x4x1")
    assert said.code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in said.out.splitlines()}
    assert rows["vgg"][:2] == ["–", "–"]
    assert "4x4 pixels" in rows["vgg"][-1]
    assert rows["mlp"][0] != "–"
    problem = json.loads(cli("models", "--image-shape", "4x4x1", "--json").out)[-1]
    assert (problem["parameters"], "4x4 pixels" in problem["problem"]) == (None, True)


@pytest.mark.parametrize(
    "shape", ["", "32", "32x32", "0x8x1", "8x8x2", "8x8x3x1", "99999x8x1", "-1x8x3"]
)
def test_a_shape_that_is_none(cli: Cli, shape: str) -> None:
    said = cli("models", f"--image-shape={shape}")
    assert (said.code, said.out) == (2, "")
    assert "--image-shape: expected HEIGHTxWIDTHxCHANNELS" in said.err


def test_no_classes(cli: Cli) -> None:
    assert "--classes: expected a whole number of at least 1" in cli("models", "--classes", "0").err


def test_a_formula_is_no_description() -> None:
    assert summary(models.mlp) == "The multi-layer perceptron."
    assert summary(models.resnet18).startswith("ResNet-18: resnet with")
