"""Every recipe is listed, its settings exist, and a measurement goes on where it was killed."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from chainrule import config
from chainrule.errors import InputError
from chainrule.recipes import MODULES, RECIPES, Recipe, Result, Session, Table, measure
from chainrule.recipes.measuring import every_record, measured
from chainrule.recipes.page import markdown, ours, page, verdict
from chainrule.recipes.summary import accuracies, accuracy_table, bars, curves, mean_percent
from chainrule.training import Callback

DIGITS = {"data": "digits", "epochs": 2, "batch_size": 64, "model": {"name": "mlp", "hidden": [8]}}


def _run(session: Session) -> Result:
    trained = session.compare({"narrow": DIGITS, "wide": {**DIGITS, "batch_size": 128}})
    shown = session.once("shown", lambda: {"seeds": len(session.seeds)})
    found = accuracies(trained["narrow"])
    return Result(
        ours=mean_percent(found),
        reached=min(found) > 0.99,
        figures={"accuracies": found, "shown": shown},
        tables=[accuracy_table(trained, reported={"narrow": "10%"}), Table("T", ["a"], [["<b>"]])],
        plots=[curves(trained), bars({"narrow": found}, "Bars", {"narrow": 0.1})],
        seconds=trained["narrow"][0].seconds,
        notes=["a note"],
    )


SMALL = Recipe("small", "digits <small>", "10%", "at least 99%", _run, seeds=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    place = tmp_path_factory.mktemp("whole")
    return place, measure(SMALL, place / "runs", place / "results", say=lambda line: None)


def test_the_record_is_written_with_its_circumstances_figures_and_page(whole):
    place, record = whole
    assert json.loads((place / "results" / "small.json").read_text()) == record
    assert record["reached"] is False and record["seeds"] == 2 and not record["quick"]
    assert record["machine"] and record["versions"] and record["figures"]["shown"] == {"seeds": 2}
    figures = sorted(file.name for file in (place / "results" / "figures").iterdir())
    assert figures == ["small-1.svg", "small-2.svg"]
    text = (place / "runs" / "small" / "page.html").read_text()
    assert "&lt;b&gt;" in text and "<b>" not in text and "digits &lt;small&gt;" in text
    assert "at least 99%: missed" in text


def test_what_has_ended_is_not_trained_again(whole):
    place, record = whole
    heard: list[str] = []
    again = measure(SMALL, place / "runs", place / "results", say=heard.append)
    assert heard == [] and again["figures"] == record["figures"]


class _Stop(Callback):
    def on_epoch(self, trainer):
        raise KeyboardInterrupt


def test_a_killed_measurement_goes_on_within_a_training_and_between_seeds(whole, tmp_path):
    heard: list[str] = []
    places = (tmp_path / "runs", tmp_path / "results")
    for _ in range(2):  # each is stopped in another epoch
        with pytest.raises(KeyboardInterrupt):
            measure(SMALL, *places, callbacks=lambda: [_Stop()], say=heard.append)
    record = measure(SMALL, *places, say=heard.append)
    assert record["figures"] == whole[1]["figures"]
    assert any("goes on" in line for line in heard)
    assert any("2 of 4" in line and "left" in line for line in heard)


def test_a_quick_measurement_is_apart_and_no_result(tmp_path):
    record = measure(SMALL, tmp_path / "runs", tmp_path / "results", quick=True, say=print)
    assert record["quick"] and record["seeds"] == 1 and not (tmp_path / "results").exists()
    assert "no result" in (tmp_path / "runs" / "small-quick" / "page.html").read_text()


def test_runs_of_other_settings_are_refused_unless_begun_anew(tmp_path):
    def run(session: Session) -> Result:
        session.compare({"one": {**DIGITS, "batch_size": size}})
        return Result("x", None)

    recipe = Recipe("one", "", "", "", run)
    places = (tmp_path / "runs", tmp_path / "results")
    size = 64
    measure(recipe, *places, say=lambda line: None)
    size = 32
    with pytest.raises(InputError, match="batch_size = 64, and the recipe says 32"):
        measure(recipe, *places, say=lambda line: None)
    measure(recipe, *places, restart=True, say=lambda line: None)


def test_trainings_in_a_precision_are_recorded_as_such(tmp_path):
    def run(session: Session) -> Result:
        (trained,) = session.compare({"one": {**DIGITS, "epochs": 1}})["one"]
        loop = session.with_model("built", {**DIGITS, "epochs": 1}, 0, lambda model: model)
        return Result("x", None, figures={"losses": [trained.history[-1]["loss"],
                                                     loop.history[-1]["loss"]]})  # fmt: skip

    recipe = Recipe("one", "", "", "", run, seeds=1)
    records = {
        precision: measure(
            recipe, tmp_path / precision, tmp_path, precision=precision, say=lambda line: None
        )
        for precision in ("float32", "bfloat16")
    }
    assert [records[name]["precision"] for name in records] == ["float32", "bfloat16"]
    exact, rounded = (record["figures"]["losses"] for record in records.values())
    assert all(a != b for a, b in zip(exact, rounded, strict=True))
    assert "reproduce one --precision bfloat16" in (tmp_path / "bfloat16/one/page.html").read_text()
    with pytest.raises(InputError, match="precision = float32, and the recipe says bf16x3"):
        measure(recipe, tmp_path / "float32", tmp_path, precision="bf16x3", say=lambda line: None)


def test_seeds_are_the_first_ones(tmp_path):
    session = Session(tmp_path, seeds=3)
    assert list(session.seeds) == [0, 1, 2]
    assert list(Session(tmp_path, seeds=3, quick=True).seeds) == [0]


def test_the_trainings_of_another_recipe_are_those_that_it_makes_itself(tmp_path):
    def run(session: Session) -> Result:
        session.compare({"one": DIGITS})
        return Result("x", None)

    def beside(session: Session) -> Result:
        session.other(first).compare({"one": DIGITS})
        return Result("x", None)

    first = Recipe("first", "", "", "", run, quick={"max_train_images": 100})
    second = Recipe("second", "", "", "", beside, quick={"max_train_images": 200})
    heard: list[str] = []
    for recipe in (second, first):
        measure(recipe, tmp_path, tmp_path, quick=True, say=heard.append)
    assert len(heard) == 1  # the second one finds it


def test_every_module_of_a_recipe_is_listed_and_opens_with_its_claim():
    folder = Path(importlib.import_module("chainrule.recipes").__file__ or "").parent
    found = {file.stem for file in folder.glob("*.py") if "\nRECIPE = " in file.read_text("utf-8")}
    assert found == {*MODULES}
    names = [recipe.name for recipe in RECIPES.values()]
    assert len(names) == len(MODULES) and names == list(RECIPES)
    for recipe in RECIPES.values():
        letter = recipe.name.partition("-")[0]
        assert letter in {*"ABCDE", "record"} and recipe.did and recipe.reported and recipe.bar


def _settings(value):
    """Every table of settings of a whole training in a module."""
    if isinstance(value, dict) and "data" in value and "epochs" in value:
        yield value


@pytest.mark.parametrize("name", [*MODULES, "settings", "optimizers", "mnist_rows"])
def test_settings_of_recipes_exist(name):
    module = importlib.import_module(f"chainrule.recipes.{name}")
    for value in vars(module).values():
        for settings in _settings(value):
            resolved = config.resolve(config.Settings(settings, place=name))
            assert resolved.epochs == settings["epochs"]


def test_the_list_has_every_recipe_measured_or_not(whole):
    place, _ = whole
    records = every_record(place / "results")
    assert [record["name"] for record in records] == list(RECIPES)
    text = page(records, {})
    assert all(name in text for name in RECIPES)
    unmeasured = {"name": "x", "did": "d", "reported": "r", "bar": "b"}
    assert ours(unmeasured) == "not run" and verdict(unmeasured) == "b"
    assert "not run" in page([unmeasured, unmeasured], {})
    lines = markdown([*records, {**whole[1], "name": "A-small"}])
    assert "### A-small" in lines and "../results/figures/A-small-1.svg" in lines


def test_a_damaged_result_is_not_shown(tmp_path):
    (tmp_path / "A-mnist-mlp.json").write_text("{")
    (tmp_path / "E-sizes.json").write_text('{"name": "other", "ours": "1"}')
    assert every_record(tmp_path) == every_record(tmp_path / "none")


def test_the_figures_that_ship_are_those_of_the_results():
    """`tools/reproduction.py` writes both."""
    results = Path(__file__).parents[2] / "results"
    shipped = measured()
    for name in RECIPES:
        file = results / f"{name}.json"
        found = json.loads(file.read_text()) if file.is_file() else {}
        module = sys.modules[RECIPES[name].run.__module__]
        first = " ".join((module.__doc__ or "").partition("\n\n")[0].split())
        if "ours" in found:
            assert shipped[name]["ours"] == found["ours"], "python tools/reproduction.py"
            assert first.startswith(f"{name}: {found['ours']}"), "python tools/reproduction.py"
        else:
            assert name not in shipped
            assert first.startswith(f"{name}: not run yet"), "python tools/reproduction.py"


def test_the_same_training_in_pytorch_stands_beside_ours(tmp_path):
    result = json.loads((Path(__file__).parents[2] / "results" / "A-mnist-mlp.json").read_text())
    (tmp_path / "A-mnist-mlp.json").write_text(json.dumps(result))
    twin = {
        "recipe": "A-mnist-mlp", "precision": "bfloat16", "test_accuracy": 0.9843, "seed": 0,
        "seconds": 61.2, "pytorch": "2.13.0",
    }  # fmt: skip
    (tmp_path / "A-mnist-mlp-pytorch.json").write_text(json.dumps(twin))
    records = every_record(tmp_path)
    for shown in (page(records, {}), markdown(records)):
        assert "PyTorch 2.13.0 (bfloat16), on the same batches, seed 0: 98.43% in 61 s" in shown
