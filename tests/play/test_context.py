from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from chainrule import InputError, data, models, save
from chainrule.cli.play import context_of
from chainrule.play.context import PlayContext
from chainrule.training import Trainer


def saved(path):
    model = models.mlp((8, 8, 1), (), 10)
    Trainer(model).fit(data.digits()[0].take(range(50)), epochs=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, path)


def test_models_of_runs_and_of_a_file(here):
    saved(here / "runs" / "a" / "model.safetensors")
    (here / "runs" / "a" / "config.toml").write_text("")
    (here / "runs" / "b").mkdir()
    (here / "runs" / "b" / "config.toml").write_text("")
    saved(here / "own.safetensors")
    context = context_of("own.safetensors", None, PlayContext().runs)
    assert context.chosen == {"kind": "model", "name": "own.safetensors"}
    assert context.models() == ["own.safetensors", "a"]
    assert context.model("a") is context.model("a")
    assert context.model("own.safetensors").signature is not None
    for name in ("b", "c", "../own.safetensors", None):
        with pytest.raises(InputError):
            context.model(name)


def test_a_model_is_read_again_when_it_changes(here):
    file = here / "own.safetensors"
    saved(file)
    context = context_of("own.safetensors", None, PlayContext().runs)
    first = context.model("own.safetensors")
    model = models.mlp((8, 8, 1), (4,), 10)
    Trainer(model).fit(data.digits()[0].take(range(50)), epochs=1)
    save(model, file)
    assert context.model("own.safetensors") is not first


def test_a_run_of_another_folder(here, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "mine"
    saved(other / "model.safetensors")
    (other / "config.toml").write_text("")
    context = context_of(str(other), None, PlayContext().runs)
    assert context.chosen == {"kind": "run", "name": "mine"}
    assert context.models() == ["mine"] and context.run_names() == ["mine"]


@pytest.mark.parametrize("target", ["mnits", "nothing", "", "a.safetensors", "\0"])
def test_a_target_that_is_nothing(here, target):
    with pytest.raises(InputError):
        context_of(target, None, PlayContext().runs)


def test_data_of_the_command_line(here):
    assert context_of("digits", None, PlayContext().runs).chosen == {
        "kind": "data",
        "name": "digits",
    }
    (here / "pets" / "cat").mkdir(parents=True)
    context = context_of("pets", None, PlayContext().runs)
    assert context.chosen == {"kind": "data", "name": str(here / "pets")}
