"""Names that no one thinks of: each kind trains, is written up, goes on, and is printed safely."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from chainrule.cli import main
from chainrule.printable import STEERING, printable

from ..data.image_files import make_images
from .conftest import Cli, Said

UNUSUAL = {
    "spaces": "\u3000\xa0\u202f ",
    "joiners and marks": "\u200c\u200d\xad\u0301\u200f",
    "of no meaning": "\ue000\u0378\u2028",
    "steering": "\x1b[31m\n\t\x7f\x9b2J\u202e",
    "regular expression": "( [ + ^ $",
    "patterns and formats": "[ab]*?%s{0}$x[red]",
    "quotes and markup": "\\\"'<b>&amp;-->",
}
SMALL = (
    "--epochs", "1", "--model", "mlp", "--set", "model.hidden=[4]", "--set", "images.cache_dir=c",
)  # fmt: skip


def safe(*texts: str) -> bool:
    return not STEERING.search("".join(texts).replace("\n", "").replace("\t", ""))


@pytest.mark.parametrize("odd", UNUSUAL.values(), ids=UNUSUAL)
def test_a_name_of_any_letters_goes_all_the_way(
    cli: Cli, tmp_path: Path, capfd: pytest.CaptureFixture[str], odd: str
) -> None:
    data, name = f"p{odd}q", f"n{odd}m"
    root = make_images(tmp_path / data, {f"cat{odd}s": 8, "dog": 8}, side=8)
    (root / "dog" / f"=b{odd}.png").write_text("no image")
    first = cli("train", data, *SMALL)
    assert first.code == 0, first.err
    second = cli("train", data, *SMALL)  # the number after the first one's
    assert second.code == 0, second.err
    assert (tmp_path / "runs" / f"{data}-mlp-002").is_dir()
    named = cli("train", data, *SMALL, "--name", name)
    again = cli("train", data, *SMALL, "--name", name)
    assert (named.code, again.code) == (0, 2)
    hint = re.search(r"go on with: (.*)\n", again.err)
    assert hint
    if not STEERING.search(name):
        assert shlex.split(hint[1]) == ["chainrule", "resume", f"runs/{name}"]
    run = tmp_path / "runs" / name
    (run / "metrics.json").unlink()
    done = [
        cli("resume", name),
        cli("report", name),
        cli("evaluate", name),
        cli("predict", name, root / "dog" / "1.png"),
        cli("draw", "augmentations", data, "--out", f"d{odd}.svg"),
    ]
    assert [said.code for said in done] == [0] * 5, [said.err for said in done]
    assert main(["data", "audit", data, "--html", f"a{odd}.html"]) == 1  # of the bad image
    audited = Said(1, *capfd.readouterr())
    for said in (first, second, named, again, *done, audited):
        assert safe(said.out, said.err), said
    for text in ((run / "report.html"), (run / "skipped.csv"), tmp_path / f"a{odd}.html"):
        assert safe(text.read_text("utf-8"))
    assert f"'={'b' + printable(odd)}" not in (run / "skipped.csv").read_text("utf-8")
    assert "dog/=b" in (run / "skipped.csv").read_text("utf-8")
    assert json.loads((run / "metrics.json").read_bytes())["data"] == str(root)


def test_a_run_may_have_a_name_that_is_not_utf8(cli: Cli, tmp_path: Path) -> None:
    os.mkdir("in\udce9")
    short = (
        "--epochs",
        "1",
        "--set",
        "model.hidden=[4]",
        "--runs",
        "in\udce9",
        "--name",
        "n\udcff",
    )
    said = cli("train", *short)
    assert said.code == 0, said.err
    assert r"in\xe9/n\xff/report.html" in said.out
    again = cli("train", *short)
    assert (again.code, again.err.endswith(r"chainrule resume $'in\xe9/n\xff'" + "\n")) == (2, True)
    Path("in\udce9", "n\udcff", "metrics.json").unlink()
    for command in ("resume", "report", "evaluate"):
        done = cli(command, "n\udcff", "--runs", "in\udce9")
        assert done.code == 0, done.err
        assert safe(done.out)


def test_images_with_names_that_are_not_utf8_are_read(
    cli: Cli, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = make_images(tmp_path / "photos", {"in\udce9": 8, "dog": 8}, side=8)
    (root / "dog" / "x\udcff.png").write_text("no image")
    said = cli("train", "photos", *SMALL, "--name", "a")
    assert said.code == 0, said.err
    assert r"dog/x\xff.png" in said.out
    assert r"dog/x\xff.png" in (tmp_path / "runs" / "a" / "skipped.csv").read_text("utf-8")
    assert main(["data", "audit", "photos", "--html", "a.html"]) == 1
    assert r"dog/x\xff.png" in capfd.readouterr().out
    seen = cli("predict", "a", root / "in\udce9" / "1.png")
    assert seen.code == 0
    assert seen.out.splitlines()[1].startswith(str(root / r"in\xe9" / "1.png"))


def test_a_path_that_a_configuration_cannot_keep_is_refused_at_once(
    cli: Cli, tmp_path: Path
) -> None:
    make_images(tmp_path / "in\udce9", {"cat": 8, "dog": 8}, side=8)
    for arguments in (("in\udce9",), ("digits", "--data-dir", "in\udce9")):
        said = cli("train", *arguments)
        assert said.code == 2
        assert "expected text in Unicode" in said.err
        assert r"in\xe9'" in said.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--epochs", "9" * 5000),
        ("train", "--model", "x" * 40_000),
        ("train", "--set", f"seed=0x{'f' * 5000}"),
        ("train", "--set", f"optimizer.lr={'9' * 5000}"),
        ("train", "--name", "x" * 40_000),
        ("train", "x/" * 20_000),
        ("resume", "x" * 40_000),
        ("data", "audit", "x/" * 20_000),
    ],
    ids=range(8),
)
def test_long_values_make_short_messages(cli: Cli, arguments: tuple[str, ...]) -> None:
    said = cli(*arguments)
    assert said.code == 2
    assert len(said.err) < 1300


def test_a_long_name_of_data_leaves_room_for_the_number(cli: Cli, tmp_path: Path) -> None:
    root = make_images(tmp_path / ("猫" * 80), {"cat": 8, "dog": 8}, side=8)
    assert cli("train", root.name, *SMALL).code == 0
    assert cli("train", root.name, *SMALL).code == 0
