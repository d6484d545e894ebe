from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest

from chainrule.cli.app import COMMANDS, app
from chainrule.cli.choices import data_sets, models, presets

from .conftest import Cli

HEAVY = {"numpy", "numba", "matplotlib", "PIL", "safetensors", "pooch", "requests", "msgspec"}
NAMES = [name for group, name, *_ in COMMANDS if group is app]


def helped(*arguments: str) -> tuple[str, set[str]]:
    """(what --help says, which heavy modules it took), in a fresh process."""
    code = (
        "import sys\nfrom chainrule.cli import main\n"
        f"assert main({[*arguments, '--help']!r}) == 0\n"
        f"print('took', *({HEAVY!r} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *text, last = out.stdout.splitlines()
    return "\n".join(text), set(last.split()[1:])


def test_help_lists_the_commands_without_importing_them() -> None:
    text, took = helped()
    assert [name for name in (*NAMES, "data") if f" {name} " not in text] == []
    assert took == set()


@pytest.mark.parametrize("command", [*NAMES, "data fetch", "data import", "data verify"])
def test_the_help_of_a_command_imports_nothing_heavy(command: str) -> None:
    text, took = helped(*command.split())
    assert f"chainrule {command}" in text
    assert took == set()


def test_the_help_of_train_names_its_options(cli: Cli) -> None:
    out = cli("train", "--help").out
    for option in (
        "model", "epochs", "batch-size", "seed", "name", "data-dir", "config", "set", "runs",
    ):  # fmt: skip
        assert f"--{option} " in out


def test_version(cli: Cli) -> None:
    assert cli("--version").out.strip() == version("chainrule")


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("train", "--epochs"), ("train", "--seed"), ("train", "--batch-size"),
        ("train", "--image-size"), ("reproduce A-mnist-mlp", "--seeds"), ("check mlp", "--samples"),
        ("predict a b.png", "--top"), ("evaluate a", "--top"), ("models", "--classes"),
    ],
)  # fmt: skip
def test_no_number_is_rounded(command: str, option: str, cli: Cli) -> None:
    for word in ("1.5", "30.0", ".9", "x", "1e3", ""):
        said = cli(*command.split(), f"{option}={word}")
        assert (said.code, said.out) == (2, "")
        assert option in said.err
        assert f"expected a whole number, received {word!r}" in said.err


def test_whole_numbers_are_read_as_they_are_written(cli: Cli) -> None:
    for word in ("3", "+3", "0x3"):
        assert '"class": ' not in cli("models", "--classes", word, "--json").out
        assert f'"classes": {int(word, 0)}' in cli("models", "--classes", word, "--json").out


@pytest.mark.parametrize("command", [*NAMES, "data list", "data audit"])
def test_the_help_of_a_command_says_all_that_its_docstring_does(command: str, cli: Cli) -> None:
    group, name = ([None, *command.split()])[-2:]
    (place,) = (p for g, n, p, _ in COMMANDS if (n, g.name[0]) == (name, group or app.name[0]))
    module, function = place.split(":")
    doc = getattr(import_module(module), function).__doc__
    said = " ".join(cli(*command.split(), "--help").out.split())
    assert " ".join(doc.split()) in said
    listed = cli(*([group] if group else []), "--help").out
    assert " ".join(doc.split()) not in " ".join(listed.split())


def test_help_names_models_data_sets_and_presets(cli: Cli) -> None:
    said = " ".join(cli("train", "--help").out.replace("│", " ").split())
    for names in (models(), data_sets(), presets()):
        assert ", ".join(names) in said
