from __future__ import annotations

from pathlib import Path

from chainrule.draw import PICTURES

from .conftest import Cli


def test_without_a_name_the_pictures_are_listed(cli: Cli) -> None:
    said = cli("draw")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(PICTURES)


def test_the_path_is_printed(cli: Cli, tmp_path: Path) -> None:
    said = cli("draw", "circuit")
    assert (said.code, said.out) == (0, "circuit.svg\n")
    assert (tmp_path / "circuit.svg").read_text().startswith("<svg")
    said = cli("draw", "schedules", "--out", tmp_path / "s.png")
    assert (said.code, said.out) == (0, f"{tmp_path}/s.png\n")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


def test_misuse_is_one_line(cli: Cli) -> None:
    said = cli("draw", "shedules")
    assert (said.code, said.out) == (2, "")
    assert "no picture named 'shedules'; did you mean 'schedules'?" in said.err
    said = cli("draw", "circuit", "--out", "none/a.svg")
    assert (said.code, said.out) == (2, "")
    assert "cannot write none/a.svg: there is no folder none" in said.err
