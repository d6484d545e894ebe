from __future__ import annotations

import os
import subprocess
import sys

import pytest

from chainrule import report
from chainrule.errors import InputError


def test_a_report_is_written_beside_its_run(arguments):
    path = report.write(**arguments)
    assert path == arguments["run"].report
    html = path.read_text("utf-8")
    assert "<h1>first run</h1>" in html
    for known in ("a fast one", "adam", "1 min 23 s", "41,234", "1,234", arguments["test"].sha256):
        assert known in html
    assert os.listdir(path.parent) == ["report.html"]


def test_equal_runs_give_equal_files(arguments):
    first = report.write(**arguments).read_bytes()
    assert report.write(**arguments).read_bytes() == first
    assert report.write(**{**arguments, "seed": 1}).read_bytes() != first


def test_a_run_without_evaluation(arguments):
    stopped = {**arguments, "evaluation": None, "test": None, "metrics": {}, "history": []}
    assert "No test result" in report.write(**stopped).read_text("utf-8")


def test_the_evaluation_must_be_of_the_test_set(arguments):
    short = arguments["test"].take(range(5))
    with pytest.raises(InputError, match=r"of 60 images, but .* test set of 5"):
        report.write(**{**arguments, "test": short})
    with pytest.raises(InputError, match="no test set"):
        report.write(**{**arguments, "test": None})
    assert not arguments["run"].report.exists()


def test_a_folder_that_is_not_there_is_an_input_error(arguments):
    arguments["run"].report = arguments["run"].report.parent / "none" / "report.html"
    with pytest.raises(InputError, match=r"cannot write .*report\.html"):
        report.write(**arguments)


def test_importing_the_report_imports_no_matplotlib():
    code = (
        "import sys, chainrule.report;"
        "sys.exit(bool({'matplotlib', 'PIL', 'numba'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
