from __future__ import annotations

import pkgutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib
import pytest

from chainrule import draw as package
from chainrule.draw import FIGURES, draw, init, style
from chainrule.errors import InputError

EACH = [(name, kind) for name, figure in FIGURES.items() for kind in figure.kinds]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(style, "PIXELS_PER_INCH", 30)
    monkeypatch.setattr(init, "WIDTH", 40)
    monkeypatch.setattr(init, "SAMPLES", 50)


def test_each_module_is_a_figure():
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert set(FIGURES) <= modules


@pytest.mark.parametrize(("name", "kind"), EACH)
def test_each_figure_is_a_file_of_its_kind(name, kind, tmp_path):
    path = draw(name, tmp_path / f"figure.{kind}")
    content = path.read_bytes()
    if kind == "svg":
        assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        assert b"http" not in content.replace(b"http://www.w3.org/", b"")
    else:
        assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_equal_drawings_are_equal_files(kind, tmp_path):
    one, two = (draw("schedules", tmp_path / f"{i}.{kind}").read_bytes() for i in range(2))
    assert one == two


def test_a_figure_goes_here_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(draw("circuit")) == "circuit.svg"
    assert [path.name for path in tmp_path.iterdir()] == ["circuit.svg"]


def test_unknown_figures_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no figure named 'activation'; did you mean 'activa"):
        draw("activation", tmp_path / "a.svg")
    with pytest.raises(InputError, match="choose from activations, augmentations, circuit"):
        draw("canvas")


@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        ("schedules", "a.pdf", r"a.pdf: schedules is drawn as .svg or .png, received '.pdf'"),
        ("schedules", "a", r"received ''"),
        ("circuit", "a.png", r"circuit is drawn as .svg, received '.png'"),
        ("schedules", "none/a.svg", r"cannot write .*a.svg: there is no folder .*none"),
        ("circuit", "taken.svg", r"cannot write .*taken.svg: Is a directory"),
    ],
)
def test_places_that_cannot_be_written_to(name, file, words, tmp_path):
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(InputError, match=words):
        draw(name, tmp_path / file)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.svg"]


def test_drawing_leaves_no_state(tmp_path):
    code = (
        "import sys; from chainrule.draw import draw\n"
        f"draw('schedules', {str(tmp_path / 'a.svg')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    before = dict(matplotlib.rcParams)
    draw("schedules", tmp_path / "a.svg")
    assert dict(matplotlib.rcParams) == before
