"""A trained model by a name, a run or a file."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import InputError, models, transfer, weights
from chainrule.config import assignments, resolve
from chainrule.experiment import start
from chainrule.transfer.sources import names, weights_sha256


def test_a_run_and_a_file(tmp_path):
    config = resolve(assignments(["epochs=1", "model.hidden=[8]"]))
    run = start(config, tmp_path / "run").run
    for source in (run.folder, run.model, str(run.folder)):
        assert transfer.load(source).signature.image_shape == (8, 8, 1)


def test_a_name_goes_to_the_weights(monkeypatch):
    monkeypatch.setattr(weights, "pretrained", lambda name: f"the model {name}")
    assert transfer.load("mobilenet_v2") == "the model mobilenet_v2"
    assert set(names()) == {"mobilenet_v2", "efficientnet_lite0", "squeezenet1_1"}


def text(path):
    path.write_text("no model")
    return path


def truncated(path):
    cr.save(models.mlp(8, (4,), 2).init(0), path)
    path.write_bytes(path.read_bytes()[:-8])
    return path


def unfinished(path):
    path.mkdir()
    (path / "config.toml").write_text("")
    return path


def empty(path):
    path.mkdir()
    return path


def nan(path):
    model = models.mlp(8, (4,), 2).init(0)
    model.layers[2].weight.value[0] = np.nan
    cr.save(model, path)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path, "no such file or folder"),
        (text, "not a safetensors file"),
        (truncated, "safetensors"),
        (unfinished, "without a model yet"),
        (empty, "is not a run"),
        (nan, "NaN"),
        (lambda path: "", "received ''"),
        (lambda path: "mobilenet_v3", "did you mean 'mobilenet_v2'"),
        (lambda path: 3, "source"),
    ],
)
def test_what_is_no_model(tmp_path, make, said):
    with pytest.raises(InputError, match=said):
        transfer.load(make(tmp_path / "x.safetensors"))


def test_a_hash_tells_weights_from_others():
    one, other = models.mlp(8, (4,), 2).init(0), models.mlp(8, (4,), 2).init(0)
    assert weights_sha256(one) == weights_sha256(other)
    other.layers[2].bias.value[0] += 1
    assert weights_sha256(one) != weights_sha256(other)
