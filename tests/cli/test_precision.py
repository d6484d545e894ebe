"""--precision of train and bench, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.doctor import environment
from chainrule.kernels import instructions, precision

from .conftest import SHORT, Cli

SAID = {
    True: {
        "bfloat16": "bfloat16 on AMX tiles",
        "bf16x3": "bf16x3 on AMX tiles",
        "float32-strict": "float32-strict",
    },
    False: {
        "bfloat16": "bfloat16: no AMX here, factors are rounded and multiplied in float32: the "
        "same results, not faster",
        "bf16x3": "bf16x3: no AMX here, multiplied in float32, which is more exact",
        "float32-strict": "float32-strict",
    },
}


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "_told", {*precision.PRECISIONS})


@pytest.mark.parametrize("tiles", [True, False])
@pytest.mark.parametrize("asked", ["bfloat16", "bf16x3", "float32-strict"])
def test_the_header_says_what_multiplies(
    asked: precision.Precision, tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instructions, "_tiles", lambda: tiles)
    assert instructions.described(asked) == SAID[tiles][asked]
    assert SAID[tiles].get(asked) == instructions.told(asked)


def test_without_numba_there_is_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.compat.has_numba", lambda: False)
    assert "neither AMX nor Numba here" in instructions.described("bf16x3")
    assert "no AMX here" in instructions.described("bfloat16")


def test_train_takes_it_as_an_option_and_as_a_setting(cli: Cli) -> None:
    said = cli("train", *SHORT, "--precision", "bfloat16", "--name", "a")
    assert said.code == 0
    (device,) = (line for line in said.out.splitlines() if line.startswith("device "))
    assert device.endswith(f", {instructions.described('bfloat16')}")
    assert json.loads(Path("runs/a/metrics.json").read_text())["precision"] == "bfloat16"
    said = cli("train", *SHORT, "--set", "precision=bf16x3", "--name", "b")
    assert "bf16x3" in said.out
    assert cli("evaluate", "a").code == 0
    plain = cli("train", *SHORT, "--name", "c").out
    (device,) = (line for line in plain.splitlines() if line.startswith("device "))
    assert device.endswith(("thread", "threads"))


@pytest.mark.parametrize("command", [("train",), ("bench", "mlp")])
def test_a_wrong_one_is_one_line(cli: Cli, command: tuple[str, ...]) -> None:
    said = cli(*command, "--precision", "bf16")
    assert said.code == 2
    assert said.err.endswith("unknown precision 'bf16'; did you mean 'bfloat16'?\n")
    assert not Path("runs").exists()


def test_bench_says_it_in_the_table_and_the_file(cli: Cli) -> None:
    said = cli(
        "bench", "mlp", "--precision", "bfloat16", "--against", "chainrule", "--batch-size", "4",
        "--steps", "1", "--out", "b.json",
    )  # fmt: skip
    assert said.code == 0
    made = instructions.instructions("bfloat16")
    assert f"threads; products of chainrule in bfloat16, made by {made}\n" in said.out
    (record,) = json.loads(Path("b.json").read_text())["nets"]
    assert (record["precision"], record["products"]) == ("bfloat16", made)
    assert "chainrule" in record["rows"]


def test_bench_of_layers_and_kernels(cli: Cli) -> None:
    said = cli("bench", "mlp", "--layers", "--precision", "bf16x3", "--steps", "1")
    assert (said.code, "bf16x3: one step" in said.out) == (0, True)


def test_doctor_says_which_there_are_and_examines_in_that_of_the_settings(cli: Cli) -> None:
    row = dict(environment())["precision"]
    assert instructions.described("bfloat16") in row
    assert instructions.described("bf16x3") in row
    assert "float32 is never made of bf16x3" in row
    said = cli("doctor", "mlp", "--set", "precision=bfloat16", "--only", "first loss")
    assert (said.code, "\nprecision " in said.out) == (0, True)


def test_it_is_listed_among_the_settings(cli: Cli) -> None:
    out = cli("settings", "precision").out
    assert '"float32"' in out
    assert "AMX" in out
    assert 'precision = "float32"' in cli("settings", "--toml", "precision").out
