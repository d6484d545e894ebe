from __future__ import annotations

from pathlib import Path

from PIL import Image

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


def test_figures_of_a_run(cli: Cli, first: Path, tmp_path: Path) -> None:
    for arguments in (
        ("weights", "first"),
        ("feature-maps", "first", "--index", "7", "--layer", "layers.2"),
        ("nearest", "runs/first/model.safetensors"),
        ("histograms", "runs/first"),
    ):
        said = cli("draw", *arguments)
        assert (said.code, said.out) == (0, f"{arguments[0]}.svg\n")
        assert (tmp_path / said.out.strip()).read_text("utf-8").startswith("<")
    said = cli("draw", "templates", "first", "--out", "t.png", "--runs", "runs")
    assert (said.code, said.out) == (0, "t.png\n")


def test_an_image_of_the_users(cli: Cli, first: Path, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "white").save(tmp_path / "ein Bild.png")
    said = cli("draw", "feature-maps", "first", "ein Bild.png", "--out", "a.svg")
    assert (said.code, said.out) == (0, "a.svg\n")


def test_figures_of_a_model_that_cannot_be(cli: Cli, first: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (("fliters", "first"), "no figure named 'fliters'; did you mean 'filters'?"),
        (("filters",), "expected a RUN or a model file, as in: chainrule draw filters RUN"),
        (("filters", "frist"), "no run 'frist' in runs; did you mean 'first'?"),
        (("filters", "first"), "expected one with a convolution"),
        (("pca", "first", "a.png"), "image: expected none, 'pca' has no use for it"),
        (("weights", "first", "--class", "3"), "target: expected none"),
        (("feature-maps", "first", "none.png"), "cannot read image none.png"),
        (("feature-maps", "first", "--index", "400"), "index: expected an index from -359 to 358"),
        (("feature-maps", "first", "--index", "1.5"), "--index"),
        (("weights", "first", "--set", "augment=flip"), "--set is for 'draw augmentations'"),
        (("weights", "first", "--out", "a.gif"), "weights is drawn as .svg or .png"),
        (("circuit", "--layer", "x"), "--layer is for figures of a model, not for 'circuit'"),
        (("augmentations", "digits", "x.png"), "IMAGE is for figures of a model"),
    ):
        said = cli("draw", *arguments)
        assert (said.code, said.out) == (2, ""), arguments
        assert message in said.err
        assert "Traceback" not in said.err
    assert not [*tmp_path.glob("*.svg"), *tmp_path.glob("*.png"), *tmp_path.glob("*.gif")]
