from __future__ import annotations

import json
import tomllib

import pytest

from chainrule.cli.settings import select
from chainrule.config import schema
from chainrule.config.reference import tables

from .conftest import SHORT, Cli


def names(said) -> list[str]:
    assert said.code == 0, said.err
    return [line.split("\t")[1] for line in said.out.splitlines()[1:]]


def test_without_a_word_every_setting_is_listed(cli: Cli) -> None:
    listed = names(cli("settings"))
    assert {form.dotted(s.name) for form in tables() for s in form.settings} <= set(listed)
    rows = [line.split("\t") for line in cli("settings").out.splitlines()]
    assert ["mlp", "model.hidden", "[256, 128, 64]"] in [row[:3] for row in rows]
    assert ["adam", "optimizer.name", '"adam"', "the default"] in rows
    assert all(len(row) == 4 for row in rows)


@pytest.mark.parametrize(
    ("prefix", "first", "count"),
    [
        ("seed", "seed", 1),
        ("optimizer.adam.lr", "optimizer.lr", 2),
        ("model.mlp", "model.hidden", 5),
        ("loss.smoothing", "loss.smoothing", 2),
        ("[early_stopping]", "early_stopping.patience", 3),
        ("augment.rotation", "augment.rotation.degrees", 4),
        ("optimizer.name", "optimizer.name", len(schema.OPTIMIZERS)),
    ],
)
def test_a_prefix_chooses(cli: Cli, prefix: str, first: str, count: int) -> None:
    listed = [name for name in names(cli("settings", prefix))]
    assert first in listed
    assert len(listed) == count


def test_a_setting_is_found_by_its_last_name_too(cli: Cli) -> None:
    assert set(names(cli("settings", "dropout"))) == {"model.dropout", "model.name"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("optimzer", "'optimizer'"), ("optimizer.adm", "'optimizer.adam'"),
        ("dropot", "'dropout'"), ("modle.mlp", "'model.mlp'"), ("zzz", "choose from augment"),
    ],
)  # fmt: skip
def test_a_wrong_prefix_gets_the_nearest(cli: Cli, word: str, meant: str) -> None:
    said = cli("settings", word)
    assert (said.code, said.out) == (2, "")
    assert f"no setting begins with '{word}'" in said.err
    assert meant in said.err


def test_json(cli: Cli) -> None:
    assert json.loads(cli("settings", "optimizer.adam.lr", "--json").out) == [
        {
            "setting": "optimizer.lr",
            "form": "adam",
            "default": 0.001,
            "rule": "a positive finite number",
            "meaning": "the learning rate at its peak; [schedule] says how it changes",
        }
    ]
    assert len(json.loads(cli("settings", "--json").out)) == sum(
        len(found) for _, found in select("")
    )
    assert "received both" in cli("settings", "--json", "--toml").err


def test_train_takes_the_template_as_it_is(cli: Cli, tmp_path) -> None:
    text = cli("settings", "--toml").out
    assert text.isascii()
    (tmp_path / "template.toml").write_text(text)
    assert cli("train", *SHORT, "--config", "template.toml", "--name", "a").code == 0
    assert cli("train", *SHORT, "--name", "b").code == 0
    a, b = (tomllib.loads((tmp_path / "runs" / name / "config.toml").read_text()) for name in "ab")
    assert a == b
