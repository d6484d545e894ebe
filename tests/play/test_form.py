from __future__ import annotations

import os

import numpy as np
import pytest

pytest.importorskip("starlette")

from chainrule import InputError
from chainrule.config import resolve
from chainrule.data.formats.images import write_png
from chainrule.play.context import PlayContext
from chainrule.play.form import configured, data_choices, form, image_folders


def folder_of_images(place):
    for name in ("cat", "dog"):
        (place / name).mkdir(parents=True)
        for i in range(3):
            image = np.full((4, 4, 1), 40 * i, np.uint8)
            (place / name / f"{i}.png").write_bytes(write_png(image))
    return place


def field(spec, path):
    every = [f for group in spec["groups"] for f in group["fields"]]
    return next(f for f in every if f["path"] == path)


def test_the_form_says_what_the_command_line_would_do(here):
    spec = form(PlayContext())
    config = resolve()
    assert field(spec, "epochs")["value"] == str(config.epochs)
    assert field(spec, "optimizer.lr")["value"] == "0.01"
    assert field(spec, "model.hidden")["value"] == "[256, 128]"
    assert field(spec, "augment.preset")["control"] == "choice"
    assert "passes over" in field(spec, "epochs")["meaning"]


def test_every_choice_of_a_table_makes_a_form(here):
    for group in form(PlayContext())["groups"][1:]:
        for word in group["choices"]:
            spec = form(PlayContext(), "digits", {group["path"]: word})
            again = next(g for g in spec["groups"] if g["name"] == group["name"])
            assert again["value"] == word


def test_every_value_that_it_shows_can_be_sent_back(here):
    spec = form(PlayContext())
    values = {f["path"]: f["value"] for group in spec["groups"] for f in group["fields"]}
    values = {path: value for path, value in values.items() if value}
    values |= {group["path"]: group["value"] for group in spec["groups"][1:]}
    assert configured(PlayContext(), "digits", values) == resolve()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"optimizer.lr": "-1"}, "optimizer.lr"),
        ({"optimizer.lr": "fast"}, "optimizer.lr"),
        ({"epochs": "0"}, "epochs"),
        ({"model.name": "mpl"}, "did you mean 'mlp'"),
        ({"model.name": "pretrained"}, ""),
        ({"model.blocks": "[1]"}, "blocks"),
        ({"data_dir": "/etc"}, "unknown setting"),
        ({"pretrained.source": "/etc/passwd"}, "unknown setting"),
        ({"images.root": "/"}, "unknown setting"),
        ({"log.to": "['csv']"}, "unknown setting"),
        ({"checkpoint.every_seconds": "1"}, "unknown setting"),
        ({"epochs": 3}, "expected a short text"),
        ({"epochs": "9" * 5000}, "expected a short text"),
        ([], "expected an object"),
        ("epochs=3", "expected an object"),
    ],
)
def test_what_cannot_be_is_a_sentence(here, values, said):
    with pytest.raises(InputError) as caught:
        configured(PlayContext(), "digits", values)
    assert said in str(caught.value) and "--set" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "/etc",
        "..",
        "../..",
        "/",
        "nothing",
        "",
        "\0",
        None,
        3,
        ["digits"],
        "cifar",
        "link",
        "a.txt",
    ],
)
def test_data_outside_of_the_folders_is_refused(here, name):
    outside = here.parent / f"{here.name}-outside"
    folder_of_images(outside)
    os.symlink(outside, here / "link")
    (here / "a.txt").write_text("x")
    with pytest.raises(InputError):
        configured(PlayContext(), name)


def test_a_folder_below_the_working_directory_can_be_chosen(here):
    pets = folder_of_images(here / "a" / "pets")
    assert list(image_folders(here)) == [pets]
    found = [each for each in data_choices(PlayContext()) if each.get("name")]
    assert [each["name"] for each in found] == [os.path.join("a", "pets")]
    assert configured(PlayContext(), "a/pets").data == str(pets)
    assert form(PlayContext(), str(pets))["data"] == str(pets)


def test_a_folder_of_the_command_line_can_be_chosen(here):
    outside = folder_of_images(here.parent / f"{here.name}-chosen")
    context = PlayContext(chosen={"kind": "data", "name": str(outside)}, extra=(outside,))
    assert configured(context, str(outside)).data == str(outside)
    assert str(outside) in [each["value"] for each in data_choices(context)]


def test_data_sets_that_are_not_here_are_said(here, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(here))
    monkeypatch.setenv("XDG_CACHE_HOME", str(here))
    there = {each["value"]: each["here"] for each in data_choices(PlayContext())}
    assert there["digits"] and not there["mnist"]
