from __future__ import annotations

import json
import re
import resource
import shlex
from pathlib import Path

import pytest

from chainrule import config, experiment, saving
from chainrule.tensorfile import read_tensors, write_tensors
from chainrule.training import Run
from chainrule.training.retention import checkpoints

from .conftest import SHORT, Cli, program


def test_train_without_a_word_learns_the_digits(cli: Cli) -> None:
    said = cli("train")
    assert said.code == 0
    run = Run.open("runs/digits-mlp-001")
    accuracy = json.loads(run.metrics.read_text())["test_accuracy"]
    assert accuracy >= 0.975
    assert f"test accuracy {accuracy:.2%} (95% interval " in said.out
    assert f"report {run.report}" in said.out


def test_the_end_says_what_to_try_next_with_the_command(cli: Cli) -> None:
    said = cli("train", "--epochs", "2", "--batch-size", "128", "--set", "optimizer.lr=0.001")
    *_, todo, command = said.out.splitlines()
    assert "\nwhat to try next\n1. more time: accuracy still rose by " in said.out
    assert todo == "   train twice as long:"
    assert command == ("   chainrule train --config runs/digits-mlp-001/config.toml --epochs 4")
    assert cli(*shlex.split(command)[1:]).code == 0


def test_the_end_says_that_nothing_stands_out(cli: Cli) -> None:
    said = cli("train", "--epochs", "12")
    assert said.out.endswith("/report.html\n\nwhat to try next: nothing stands out\n")


def test_the_header_says_what_is_trained_on_what(cli: Cli) -> None:
    out = cli("train", *SHORT).out
    assert "digits: 1,294 training, 144 validation, 359 test images of 8x8x1" in out
    assert "mlp, 1,242 parameters" in out
    assert "adam, 3 epochs in batches of 200\n" in out
    assert "schedule  cosine, 0.01 █" in out
    assert " thread" in out
    for name in ("loss  ", "clip  ", "average  ", "plateau  ", "max_norm  "):
        assert f"\n{name}" not in out


def test_the_header_says_what_is_switched_on(cli: Cli) -> None:
    settings = (
        "clip.kind=global-norm",
        "clip.limit=5",
        "average.kind=ema",
        "average.decay=0.5",
        "schedule.name=constant",
        "loss.name=focal",
        "loss.reg=0.001",
        "max_norm=3",
        "plateau.patience=2",
        "accumulate=4",
    )
    said = cli("train", *SHORT, *(word for s in settings for word in ("--set", s)))
    assert said.code == 0
    assert "adam, 3 epochs in batches of 200, each in 4 parts\n" in said.out
    assert "\nloss      focal, gamma 2.0, reg 0.001\n" in said.out
    assert "\nclip      global-norm, limit 5.0\n" in said.out
    assert "\naverage   ema, decay 0.5, warmup\n" in said.out
    assert "\nplateau   monitor loss, factor 0.1, patience 2, threshold 0.0001\n" in said.out
    assert "\nmax_norm  3\n" in said.out
    assert "\nschedule" not in said.out


def test_groups_of_parameters_are_settings_too(cli: Cli, tmp_path: Path) -> None:
    frozen = 'optimizer.groups."layers.2.*".lr_scale=0'
    assert cli("train", *SHORT, "--set", frozen, "--name", "frozen").code == 0
    model = saving.load(tmp_path / "runs" / "frozen" / "model.safetensors")
    drawn = experiment.prepare(config.load(tmp_path / "runs" / "frozen" / "config.toml")).model
    learned = {path for path, a in drawn.state().items() if not (a == model.state()[path]).all()}
    assert "layers.2.weight" not in learned
    assert "layers.6.weight" in learned


def test_runs_without_a_name_are_numbered(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "runs" / "digits-mlp-007").mkdir(parents=True)
    assert cli("train", *SHORT).code == 0
    assert cli("train", *SHORT, "--runs", "other").code == 0
    assert (tmp_path / "runs" / "digits-mlp-008" / "metrics.json").exists()
    assert (tmp_path / "other" / "digits-mlp-001" / "metrics.json").exists()


def test_settings_overrule_each_other_in_order(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "exp.toml").write_text(
        "epochs = 9\nbatch_size = 150\nseed = 4\nmodel.hidden = [12]\noptimizer.name = 'sgd'\n"
    )
    file = ("--config", "exp.toml")
    said = cli("train", *file, "--epochs", 2, "--set", "seed=5", "--set", "optimizer.lr=0.02")
    assert said.code == 0
    written = config.load(tmp_path / "runs" / "digits-mlp-001" / "config.toml")
    assert (written.epochs, written.batch_size, written.seed) == (2, 150, 5)
    assert written.model.hidden == (12,)
    assert written.optimizer == config.schema.OPTIMIZERS["sgd"](lr=0.02)


def test_a_configuration_that_was_written_trains_the_same_model(
    cli: Cli, finished: Path, tmp_path: Path
) -> None:
    assert cli("train", "--config", finished / "config.toml").code == 0
    again = json.loads((tmp_path / "runs/digits-mlp-001/metrics.json").read_text())
    first = json.loads((finished / "metrics.json").read_text())
    assert again["test_loss"] == first["test_loss"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnits"], "DATA: unknown data set 'mnits'; did you mean 'mnist'?"),
        (["nowhere"], "svhn, or a folder or .csv file that exists"),
        (["--model", "mpl"], "--model: unknown model 'mpl'; did you mean 'mlp'?"),
        (["--epochs", "0"], "--epochs: expected a whole number of at least 1 or 'auto', "),
        (["--batch-size", "-3"], "--batch-size: expected a whole number of at least 1, r"),
        (["--batch-size", "1295"], "batch_size: expected from 1 to 1,294, the number of "),
        (["--set", "optimizer.lr"], "--set: expected a path and a value"),
        (["--set", "optimizer.lr=fast"], "--set: optimizer.lr: expected a positive finite number"),
        (["--set", "average.name=ema"], "average.name: unknown setting 'name'; 'kind' chooses one"),
        (["--set", "optimizer.kind=sgd"], "unknown setting 'kind'; 'name' chooses one of"),
        (["--set", "optimizer.momentun=0"], "--set: optimizer.momentun: unknown adam setting"),
        (["--set", "clip.limit=5"], "--set: clip.limit: 'none' has no setting 'limit'; it needs"),
        (["--set", "optimizer.groups.bais.lr_scale=0"], "optimizer: groups: no parameter fits 'b"),
        (["--set", "schedule.floor=1"], "schedule: floor: expected at most lr, 0.01, received 1."),
        (["--set", "model.activation=relo"], "activation 'relo'; did you mean 'relu'?"),
        (["--set", "validation=0.9999"], "validation: expected from 1 to 1,428 of 1,438"),
        (["--time-budget", "soon"], "--time-budget: expected 0 or more or a "),
        (["--set", "time_budget=-1"], "or a time as in 90s, 10m or 1.5h, received -1"),
        (["--set", "snapshots.cycles=999"], "schedule: snapshots.cycles: expected at most 315, wh"),
        (["--set", "log.to=['xml']"], "log.to: expected a list, each item 'csv' or 'jsonl' or 'te"),
        (["--config", "none.toml"], "cannot read none.toml: No such file or directory"),
        (["--config", "text.toml"], "text.toml is not TOML: "),
        (["--config", "bad.toml"], "bad.toml: optimizer.lr: expected a positive finite number"),
        (["--config", "typo.toml"], "typo.toml: epoch: unknown setting 'epoch'; did you mean 'ep"),
        (["--name", "a/b"], "--name: expected the name of a folder, received 'a/b'"),
        (["--name", ".."], "--name: expected the name of a folder, received '..'"),
        (["--name", ""], "--name: expected the name of a folder, received ''"),
        (["--runs", "text.toml"], "cannot create text.toml/digits-mlp-001: Not a directory"),
        (["mnist", "--data-dir", "nowhere"], "the data directory "),
    ],
)  # fmt: skip
def test_bad_input_is_said_in_one_line_and_leaves_nothing(
    cli: Cli, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "text.toml").write_text("these are words\n")
    (tmp_path / "bad.toml").write_text('[optimizer]\nlr = "x"\n')
    (tmp_path / "typo.toml").write_text("epoch = 3\n")
    before = sorted(tmp_path.rglob("*"))
    said = cli("train", *arguments)
    assert said.code == 2
    assert message in said.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_that_exists_is_not_touched(cli: Cli, first: Path) -> None:
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    said = cli("train", *SHORT, "--name", "first")
    assert said.code == 2
    assert "runs/first exists already" in said.err
    assert before == {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}


def test_a_training_that_diverges_is_a_failed_check(cli: Cli) -> None:
    said = cli("train", *SHORT, "--set", "optimizer.name=sgd", "--set", "optimizer.lr=1e30")
    assert said.code == 1
    assert "the loss is" in said.err


def test_a_disk_that_fills_up_ends_it_cleanly(cli: Cli, tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))

    run = tmp_path / "runs" / "full"
    process = program("train", *SHORT, "--name", "full", cwd=tmp_path, preexec_fn=small_files)
    _, err = process.communicate(timeout=900)
    assert process.returncode == 2
    *warnings, last = err.splitlines()
    assert all(re.match("chainrule: warning: cannot (write|record) ", line) for line in warnings)
    assert last == (
        "chainrule: cannot write runs/full/model.safetensors: File too large; when it can be "
        "written again, go on from the last checkpoint with: chainrule resume runs/full"
    )
    assert not [path for path in run.rglob("*") if path.name.endswith(".tmp")]
    assert cli("resume", "full").code == 0
    assert (run / "metrics.json").exists()


def test_a_finished_run_is_left_as_it_is(cli: Cli, first: Path) -> None:
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    said = cli("resume", "first")
    assert said.code == 0
    assert "runs/first is finished: nothing to do" in said.out
    assert before == {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}


def test_a_run_is_found_by_name_by_folder_and_by_its_neighbors(cli: Cli, first: Path) -> None:
    assert cli("resume", "first").code == cli("resume", first).code == 0
    assert cli("resume", "first", "--runs", first.parent).code == 0
    assert "no run 'frist' in runs; did you mean 'first'?" in cli("resume", "frist").err


def test_a_folder_that_is_no_run_cannot_be_resumed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    said = cli("resume", "folder")
    assert said.code == 2
    assert "folder is not a run: it has no config.toml" in said.err


@pytest.mark.parametrize("damage", [b"", b"\x10", b"x" * 500])
def test_a_damaged_checkpoint_is_passed_over_and_said(
    cli: Cli, finished: Path, first: Path, damage: bytes
) -> None:
    (first / "metrics.json").unlink()
    older, newest = checkpoints(first / "checkpoint").values()
    newest.write_bytes(damage)
    said = cli("resume", "first")
    assert said.code == 0
    assert f"{newest.relative_to(Path.cwd())} is damaged" in said.out
    assert f"going on from the one before it, {older.name}" in said.out
    assert newest.with_suffix(".damaged").read_bytes() == damage
    assert (first / "model.safetensors").read_bytes() == (
        finished / "model.safetensors"
    ).read_bytes()


def test_without_a_checkpoint_that_can_be_read_the_way_out_is_named(cli: Cli, first: Path) -> None:
    (first / "metrics.json").unlink()
    for path in checkpoints(first / "checkpoint").values():
        path.write_bytes(b"")
    said = cli("resume", "first")
    assert said.code == 2
    assert "is damaged" in said.err and "remove runs/first/checkpoint" in said.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("hidden = [16]", "hidden = [17]", "model.hidden was [16] and is [17]; put that back, or"),
        ("lr = 0.01", "lr = 0.02", "optimizer.lr was 0.01 and is 0.02; put that back, or begin"),
        ("time_budget = 0.0", 'time_budget = "1h"', "time_budget was off and is on"),
        ('name = "adam"', 'name = "adamw"', "optimizer.name was adam and is adamw"),
    ],
)
def test_settings_that_count_cannot_be_changed_on_the_way(
    cli: Cli, first: Path, old: str, new: str, told: str
) -> None:
    (first / "metrics.json").unlink()
    settings = (first / "config.toml").read_text()
    assert old in settings
    (first / "config.toml").write_text(settings.replace(old, new))
    before = (first / "model.safetensors").read_bytes()
    said = cli("resume", "first")
    assert said.code == 2
    assert "runs/first cannot be resumed: " in said.err and told in said.err
    assert (first / "model.safetensors").read_bytes() == before


def test_settings_that_do_not_count_can(cli: Cli, first: Path) -> None:
    (first / "metrics.json").unlink()
    settings = (first / "config.toml").read_text()
    for old, new in (("every_seconds = 30.0", "every_seconds = 1.0"), ("to = []", 'to = ["csv"]')):
        assert old in settings
        settings = settings.replace(old, new)
    (first / "config.toml").write_text(settings)
    assert cli("resume", "first").code == 0


def test_other_test_images_are_refused(cli: Cli, first: Path) -> None:
    (first / "metrics.json").unlink()
    path = list(checkpoints(first / "checkpoint").values())[-1]
    arrays, metadata = read_tensors(path)
    metadata["identity"]["data"]["test"] = "f" * 64
    write_tensors(path, arrays, metadata)
    said = cli("resume", "first")
    assert said.code == 2
    assert "the test data had sha256 ffffffffffff and have " in said.err


def test_other_versions_are_said(cli: Cli, first: Path) -> None:
    (first / "metrics.json").unlink()
    path = list(checkpoints(first / "checkpoint").values())[-1]
    arrays, metadata = read_tensors(path)
    metadata["identity"]["versions"]["numpy"] = "1.0"
    write_tensors(path, arrays, metadata)
    said = cli("resume", "first")
    assert said.code == 0
    assert "note: numpy was 1.0 and is " in said.out


def test_a_budget_of_time_is_kept_and_leaves_a_model(cli: Cli, tmp_path: Path) -> None:
    said = cli("train", "--epochs", "99999", "--time-budget", "4s", "--name", "run")
    assert said.code == 0
    assert "99,999 epochs in batches of 64, within 4 s\n" in said.out
    run = Run.open(tmp_path / "runs" / "run")
    assert json.loads(run.metrics.read_text())["epochs"] < 99999  # which would take hours
    assert run.model.exists() and run.report.exists()
    paced = [json.loads(line) for line in run.log.read_text().splitlines()][1]
    assert (paced["event"], paced["seconds"]) == ("paced", 4)


def test_rows_of_steps_gradients_and_layers_are_written(cli: Cli, first: Path) -> None:
    on = ("log.gradients=true", "log.activations=true", "log.every_steps=5", "log.to=['jsonl']")
    assert cli("train", *SHORT, *(w for s in on for w in ("--set", s)), "--name", "b").code == 0
    logs = Path("runs/b/logs")
    tables = {path.name: path.read_text().splitlines() for path in logs.iterdir()}
    assert {name: len(lines) for name, lines in tables.items()} == {
        "steps.jsonl": 4,
        "epochs.jsonl": 3,
        "gradients.jsonl": 4 * 6,
        "activations.jsonl": 4 * 6,
    }
    assert json.loads(tables["gradients.jsonl"][0])["name"] == "layers.2.weight"
    # it only looks
    assert (
        Path("runs/b/model.safetensors").read_bytes() == (first / "model.safetensors").read_bytes()
    )


def test_snapshots_are_measured_together(cli: Cli, tmp_path: Path) -> None:
    said = cli("train", *SHORT, "--set", "snapshots.cycles=2", "--name", "run")
    assert said.code == 0
    metrics = json.loads((tmp_path / "runs/run/metrics.json").read_text())
    share = f"{metrics['ensemble_accuracy']:.2%}"
    assert f"the ensemble of its snapshots: {share}\n" in said.out
    assert f"test accuracy {share} (95%" in cli("evaluate", "run", "--ensemble").out


def test_there_is_no_ensemble_without_snapshots(cli: Cli, first: Path) -> None:
    said = cli("evaluate", "first", "--ensemble")
    assert said.code == 2
    assert "no models in runs/first/snapshots; a training with --set snapshots.c" in said.err
