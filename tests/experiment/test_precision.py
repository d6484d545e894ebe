"""The precision of a run: in its settings, its figures and its trainer; its test is in float32."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.config import assignments, load, resolve, to_toml
from chainrule.errors import InputError
from chainrule.experiment import prepare, reopen, resume, start
from chainrule.experiment.preparation import build_trainer, estimate
from chainrule.experiment.run import Interrupted, begin
from chainrule.kernels import instructions, precision
from chainrule.metrics import evaluate
from chainrule.saving import load as load_model
from chainrule.training import Callback, Run

SHORT = ("epochs=2", "model.hidden=[16]", "batch_size=200")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever CPU this is, nothing is said of it."""
    monkeypatch.setattr(instructions, "_told", {*precision.PRECISIONS})


def config(asked: str):
    return resolve(assignments([*SHORT, f"precision={asked}"]))


@pytest.mark.parametrize("asked", precision.PRECISIONS)
def test_it_is_a_setting_and_recorded(asked: str, tmp_path: Path) -> None:
    outcome = start(config(asked), tmp_path / "run")
    run = outcome.run
    assert f'precision = "{asked}"' in run.config.read_text()
    metrics = json.loads(run.metrics.read_text())
    assert metrics["precision"] == asked
    assert metrics["products"] == instructions.instructions(asked)
    assert asked in run.report.read_text("utf-8")
    experiment = reopen(run)
    assert build_trainer(experiment, run).precision == asked
    model = load_model(run.model)
    assert evaluate(model, experiment.test).accuracy == metrics["test_accuracy"]
    with precision.using("float32"):
        assert evaluate(model, experiment.test).loss == metrics["test_loss"]


@pytest.mark.parametrize("asked", precision.PRECISIONS)
def test_an_interrupted_run_ends_in_the_same_weights(asked: str, tmp_path: Path) -> None:
    class Stop(Callback):
        def on_step(self, trainer):
            if trainer.step == 9:
                raise KeyboardInterrupt

    whole = start(config(asked), tmp_path / "whole").run
    cut = Run.create(tmp_path / "cut")
    with pytest.raises(Interrupted):
        begin(prepare(config(asked)), cut, [Stop()])
    resume(reopen(cut), cut, say=[].append)
    weights, others = load_model(whole.model).state(), load_model(cut.model).state()
    for path, array in weights.items():
        np.testing.assert_array_equal(others[path], array, err_msg=path)


def test_a_run_without_the_setting_is_in_float32(tmp_path: Path) -> None:
    text = "".join(
        line for line in to_toml(config("float32")).splitlines(True) if "precision" not in line
    )
    (tmp_path / "config.toml").write_text(text)
    assert load(tmp_path / "config.toml").precision == "float32"


def test_the_estimate_is_made_in_the_same_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    experiment = prepare(config("bfloat16"))
    layer = experiment.model.layers[-1]
    kind = type(layer)
    forward = kind.forward
    monkeypatch.setattr(
        kind, "forward", lambda self, x: (seen.add(precision.current()), forward(self, x))[1]
    )
    estimate(experiment, by_layer=False)
    assert seen == {"bfloat16"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("bf16", "precision: unknown precision 'bf16'; did you mean 'bfloat16'?"),
        ("float16", "did you mean 'bfloat16'?"),
        ("fp32", "did you mean 'float32'?"),
        ("bfloat", "did you mean 'bfloat16'?"),
        ("x", "choose from bf16x3, bfloat16, float32, float32-strict"),
        ("32", "unknown precision 32"),
        ("true", "unknown precision True"),
        ('["bfloat16"]', "precision"),
    ],
)
def test_what_is_no_precision(value: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        config(value)
    assert "precision" in str(error.value)
    assert said in str(error.value)
