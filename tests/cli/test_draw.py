from __future__ import annotations

from pathlib import Path

from chainrule.draw import FIGURES, known_model_figures

from .conftest import Cli


def test_without_a_name_the_figures_are_listed(cli: Cli) -> None:
    said = cli("draw")
    assert said.code == 0
    figures, _, rows = said.out.partition("\n\n")
    assert [line.split()[0] for line in figures.splitlines()[1:]] == list(FIGURES)
    assert [line.split()[0] for line in rows.splitlines()[1:]] == list(known_model_figures())
    assert "every layer makes of an image (needs an image)" in rows


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
    assert "no figure named 'shedules'; did you mean 'schedules'?" in said.err
    said = cli("draw", "circuit", "--out", "none/a.svg")
    assert (said.code, said.out) == (2, "")
    assert "cannot write none/a.svg: there is no folder none" in said.err


def test_augmentations_of_a_data_set(cli: Cli, tmp_path: Path) -> None:
    said = cli("draw", "augmentations", "digits", "--set", "augment=crop-flip", "--out", "a.png")
    assert (said.code, said.out) == (0, "a.png\n")
    Path(tmp_path / "exp.toml").write_text('data = "digits"\naugment = "flip"\n')
    said = cli("draw", "augmentations", "--config", "exp.toml")
    assert (said.code, said.out) == (0, "augmentations.svg\n")


def test_augmentations_that_cannot_be(cli: Cli) -> None:
    for arguments, message in (
        (("augmentations", "digitz"), "digitz"),
        (("augmentations", "--set", "augment=flop"), "unknown preset 'flop'; did you mean 'flip'?"),
        (("circuit", "digits"), "DATA, --config, --set and --data-dir are for 'draw augmentations"),
    ):
        said = cli("draw", *arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "Traceback" not in said.err
