"""The notebooks, run without a browser: nothing fails, and results show themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))

SHOWN = {
    "1_first_model.ipynb": {
        "data": "1,438 images",
        "model": "Sequential: 4,938 parameters",
        "cost": "operations and bytes",
        "train": "15/15",
        "evaluate": "95",
        "check": "relative error",
    },
    "2_your_own_images.ipynb": {
        "audit": "exact-duplicates-conflicting",
        "load": "triangle",
        "doctor": "first loss",
        "train": "12/12",
    },
    "3_a_layer_of_your_own.ipynb": {
        "layer": "Swish: 5 parameters",
        "check": "ok",
        "explain": "beta.grad",
        "mistake": "DIAGNOSIS  beta: one 1/N too many",
        "mistake2": "writes into what is not its own",
    },
    "4_five_reports.ipynb": {"a-check": "2.21e-05", "b-fit": "9/9", "e-fit": "10/10"},
    "5_inside_a_net.ipynb": {
        "nearest": "data:image/png",
        "doctor": "update ratio",
        "explain": "BatchNorm(2)",
        "circuit-check": "central difference",
        "activations": "data:image/svg+xml",
    },
}
"""What the HTML of a cell's results holds."""

RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
place = {"metadata": {"path": sys.argv[3]}}
NotebookClient(notebook, timeout=None, allow_errors=True, resources=place).execute()
nbformat.write(notebook, sys.argv[2])
"""


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def text(output):
    """Everything that an output says, in whatever form."""
    parts = [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join("".join(part) for part in parts if isinstance(part, str | list))


def test_there_are_five():
    assert [*SHOWN] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs_and_with_stable_names(name):
    notebook = json.loads((FOLDER / name).read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in notebook["cells"]]
    assert len({*names}) == len(names)
    assert all(re.fullmatch("[a-z]+[0-9]?(-[a-z]+)?", name) for name in names)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_other_notebooks_and_to_pages(name):
    said = "\n".join("".join(c["source"]) for c in cells(FOLDER / name))
    for link in re.findall(r"\]\(([^)]+)\)", said):
        assert (FOLDER / link).is_file(), link
    for page in re.findall(r"`(docs/[^`]+)`", said):
        assert (ROOT / page).is_file(), page


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name, tmp_path):
    for needed in ("nbclient", "ipykernel", "matplotlib_inline"):
        pytest.importorskip(needed)
    done = tmp_path / name
    places = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONWARNINGS")}
    environment |= {place: str(tmp_path / place) for place in places}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", RUN, FOLDER / name, done, tmp_path]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    executed = {cell["id"]: cell for cell in cells(done) if cell["cell_type"] == "code"}
    for place, cell in executed.items():
        for output in cell["outputs"]:
            assert output["output_type"] != "error", f"{place}: {output['evalue']}"
            said = text(output)
            assert r"\n" not in said, f"{place} shows a line break as two characters: {said}"
            assert " object at 0x" not in said, f"{place}: {said}"
    for place, words in SHOWN[name].items():
        shown = [o["data"].get("text/html", "") for o in executed[place]["outputs"] if "data" in o]
        assert any(words in "".join(html) for html in shown), f"{place} does not show {words!r}"
