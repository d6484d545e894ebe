"""A training that begins with a trained model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule import InputError, data, experiment, saving
from chainrule.config import assignments, options, resolve, to_toml
from chainrule.experiment import prepare, reopen
from chainrule.layers import named_parameters
from chainrule.training import Callback, GradualUnfreezing, Run

NET = ["model.name=convnet", "model.filters=[4,6]", "epochs=2", "batch_size=128"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A run on the digits, which the tests only read."""
    folder = tmp_path_factory.mktemp("source") / "digits"
    return experiment.start(resolve(assignments(NET)), folder).run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photographs of two classes, in colors and of another size."""
    place = tmp_path_factory.mktemp("images") / "photos"
    rng = np.random.default_rng(0)
    from PIL import Image

    for name, level in (("dark", 60), ("light", 190)):
        (place / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(level - 50, level + 50, (12, 12, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(place / name / f"{i}.png")
    return place


def settings(run, *more, **given):
    return resolve(options(pretrained={"source": str(run.folder), **given}), assignments(more))


def frozen(model):
    return [path for path, parameter in named_parameters(model) if parameter.frozen]


def test_the_head_alone_by_features(source, tmp_path):
    config = settings(source, "epochs=60", "optimizer.lr=0.01", freeze="body")
    outcome = experiment.start(config, tmp_path / "run")
    before, after = saving.load(source.model).state(), saving.load(outcome.run.model).state()
    moved = {name for name in after if (before[name] != after[name]).any()}
    assert moved == {"layers.10.weight", "layers.10.bias"}
    assert outcome.evaluation.accuracy > 0.5
    figures = json.loads(outcome.run.metrics.read_text())
    assert figures["model"] == "digits" and figures["parameters"] == 342
    written = outcome.run.config.read_text()
    assert f'source = "{source.folder}"' in written and 'name = "pretrained"' in written
    assert cr.predict(outcome.run, data.digits()[1].images[:3]).classes.shape == (3,)


def test_defaults_suit_what_is_trained(source):
    head, tuned, gradual = (
        settings(source, **given) for given in ({"freeze": "body"}, {}, {"unfreeze": "gradual"})
    )
    assert head.augment.preset == "none" and head.optimizer.lr == 1e-3
    assert tuned.augment.preset == "auto" and tuned.optimizer.lr == 5e-4
    assert tuned.pretrained.layer_decay == 1 and gradual.pretrained.layer_decay == 0.8
    assert settings(source, "optimizer.lr=0.1", freeze="body").optimizer.lr == 0.1
    assert prepare(tuned).config.epochs == 40 > 20 <= prepare(head).config.epochs


def test_all_parameters_with_smaller_rates_near_the_images(source):
    prepared = prepare(settings(source, layer_decay=0.5))
    assert frozen(prepared.model) == []
    options = prepared.optimizer.bind(named_parameters(prepared.model))
    assert options["layers.1.weight"].lr_scale == 0.25
    assert options["layers.5.weight"].lr_scale == 0.5
    assert options["layers.10.weight"].lr_scale == 1
    mine = ['optimizer.groups."layers.1.*".lr_scale=2']
    prepared = prepare(settings(source, *mine, layer_decay=0.5))
    assert (
        prepared.optimizer.bind(named_parameters(prepared.model))["layers.1.weight"].lr_scale == 2
    )


def test_gradual_goes_by_the_number_of_epochs(source, tmp_path):
    config = settings(source, "epochs=6", "batch_size=500", unfreeze="gradual")
    seen = []

    class Note(Callback):
        def on_epoch(self, trainer):
            seen.append(len(frozen(trainer.model)))

    outcome = experiment.start(config, tmp_path / "run", [Note()])
    # after epochs 2 and 3, two blocks of which each has three parameters
    assert seen == [6, 3, 0, 0, 0, 0]
    assert outcome.metrics["epochs"] == 6
    plan = settings(source, "epochs=6", unfreeze="gradual", unfreeze_epochs=[1, 4])
    assert experiment.pretrained.callbacks(plan, prepare(plan).model)[0].epochs == (1, 4)


@pytest.mark.parametrize("given", [{"freeze": "body"}, {"unfreeze": "gradual"}, {}])
def test_a_resume_needs_no_source(source, tmp_path, given):
    copy = Run(tmp_path / "source")
    shutil.copytree(source.folder, copy.folder)
    config = settings(copy, "epochs=3", "batch_size=300", "checkpoint.every_steps=1", **given)
    whole = experiment.start(config, tmp_path / "whole")

    run = Run.create(tmp_path / "stopped")
    with pytest.raises(experiment.Interrupted):

        class Ask(Callback):
            def on_step(self, trainer):
                if trainer.step == 6:
                    raise KeyboardInterrupt

        experiment.begin(prepare(config), run, [Ask()])
    shutil.rmtree(copy.folder)
    resumed = experiment.resume(reopen(run), run)
    one, other = saving.load(whole.run.model).state(), saving.load(resumed.run.model).state()
    for name, array in one.items():
        np.testing.assert_array_equal(other[name], array, err_msg=name)


def test_a_resume_from_before_the_first_checkpoint(source, tmp_path):
    config = settings(source, "epochs=1", freeze="body")
    run = Run.create(tmp_path / "run")

    class Ask(Callback):
        def on_start(self, trainer):
            raise KeyboardInterrupt

    with pytest.raises(experiment.Interrupted):
        experiment.begin(prepare(config), run, [Ask()])
    assert reopen(run).config.pretrained.sha256


def test_other_weights_by_the_same_name_are_refused(source, tmp_path):
    kept = prepare(settings(source)).config
    copy = Run(tmp_path / "source")
    shutil.copytree(source.folder, copy.folder)
    model = saving.load(copy.model)
    model.layers[1].weight.value[...] += 1
    saving.save(model, copy.model)
    sha256 = kept.pretrained.sha256
    assert prepare(settings(copy)).config.pretrained.sha256 != sha256
    with pytest.raises(InputError, match=r"^pretrained\.sha256: expected .*others now"):
        prepare(settings(copy, sha256=sha256))


def test_the_head_is_kept_for_the_same_classes(source, folder):
    prepared = prepare(settings(source, head="keep"))
    old = saving.load(source.model).state()
    for name, array in prepared.model.state().items():
        np.testing.assert_array_equal(array, old[name], err_msg=name)
    config = settings(source, f'data="{folder}"', head="keep")
    with pytest.raises(InputError, match=r"pretrained: head: expected the classes of the model"):
        prepare(config)


def test_a_kept_head_has_its_outputs_in_the_order_of_the_data(tmp_path):
    train, _ = data.digits()
    model = cr.models.mlp((8, 8, 1), (8,), 10).init(0)
    model.signature = cr.layers.Signature((8, 8, 1), tuple("9876543210"))
    saving.save(model, tmp_path / "m.safetensors")
    given = {"source": str(tmp_path / "m.safetensors"), "head": "keep"}
    prepared = prepare(resolve(options(pretrained=given)))
    assert prepared.model.signature.classes == tuple("0123456789")
    x = train.images[:5]
    np.testing.assert_allclose(prepared.model(x), model(x)[:, ::-1], rtol=1e-5)


def test_images_as_the_source_knows_them(source, folder):
    prepared = prepare(settings(source, f'data="{folder}"', freeze="body"))
    assert prepared.train.images.shape[1:] == (8, 8, 1)
    assert prepared.config.images.color == "gray" and prepared.config.images.image_size == (8, 8)
    assert prepared.model.signature.classes == ("dark", "light")
    larger = prepare(settings(source, "images.image_size=16", freeze="body"))
    assert larger.train.images.shape[1:] == (16, 16, 1)
    assert larger.model(larger.train.images[:2]).shape == (2, 10)


def test_gray_data_for_a_colored_source(tmp_path):
    model = cr.models.convnet((10, 10, 3), 4, filters=(4,)).init(0)
    model.signature = cr.layers.Signature((10, 10, 3), tuple("abcd"))
    saving.save(model, tmp_path / "m.safetensors")
    config = resolve(options(pretrained={"source": str(tmp_path / "m.safetensors")}))
    prepared = prepare(config)
    assert prepared.train.images.shape[1:] == (10, 10, 3)
    assert "gray images, as three equal channels" in prepared.notes
    assert "resized from 8x8 to 10x10 while they are dealt" in prepared.notes
    measured = experiment.load_other("digits", prepared.model.signature)
    np.testing.assert_array_equal(measured.images.images[0], prepared.test.images[0])


def test_a_data_set_with_a_name_is_resized_without_a_source_too():
    config = resolve(assignments(["images.image_size=[12,10]", "images.resize=pad"]))
    prepared = prepare(config)
    assert prepared.train.images.shape[1:] == (12, 10, 1)
    assert prepared.model.signature.resize == "pad"
    for bad in ("images.image_size=[12,10,8]", "images.test=0.4"):
        with pytest.raises(InputError, match=r"^images"):
            prepare(resolve(assignments([bad])))


def test_what_is_said_of_it(source):
    def said(*more, **given):
        return dict(prepare(settings(source, *more, **given)).about_source)

    head = said(freeze="body")
    assert head["from"] == str(source.folder) and "the head alone, 70 of 342" in head["trained"]
    assert "the body runs once over 1,438 images" in head[""]
    assert "runs in every epoch" in said("augment=crop-flip", freeze="body")[""]
    assert "the head first; the body joins after epoch" in said(unfreeze="gradual")["trained"]
    assert said()["trained"] == "all parameters"
    assert prepare(resolve()).about_source == []


def test_the_estimate_is_that_of_the_features(source):
    head = experiment.estimate(prepare(settings(source, "epochs=500", freeze="body")))
    tuned = experiment.estimate(prepare(settings(source, "epochs=500")))
    assert head.epoch_seconds < tuned.epoch_seconds and head.seconds < tuned.seconds


def refused(source, folder, tmp_path):
    channels = cr.models.mlp((4, 4, 2), (3,), 2).init(0)
    channels.signature = cr.layers.Signature((4, 4, 2), ("a", "b"))
    saving.save(channels, tmp_path / "two.safetensors")
    odd = cr.layers.Sequential(cr.layers.Flatten(), cr.layers.Linear(64, 10)).init(0)
    odd.layers.append(cr.layers.BatchNorm(10).init(0))
    saving.save(odd, tmp_path / "odd.safetensors")
    alone = cr.models.mlp((8, 8, 1), (), 10).init(0)
    saving.save(alone, tmp_path / "alone.safetensors")
    run = str(source.folder)
    return {
        "two channels": (
            {"source": str(tmp_path / "two.safetensors")}, (),
            "or of colored ones, received one of 2",
        ),
        "no head": ({"source": str(tmp_path / "odd.safetensors")}, (), "is its head"),
        "no body": (
            {"source": str(tmp_path / "alone.safetensors"), "freeze": "body"}, (), "with a body",
        ),
        "no body to thaw": (
            {"source": str(tmp_path / "alone.safetensors"), "unfreeze": "gradual"}, (),
            "unfreeze: expected a model with a body",
        ),
        "missing": ({"source": str(tmp_path / "none")}, (), r"^pretrained\.source: .*no such file"),
        "near name": ({"source": "mobilenet_v3"}, (), "did you mean 'mobilenet_v2'"),
        "no run": ({"source": str(tmp_path)}, (), r"^pretrained\.source: .*is not a run"),
        "image size": ({"source": run}, ("images.image_size=2",), "images that the body takes"),
        "color": ({"source": run}, ("images.color=rgb",), r"images\.color: expected 'gray'"),
        "late": (
            {"source": run, "unfreeze": "gradual", "unfreeze_epochs": [9]}, ("epochs=5",),
            r"unfreeze_epochs: expected less than the 5 epochs",
        ),
        "falling": (
            {"source": run, "unfreeze": "gradual", "unfreeze_epochs": [3, 1]}, ("epochs=5",),
            r"unfreeze_epochs: expected numbers that do not fall",
        ),
        "many": (
            {"source": run, "unfreeze": "gradual", "unfreeze_epochs": [1, 1, 2]}, ("epochs=5",),
            "received 3 for a model whose body has 2",
        ),
    }  # fmt: skip


CASES = (
    "two channels", "no head", "no body", "no body to thaw", "missing", "near name", "no run",
    "image size", "color", "late", "falling", "many",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be(source, folder, tmp_path, case):
    given, more, said = refused(source, folder, tmp_path)[case]
    with pytest.raises(InputError, match=said) as raised:
        prepare(resolve(options(pretrained=given), assignments(more)))
    assert "\n" not in str(raised.value)


def test_the_settings_are_read_back(source):
    config = prepare(settings(source, "epochs=4", unfreeze="gradual", unfreeze_epochs=[1])).config
    text = to_toml(config)
    import tomllib

    from chainrule.config import Settings

    assert resolve(Settings(tomllib.loads(text))) == config
    assert isinstance(experiment.pretrained.callbacks(config, prepare(config).model)[0],
                      GradualUnfreezing)  # fmt: skip
