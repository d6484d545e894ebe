from __future__ import annotations

from .conftest import Cli


def test_every_recipe_and_demonstration_is_listed(cli: Cli) -> None:
    lines = cli("reproduce").out.splitlines()
    assert any(line.startswith("A-mnist-mlp ") for line in lines)
    assert any(line.startswith("A-overfit-50 ") for line in lines)


def test_a_demonstration_has_no_seeds(cli: Cli) -> None:
    said = cli("reproduce", "A-overfit-50", "--seeds", "1")
    assert said.code == 2 and "has none to choose" in said.err


def test_an_unknown_name(cli: Cli) -> None:
    assert "did you mean 'A-overfit-50'" in cli("reproduce", "A-overfit-5").err
