"""What a trained model to begin with means for the other settings."""

import pytest

from chainrule.config import Settings, assignments, options, resolve
from chainrule.errors import InputError

FILE = Settings({"model": {"name": "resnet"}, "epochs": 7}, place="exp.toml")
FROM = options({"pretrained.source": "--from"}, pretrained={"source": "runs/first"})


def test_it_is_the_model_whatever_came_before():
    config = resolve(FILE, FROM)
    assert config.epochs == 7 and config.pretrained.source == "runs/first"
    assert config.model.__struct_config__.tag == "pretrained"
    assert config.optimizer.lr == 5e-4  # not that of the digits


def test_a_run_of_its_own_config_is_read_again():
    run = Settings({"model": {"name": "pretrained"}, "pretrained": {"source": "a"}}, by_run=True)
    assert resolve(run, assignments(["epochs=3"])).epochs == 3
    assert resolve(run, FROM).pretrained.source == "runs/first"


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (
            (FROM, assignments(["model.name=mlp"])),
            r"^--set: model\.name: expected none beside --fr",
        ),
        ((FROM, assignments(["model.dropout=0.5"])), r"^--set: model: expected none beside --from"),
        (
            (Settings({"pretrained": {"source": "a"}, "model": {"name": "mlp"}}, place="x.toml"),),
            r"^x\.toml: model\.name: expected none beside x\.toml: pretrained\.source a",
        ),
        ((assignments(["pretrained.freeze=body"]),), "expected a trained model to begin with"),
        ((assignments(["pretrained.layer_decay=0.5"]),), "expected a trained model"),
        ((assignments(["model.name=pretrained"]),), "expected pretrained.source beside"),
        ((assignments(["pretrained=mobilenet_v2"]),), r"expected a table \[pretrained\]"),
        ((FROM, assignments(["pretrained.freeze=hed"])), "unknown freeze 'hed'"),
        ((FROM, assignments(["pretrained.freezing=body"])), "did you mean 'freeze'"),
        ((FROM, assignments(["pretrained.layer_decay=1.5"])), "layer_decay"),
        ((FROM, assignments(["pretrained.unfreeze_epochs=[-1]"])), "unfreeze_epochs"),
        ((assignments(["pretrained.source=3"]),), "source"),
    ],
)
def test_what_cannot_be(sources, said):
    with pytest.raises(InputError, match=said) as raised:
        resolve(*sources)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("mobilenet_v2", "mobilenet_v2"),
        ("/home/me/runs/first/", "first"),
        ("/home/me/runs/first/model.safetensors", "first"),
        ("/home/me/pets.safetensors", "pets"),
    ],
)
def test_what_it_is_called(source, name):
    assert resolve(options(pretrained={"source": source})).model_name == name
    assert resolve().model_name == "mlp"
