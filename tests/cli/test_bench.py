from __future__ import annotations

import json

import pytest

from .conftest import Cli


def test_a_race_of_ours_alone_is_printed_and_written(cli: Cli, tmp_path) -> None:
    said = cli(
        "bench", "mlp", "--against", "chainrule", "--batch-size", 4, "--steps", 1, "--threads", 1,
        "--out", "speed.json",
    )  # fmt: skip
    assert "MLP 784-256-128-64-10" in said.out
    assert said.out.startswith("threads   1 for each framework (--threads, of ")
    written = json.loads((tmp_path / "speed.json").read_text())
    assert written["nets"][0]["rows"]["chainrule"]["step"]["steps"] == 1
    assert written["machine"]["python"].startswith("CPython")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vgh",), "no net named 'vgh'; did you mean 'vgg'?"),
        (("--against", "torchh"), "no framework named 'torchh'"),
        (("--batch-size", "0"), "batch_size: expected a whole number of at least 1"),
        (("--steps", "0"), "steps: expected a whole number of at least 1"),
        (("--seconds", "-1"), "seconds: expected a positive finite number"),
        (("--threads", "4096"), "threads: expected 1 to"),
        (("--layers", "--kernels"), "--layers and --kernels: expected one of them"),
        (("--only", "relu"), "--only: expected beside --kernels or --growth"),
        (("--kernels", "--only", "rleu"), "--only: no kernel has 'rleu' in its name"),
        (("--growth", "--only", "rleu"), "--only: nothing that grows has 'rleu'"),
        (("--out", "."), "cannot write .: expected a file"),
    ],
)
def test_a_wrong_wish_is_one_line(cli: Cli, arguments: tuple[str, ...], message: str) -> None:
    said = cli("bench", *arguments)
    assert said.code == 2
    assert message in said.err
