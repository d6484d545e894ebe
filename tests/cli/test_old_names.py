"""Old names of settings on the command line, and in what a run of an older version left."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import SHORT, Cli


@pytest.fixture(autouse=True)
def nothing_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.config.settings._told", set())


def make_old(run: Path) -> None:
    """Give a run's configuration the names that it had when [images] was [pictures]."""
    config = run / "config.toml"
    text = config.read_text()
    assert "[images]" in text
    old = text.replace("[images]", "[pictures]").replace("\ncolor = ", "\ncolour = ")
    config.write_text(old.replace('"gray"', '"grey"'))


@pytest.mark.filterwarnings("always::chainrule.errors.ChainruleWarning")
@pytest.mark.parametrize("command", ["train", "doctor", "cost"])
@pytest.mark.parametrize("place", ["file", "--set"])
def test_one_line_on_stderr_says_the_new_names(
    cli: Cli, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, place: str
) -> None:
    from chainrule.cli import main

    Path("exp.toml").write_text("[pictures]\ncolour = 'grey'\n")
    given = ["--set", "pictures.colour=grey"] if place == "--set" else []
    if place == "file":
        given = ["--config", "exp.toml"] if command == "train" else ["exp.toml"]
    more = SHORT if command == "train" else ("--set", "model.hidden=[16]")
    checks = ("--only", "labels") if command == "doctor" else ()
    main([command, *given, *more, *checks])
    lines = [line for line in capfd.readouterr().err.splitlines() if "is now" in line]
    assert lines == [
        f"chainrule: warning: {place if place == '--set' else 'exp.toml'}: [pictures] is now "
        "[images], colour is now color, 'grey' is now 'gray'; the old spelling is still read"
    ]


def test_what_a_run_wrote_is_no_ones_fault(cli: Cli, first: Path) -> None:
    make_old(first)
    for arguments in (
        ("evaluate", "first"),
        ("report", "first"),
        ("resume", "first"),
        ("cost", "first"),
        ("train", "--config", first / "config.toml", "--epochs", "1"),
    ):
        said = cli(*arguments)
        assert (said.code, said.err) == (0, "")


def test_an_interrupted_run_under_old_names_is_resumed(cli: Cli, first: Path) -> None:
    make_old(first)
    (first / "metrics.json").unlink()
    said = cli("resume", "first")
    assert (said.code, said.err) == (0, "")
    assert "is finished" not in said.out
