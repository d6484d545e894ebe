from __future__ import annotations

from pathlib import Path

from .conftest import Cli


def test_the_report_is_written_again(cli: Cli, first: Path) -> None:
    before = (first / "report.html").read_text()
    (first / "report.html").unlink()
    said = cli("report", "first")
    assert (said.code, said.out) == (0, "runs/first/report.html\n")
    assert (first / "report.html").read_text() == before
