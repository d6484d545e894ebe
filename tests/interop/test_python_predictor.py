from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule import layers as L
from chainrule.data.formats.images import read_image
from chainrule.errors import InputError
from chainrule.interop import python_predictor, to_python
from chainrule.layers import Signature
from chainrule.metrics import predict_probabilities

from .cases import MODELS, conv_model, digits_model, images, labeled


def alone(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The predictor in a process that knows nothing of chainrule."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-I", *map(str, arguments)],
        capture_output=True, text=True, cwd=folder, env=environment,
    )  # fmt: skip


WITHOUT = """
import importlib.abc, json, runpy, sys
class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("chainrule", "PIL", "scipy", "numba"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
import numpy as np
names = runpy.run_path("predictor.py")
np.save("p.npy", names["predict"](np.load("images.npy")))
print(json.dumps(names["CLASSES"]))
"""


@pytest.mark.parametrize("name", MODELS)
def test_the_program_alone_says_what_the_model_does(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    made = to_python(model, tmp_path, images=images(model))
    assert [file.name for file in made.files] == ["predictor.py", "predictor.npz"]
    assert made.bytes == sum(file.stat().st_size for file in made.files)
    np.save(tmp_path / "images.npy", images(model, 5, seed=2))
    said = alone(tmp_path, "-c", WITHOUT)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == list("0123456789")
    expected = predict_probabilities(model, images(model, 5, seed=2))
    np.testing.assert_allclose(np.load(tmp_path / "p.npy"), expected, rtol=3e-5, atol=1e-7)


def test_the_command_line_reads_images_as_we_do(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = {
        "a.png": Image.fromarray(rng.integers(0, 256, (30, 21, 3), np.uint8)),
        "b.jpg": Image.fromarray(rng.integers(0, 256, (120, 90, 3), np.uint8)),
        "gray.png": Image.fromarray(rng.integers(0, 256, (9, 8), np.uint8)),
        "alpha.png": Image.fromarray(rng.integers(0, 256, (12, 12, 4), np.uint8)),
        "deep.png": Image.fromarray(rng.integers(0, 65536, (15, 15)).astype(np.uint16)),
        "palette.gif": Image.fromarray(rng.integers(0, 256, (20, 20, 3), np.uint8)).quantize(16),
    }
    for name, picture in pictures.items():
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(tmp_path / name, **({"exif": exif} if name == "b.jpg" else {}))
    for resize in ("stretch", "crop", "pad"):
        model = conv_model()
        model.signature = Signature((9, 8, 3), tuple("0123456789"), resize)
        to_python(model, tmp_path)
        said = alone(tmp_path, "predictor.py", "--json", *pictures)
        assert said.returncode == 0, said.stderr
        for found in json.loads(said.stdout):
            pixels = read_image(tmp_path / found["image"], (9, 8, 3), resize)
            p = predict_probabilities(model, pixels[np.newaxis])[0]
            best = found["predictions"][0]
            assert best["class"] == str(p.argmax())
            assert abs(best["probability"] - p.max()) < 1e-5


def test_what_cannot_be_read_is_a_line_and_exit_code_2(tmp_path: Path) -> None:
    model = digits_model()
    to_python(model, tmp_path)
    Image.fromarray(images(model)[0, ..., 0]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    np.save(tmp_path / "c.npy", images(model)[0])
    np.save(tmp_path / "d.npy", np.zeros((3, 3), np.uint8))
    said = alone(tmp_path, "predictor.py", "a.png", "b.png", "none.png", "c.npy", "d.npy")
    assert said.returncode == 2
    assert [line.split()[0] for line in said.stdout.splitlines()] == ["a.png", "c.npy"]
    assert len(said.stdout.splitlines()[0].split()) == 7
    assert [line.split(":")[0] for line in said.stderr.splitlines()] == [
        "b.png", "none.png", "d.npy",
    ]  # fmt: skip
    assert alone(tmp_path, "predictor.py").returncode == 2
    assert alone(tmp_path, "predictor.py", "--help").stdout.startswith("usage: python predictor.py")


@pytest.mark.parametrize(
    "name",
    [
        '"""',
        "\\",
        "a'b\"c",
        "\u202e evil",
        "\n__import__('os').abort()\n",
        "'); 1/0 #",
        "🐈",
        "{x}",
    ],
)
def test_no_name_becomes_code(name: str, tmp_path: Path) -> None:
    node = name.replace(".", "_")
    graph = L.Graph({node: (L.Linear(4, 2), "input")})
    model = labeled(
        L.Sequential(L.Normalize(), L.Flatten(), graph), (2, 2, 1), (name, "other " + name)
    )
    to_python(model, tmp_path)
    np.save(tmp_path / "images.npy", images(model))
    said = alone(tmp_path, "-c", WITHOUT)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == [name, "other " + name]
    assert "\u202e" not in (tmp_path / "predictor.py").read_text("utf-8")


def test_single_images_and_gray_ones_without_their_axis(tmp_path: Path) -> None:
    import runpy

    model = digits_model()
    to_python(model, tmp_path)
    names = runpy.run_path(str(tmp_path / "predictor.py"))
    x = images(model)
    for given in (x[0], x[0, ..., 0], x[:1, ..., 0], x[:1]):
        np.testing.assert_allclose(
            names["predict"](given), predict_probabilities(model, x[:1]), rtol=1e-5
        )
    assert names["predict"](x[:0]).shape == (0, 10)
    with pytest.raises(ValueError, match=r"expected uint8 \(N, 8, 8, 1\), received float32"):
        names["predict"](x.astype(np.float32))


def test_the_source_is_readable(tmp_path: Path) -> None:
    model = conv_model()
    to_python(model, tmp_path, fold_batch_norm=True)
    source = (tmp_path / "predictor.py").read_text("utf-8")
    assert '    x = conv2d(x, weight=W["layers.1.weight"], bias=W["layers.1.bias"]' in source or (
        'weight=W["layers.1.weight"]' in source
    )
    assert "batch_norm" not in source and "Any" not in source and "chainrule" in source
    assert "def gelu" not in source and "import math" not in source
    assert max(map(len, source.splitlines())) <= 100


def test_equal_models_make_equal_files(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        to_python(digits_model(), tmp_path / name)
        found.append([(tmp_path / name / f"predictor.{s}").read_bytes() for s in ("py", "npz")])
    assert found[0] == found[1]


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = digits_model()
    with pytest.raises(InputError, match="folder: expected a folder that is there"):
        to_python(model, tmp_path / "none")
    with pytest.raises(InputError, match="images: expected uint8 or float32"):
        to_python(model, tmp_path, images=np.zeros((1, 3, 3, 1), np.uint8))
    floats = labeled(L.Sequential(L.Flatten(), L.Linear(64, 10)), (8, 8, 1))
    with pytest.raises(InputError, match="takes floats, not uint8 images"):
        to_python(floats, tmp_path)
    bare = digits_model()
    bare.signature = None
    with pytest.raises(InputError, match="does not say which images and classes"):
        to_python(bare, tmp_path)
    monkeypatch.setattr(python_predictor, "_packed", lambda made: b"")
    with pytest.raises(InputError, match="the Python export cannot be run, so nothing was written"):
        to_python(model, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(
        python_predictor.operations, "relu", python_predictor.operations.tanh, raising=True
    )
    with pytest.raises(InputError, match=r"the Python export"):
        to_python(model, tmp_path)
    assert list(tmp_path.iterdir()) == []
