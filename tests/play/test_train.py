"""The training of a server, with its process: the functions that the routes call."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette")

from chainrule import InputError
from chainrule import config as configuration
from chainrule.cli import main
from chainrule.experiment import start
from chainrule.play.context import PlayContext
from chainrule.play.train import Training
from chainrule.tensorfile import read_tensors
from chainrule.training import Run

QUICK = {"epochs": "2", "batch_size": "144", "model.hidden": "[16]", "model.dropout": "0.1"}
PATIENCE = 120


async def until(training: Training, *phases: str) -> None:
    """Wait for the state that the training tells."""
    changed = asyncio.Event()
    training.channel._changed.add(changed)
    async with asyncio.timeout(PATIENCE):
        while training.channel.newest("state")["phase"] not in phases:
            changed.clear()
            await changed.wait()
    training.channel._changed.discard(changed)


def arrays(path: Path):
    return read_tensors(path)[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory):
    """A training that was paused before its first step, went a step, and was stopped; a second
    server's training that resumed it to its end; what their pages were told."""
    folder = tmp_path_factory.mktemp("train")

    async def first() -> dict:
        training = Training(PlayContext(runs=folder / "runs"))
        await training.start("digits", QUICK, paused=True)
        with pytest.raises(InputError, match="a training is going on"):
            await training.start("digits", QUICK)
        await until(training, "paused")
        await training.say("step")
        await training.say("rate", 0.02)
        while training.channel.newest("at")["lr"] != 0.02:
            await asyncio.sleep(0.01)
        await training.say("stop")
        await until(training, "stopped")
        return training.channel.since("")

    async def second() -> dict:
        training = Training(PlayContext(runs=folder / "runs"))
        await training.resume("digits-mlp-001")
        await until(training, "finished", "failed")
        await training.worker.wait()
        with pytest.raises(InputError, match="no training is going on"):
            await training.say("pause")
        with pytest.raises(InputError, match="is finished"):
            await training.resume("digits-mlp-001")
        return training.channel.since("")

    return folder, dict(asyncio.run(first())["events"]), dict(asyncio.run(second())["events"])


def test_it_is_paused_stepped_stopped_and_resumed(finished):
    _, first, second = finished
    assert first["state"] == {"phase": "stopped"} and first["run"] == "digits-mlp-001"
    assert first["at"]["step"] == 1 and first["rates"] == [[1, 0.02]]
    assert second["state"]["phase"] == "finished"
    steps = [row[0] for row in second["points"]]
    assert steps == sorted(set(steps)) and steps[0] == 1 and steps[-1] == 18
    assert [row["epoch"] for row in second["epoch"]] == [1, 2]
    assert second["setup"]["seed"] == 0 and len(second["setup"]["images"]) == 12
    assert {check["name"] for check in first["checks"]} >= {"first loss", "dead units", "labels"}


def test_the_run_is_that_of_a_command_line(finished, capsys):
    folder, _, _ = finished
    run = Run(folder / "runs" / "digits-mlp-001")
    assert run.finished and run.report.is_file()
    assert main(["report", str(run.folder)]) == 0
    assert main(["resume", str(run.folder)]) == 0
    assert "is finished" in capsys.readouterr().out


def test_a_training_that_nobody_touches_has_the_bits_of_chainrule_train(finished, tmp_path):
    async def alone() -> None:
        training = Training(PlayContext(runs=tmp_path / "runs"))
        await training.start("digits", QUICK)
        await until(training, "finished", "failed")
        await training.worker.wait()

    asyncio.run(alone())
    run = Run(tmp_path / "runs" / "digits-mlp-001")
    start(configuration.load(run.config), tmp_path / "plain")
    mine, theirs = arrays(run.model), arrays(Run(tmp_path / "plain").model)
    assert mine.keys() == theirs.keys()
    for name in mine:
        np.testing.assert_array_equal(mine[name], theirs[name])


def test_it_can_be_looked_at_again(finished):
    folder, _, second = finished
    training = Training(PlayContext(runs=folder / "runs"))
    assert [run["name"] for run in training.runs()] == ["digits-mlp-001"]
    found = training.run("digits-mlp-001")
    assert [row[0] for row in found["points"]] == [row[0] for row in second["points"]]
    assert found["rates"] == [[1, 0.02]] and found["kept"][0] == 0 and len(found["kept"]) > 3
    first, last = (training.look("digits-mlp-001", step) for step in (0, found["kept"][-1]))
    assert first["look"]["filters"]["pixels"] != last["look"]["filters"]["pixels"]
    assert last["look"]["guesses"] == second["look"]["guesses"]
    assert last["labels"] == second["setup"]["labels"]


@pytest.mark.parametrize("step", ["-1", "1.5", "x", "999", "9" * 30, "", None, "²"])
def test_a_step_that_is_not_kept(finished, step):
    training = Training(PlayContext(runs=finished[0] / "runs"))
    with pytest.raises(InputError):
        training.look("digits-mlp-001", step)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../runs/digits-mlp-001", "x", None, 3, "a\0b", "/etc"]
)
def test_a_run_that_is_none(finished, name):
    training = Training(PlayContext(runs=finished[0] / "runs"))
    for ask in (
        training.run,
        lambda n: training.look(n, 0),
        lambda n: asyncio.run(training.resume(n)),
    ):
        with pytest.raises(InputError):
            ask(name)


def test_damaged_files_of_a_run_are_left_out(finished, tmp_path):
    runs = tmp_path / "runs"
    shutil.copytree(finished[0] / "runs", runs)
    run = Run(runs / "digits-mlp-001")
    live = run.logs / "live.jsonl"
    live.write_bytes(b"\xff\n[1]\n{\n" + b"[" * 100_000 + b'\n{"step": "x"}\n' + live.read_bytes())
    run.history.write_bytes(b"\0\xff,,\n1")
    run.metrics.write_text("[1]")
    checkpoint = next(run.checkpoints.iterdir())
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    (runs / "broken").mkdir()
    (runs / "broken" / "config.toml").write_bytes(b"\xff = [")
    training = Training(PlayContext(runs=runs))
    assert {each["name"] for each in training.runs()} == {"digits-mlp-001", "broken"}
    found = training.run("digits-mlp-001")
    assert found["epoch"] == [] and found["points"][-1][0] == 18
    step = int(checkpoint.stem.split("-")[1])
    with pytest.raises(InputError):
        training.look("digits-mlp-001", step)
    assert training.run("broken")["points"] == []


@pytest.mark.parametrize(
    ("word", "value"),
    [("halt", None), (None, None), (["stop"], None), ("rate", -1), ("rate", "x"), ("speed", -1)],
)
def test_a_word_that_is_none(here, word, value):
    with pytest.raises(InputError):
        asyncio.run(Training(PlayContext()).say(word, value))


def test_data_that_cannot_be_read_fail_in_words(here, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(here))
    monkeypatch.setenv("XDG_CACHE_HOME", str(here))
    monkeypatch.setenv("CHAINRULE_MIRROR", "http://127.0.0.1:9/")
    (here / "mnist").mkdir()
    (here / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"no")

    async def tried() -> dict:
        training = Training(PlayContext(data_dir=here))
        await training.start("mnist", {})
        await until(training, "failed")
        await training.worker.wait()
        return training.channel.newest("state")

    assert asyncio.run(tried())["message"]
    assert not (here / "runs").exists()


def test_a_server_that_ends_saves_the_training(here):
    async def ended() -> None:
        training = Training(PlayContext())
        await training.start("digits", {**QUICK, "epochs": "100000"})
        await until(training, "training")
        await training.close()
        assert training.channel.newest("state") == {"phase": "stopped"}

    asyncio.run(ended())
    run = Run(here / "runs" / "digits-mlp-001")
    assert run.checkpoint is not None and not run.finished


def test_a_server_that_is_killed_leaves_a_training_that_is_saved(here):
    async def killed() -> None:
        training = Training(PlayContext())
        await training.start("digits", {**QUICK, "epochs": "100000"})
        await until(training, "training")
        training.worker._process.stdin.close()  # which the system does
        await until(training, "stopped")
        await training.worker.wait()

    asyncio.run(killed())
    run = Run(here / "runs" / "digits-mlp-001")
    assert run.checkpoint is not None and not run.finished


def test_the_doctor_examines_settings(here):
    async def asked() -> list:
        return (await Training(PlayContext()).examine("digits", QUICK))["checks"]

    found = asyncio.run(asked())
    assert {"learning rate", "gradients", "update ratio"} <= {check["name"] for check in found}
