"""What a shell offers when somebody presses Tab, asked of the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.cli import choices
from chainrule.cli.completion import SHELLS, ZSH_ADDS, completion
from chainrule.config.schema import OPTIMIZERS
from chainrule.data import NAMES
from chainrule.models import MODELS

from .conftest import Cli

Complete = Callable[..., list[str]]

ASK_BASH = """
source completion.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
{function}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with images and runs, where ``bin/chainrule`` is this program."""
    place = tmp_path_factory.mktemp("completion")
    program = place / "bin" / "chainrule"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m chainrule "$@"\n')
    program.chmod(0o755)
    for folder in ("runs/first", "other/second", "photos/cats"):
        (place / folder).mkdir(parents=True)
    for file in ("runs/first/config.toml", "other/second/config.toml", "a.csv", "notes.txt"):
        (place / file).touch()
    (place / "photos" / "cat.JPG").touch()
    for shell in SHELLS:
        script = subprocess.run(
            [program, "completion", shell], capture_output=True, text=True, check=True
        )
        (place / f"completion.{shell}").write_text(script.stdout)
    return place


def asked(place: Path, *command: str) -> list[str]:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=place,
        env={**os.environ, "PATH": path, "HOME": str(place)},
    )  # fmt: skip
    assert done.stderr == ""
    return [line.partition("\t")[0] for line in done.stdout.splitlines() if line]


@pytest.fixture(params=["bash", "fish"])
def complete(request: pytest.FixtureRequest, place: Path) -> Complete:
    """What a shell offers for the last of the words; bash gets them as it splits them, at "="."""
    if shutil.which(request.param) is None:
        pytest.skip(f"no {request.param} here")

    def bash(*words: str) -> list[str]:
        split = [part for word in words for part in word.replace("=", "\0=\0").split("\0")]
        parts = [part for part in split if part] + ([""] if words[-1] == "" else [])
        ask = ASK_BASH.format(function="_chainrule_whole")
        before = words[-1].rpartition("=")
        # Bash replaces what stands after the last "=".
        return [
            f"{before[0]}{before[1]}{word}"
            for word in asked(place, "bash", "-c", ask, "bash", *parts)
        ]

    def fish(*words: str) -> list[str]:
        line = " ".join(words)
        return asked(place, "fish", "-c", f"source completion.fish; complete -C '{line}'")

    return bash if request.param == "bash" else fish


def test_commands(complete: Complete) -> None:
    assert complete("chainrule", "tr") == ["train"]
    assert {"fetch", "list", "audit"} <= set(complete("chainrule", "data", ""))


def test_models_and_data_sets(complete: Complete) -> None:
    assert sorted(complete("chainrule", "train", "--model", "")) == sorted(MODELS)
    assert complete("chainrule", "train", "mn") == ["mnist"]
    assert sorted(complete("chainrule", "data", "fetch", "")) == sorted(NAMES)


def test_options(complete: Complete) -> None:
    assert complete("chainrule", "train", "mnist", "--time") == ["--time-budget"]


def test_runs_where_they_are_said_to_be(complete: Complete) -> None:
    assert complete("chainrule", "resume", "fi") == ["first"]
    assert complete("chainrule", "resume", "--runs", "other", "se") == ["second"]


def test_folders_and_files_of_the_right_kind(complete: Complete) -> None:
    assert complete("chainrule", "train", "ph") == ["photos/"]
    assert complete("chainrule", "train", "photos/") == ["photos/cats/"]
    assert complete("chainrule", "train", "a") == ["a.csv"]
    assert sorted(complete("chainrule", "predict", "first", "photos/c")) == [
        "photos/cat.JPG", "photos/cats/"
    ]  # fmt: skip


def test_settings_and_their_values(complete: Complete) -> None:
    assert complete("chainrule", "train", "--set", "loss.smo") == ["loss.smoothing="]
    offered = complete("chainrule", "train", "--set", "optimizer.name=")
    assert sorted(offered) == [f"optimizer.name={name}" for name in sorted(OPTIMIZERS)]
    assert complete("chainrule", "train", "--set", "optimizer.name=sg") == ["optimizer.name=sgd"]
    assert complete("chainrule", "train", "--set", "augment=han") == ["augment=handwriting"]
    assert complete("chainrule", "train", "--set", "seed=1", "--epo") == ["--epochs"]
    assert complete("chainrule", "settings", "model.vg")[:1] == ["model.vgg"]


def test_checks_of_the_doctor(complete: Complete) -> None:
    (offered,) = complete("chainrule", "doctor", "--only", "fir")
    assert offered.replace("\\", "") == "first loss"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_is_told_of_it(place: Path) -> None:
    (said,) = asked(place, "bash", "-c", "source completion.bash; complete -p chainrule")
    assert said == "complete -o bashdefault -o default -F _chainrule_whole chainrule"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
def test_zsh_reads_it(place: Path) -> None:
    script = place / "completion.zsh"
    assert ZSH_ADDS not in script.read_text().replace('"${_cyc_opts[@]}" -d', "")
    ask = "autoload -U compinit && compinit -u -D; source completion.zsh; print $_comps[chainrule]"
    assert asked(place, "zsh", "-f", "-c", ask) == ["_cyclopts_chainrule"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_in_each_script(shell: str, place: Path) -> None:
    script = (place / f"completion.{shell}").read_text()
    for word in ("compare", "settings", "completion", "time-budget", "unverified", "quick"):
        assert word in script


def test_the_shell_is_guessed_or_asked_for(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert cli("completion").out == cli("completion", "fish").out
    monkeypatch.setenv("SHELL", "")
    said = cli("completion")
    assert (said.code, said.out) == (2, "")
    assert "SHELL: unknown shell ''; choose from bash, fish, zsh" in said.err
    assert "did you mean 'bash'?" in cli("completion", "bsh").err
    assert completion.__doc__ is not None


def test_words_for_help_are_those_of_the_registries() -> None:
    from chainrule.config import DEFAULTS
    from chainrule.data.augment import PRESETS

    assert choices.models() == tuple(sorted(MODELS))
    assert choices.data_sets() == tuple(DEFAULTS)
    assert set(choices.data_sets()) == set(NAMES)
    assert choices.presets() == tuple(PRESETS)
