"""--device of the commands, and the setting ``device``, on strict arrays of the tests' own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ..device.conftest import gpu as gpu
from ..device.strict import State
from .conftest import SHORT, Cli


def row(text: str, name: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith(f"{name} "))
    return line


def test_a_run_on_a_gpu_is_used_everywhere(cli: Cli, gpu: State) -> None:
    said = cli("train", *SHORT, "--device", "gpu", "--name", "there")
    assert said.code == 0, said.err
    assert row(said.out, "device").endswith("gpu (Imaginary 1000), float32")
    assert "unknown on a GPU" in row(said.out, "time")
    metrics = json.loads(Path("runs/there/metrics.json").read_text())
    assert metrics["device"] == "gpu (Imaginary 1000)"
    assert metrics["products"] == "float32 on a GPU"
    assert cli("train", *SHORT, "--name", "here").code == 0
    here = json.loads(Path("runs/here/metrics.json").read_text())
    assert (here["device"], here["test_loss"]) == ("cpu", metrics["test_loss"])
    answers = [
        cli("evaluate", "there", "--json", *more).out
        for more in ((), ("--device", "cpu"), ("--device", "gpu:1"))
    ]
    assert answers[0] == answers[1] == answers[2]
    Image.fromarray(np.full((8, 8), 200, np.uint8)).save("x.png")
    assert cli("predict", "there", "x.png", "--device", "gpu:1").code == 0
    gpu.driver = 0  # from now on as on another machine, without a GPU
    said = cli("replay", "there", "--step", "5")
    assert (said.code, "what multiplies was float32 on a GPU" in said.out) == (0, True)
    for command in (("report",), ("check",), ("doctor", "--only", "first loss")):
        assert cli(command[0], "there", *command[1:]).code == 0
    said = cli("predict", "there", "x.png", "--device", "gpu")
    assert (said.code, "no NVIDIA driver" in said.err) == (2, True)


def test_a_run_is_resumed_on_another_device(cli: Cli, gpu: State, monkeypatch) -> None:
    from chainrule.training import Checkpoint

    once = [True]

    def interrupted(self: Checkpoint, trainer: object) -> None:
        if once and once.pop():
            raise KeyboardInterrupt

    assert cli("train", *SHORT, "--name", "whole").code == 0
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "on_epoch", interrupted)
        assert cli("train", *SHORT, "--device", "gpu", "--name", "a").code == 130
    gpu.driver = 0
    said = cli("resume", "a")
    assert (said.code, "no NVIDIA driver" in said.err) == (2, True)
    said = cli("resume", "a", "--device", "cpu")
    assert said.code == 0, said.err
    losses = [
        json.loads(Path(f"runs/{name}/metrics.json").read_text())["test_loss"]
        for name in ("a", "whole")
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "command",
    [("train", *SHORT), ("evaluate", "first"), ("resume", "first"), ("predict", "first", "x.png")],
    ids=lambda words: words[0],
)
def test_a_device_that_is_none_is_refused_before_anything_happens(cli: Cli, first, command) -> None:
    before = sorted(Path("runs").rglob("*"))
    for name in ("cuda", "gpu:x", "", "gpu:1\nx"):
        said = cli(*command, "--device", name)
        assert said.code == 2
        assert '"cpu", "gpu" or "gpu:1"' in said.err
    assert sorted(Path("runs").rglob("*")) == before


def test_without_cupy_a_line_says_what_to_install(cli: Cli, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    for arguments in (("--device", "gpu"), ("--set", "device=gpu")):
        said = cli("train", *SHORT, *arguments)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert "pip install 'chainrule[cuda13]'" in said.err
    assert not Path("runs").exists() or not list(Path("runs").iterdir())
