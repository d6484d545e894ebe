from __future__ import annotations

from .conftest import Cli


def test_the_second_time_all_is_there(cli: Cli) -> None:
    assert cli("warmup", "--model", "mlp").code == 0
    assert cli("warmup", "--model", "mlp").out == "all kernels are compiled already\n"


def test_an_unknown_model_is_one_line(cli: Cli) -> None:
    said = cli("warmup", "--model", "mpl")
    assert said.code == 2
    assert "no model named 'mpl'; did you mean 'mlp'?" in said.err
