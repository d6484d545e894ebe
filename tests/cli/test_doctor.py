"""chainrule doctor: verdicts on the screen and in the exit code, and nothing is touched."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from chainrule.doctor import CHECKS, SLOW, Check

from .conftest import SHORT, Cli

pytestmark = pytest.mark.usefixtures("unhurried")

QUICK = ("--only", "outputs", "--only", "first loss", "--only", "dead units")


def content(folder: Path) -> dict[str, tuple[int, str]]:
    """Time and hash of every file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    }


def test_without_a_word_it_examines_the_digits(cli: Cli) -> None:
    said = cli("doctor")
    assert said.code == 0, said.out
    lines = said.out.splitlines()
    assert lines[0].startswith("model     mlp, ") and lines[1].startswith("training  digits, adam")
    assert any(line.startswith("threads   ") and "for compiled loops (" in line for line in lines)
    assert "\nok       first loss: " in said.out and "\nok       gradients: " in said.out
    assert " ok, 2 skipped; " in lines[-1]


def test_an_illness_is_named_with_its_fix_and_fails(cli: Cli) -> None:
    said = cli("doctor", "--set", "optimizer.lr=300", "--only", "update ratio")
    assert said.code == 1
    assert "failed   update ratio: " in said.out and "fix: a lower rate" in said.out
    assert "the doctor found something wrong: update ratio" in said.err


def test_a_configuration_a_kind_and_a_run_are_examined(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "exp.toml").write_text('[model]\nname = "mlp"\nhidden = [7]\n')
    assert "mlp, 549 parameters" in cli("doctor", "exp.toml", *QUICK).out
    assert "convnet, " in cli("doctor", "convnet", "--data", "digits", *QUICK).out
    assert cli("train", *SHORT, "--name", "a").code == 0
    before = content(tmp_path / "runs")
    for name in ("a", "runs/a"):
        said = cli("doctor", name, *QUICK)
        assert said.code == 0 and "mlp, 1,242 parameters" in said.out
    assert content(tmp_path / "runs") == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "no kind of model ("),
        (("--only", "first los"), "did you mean 'first loss'"),
        (("--set", "model.hiden=[3]"), "did you mean 'hidden'"),
        (("--batch-size", "0"), "--batch-size"),
    ],
)
def test_wrong_words_are_one_line(cli: Cli, arguments: tuple[str, ...], says: str) -> None:
    said = cli("doctor", *arguments)
    assert said.code == 2 and says in said.err


def test_quick_leaves_out_what_takes_steps_and_says_so(cli: Cli) -> None:
    said = cli("doctor", "--quick")
    assert said.code == 0, said.out
    assert said.out.splitlines()[-1] == f"left out by --quick: {', '.join(SLOW)}"
    made = re.findall(r"^(?:ok|warning|failed|skipped) +([^:]+):", said.out, re.MULTILINE)
    assert made == [name for name in CHECKS if name not in SLOW]
    assert set(SLOW) < set(CHECKS)
    said = cli("doctor", "--quick", "--only", "labels")
    assert (said.code, said.out) == (2, "")
    assert "--quick: expected no --only" in said.err


def test_quick_fails_as_the_others_do(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Check("labels", "failed", 0, "no images of 'x'", "at least 5")
    monkeypatch.setitem(CHECKS, "labels", lambda patient: wrong)
    said = cli("doctor", "--quick")
    assert said.code == 1
    assert "the doctor found something wrong: labels" in said.err
