from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.experiment import Outcome, read_metrics, report_on
from chainrule.training import Run


@pytest.fixture
def run(outcome: Outcome, tmp_path: Path) -> Run:
    """A copy that a test may spoil."""
    shutil.copytree(outcome.run.folder, tmp_path / outcome.run.folder.name)
    return Run.open(tmp_path / outcome.run.folder.name)


def test_a_report_can_be_made_again_from_the_files(outcome: Outcome, run: Run) -> None:
    run.report.unlink()
    assert report_on(run) == run.report
    assert run.report.read_text() == outcome.run.report.read_text()


def test_an_unfinished_run_is_shown_without_a_test_result(run: Run) -> None:
    run.metrics.unlink()
    run.model.unlink()
    assert "No test result" in report_on(run).read_text()
    run.history.unlink()
    assert "No test result" in report_on(run).read_text()


def test_metrics_of_an_unfinished_run_are_none(run: Run) -> None:
    run.metrics.unlink()
    assert read_metrics(run) == {}


@pytest.mark.parametrize("content", ["{", "[]", "\0"])
def test_damaged_metrics_are_named(run: Run, content: str) -> None:
    run.metrics.write_text(content)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_metrics(run)
