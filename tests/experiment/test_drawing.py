from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.draw import FigureSubject
from chainrule.errors import InputError
from chainrule.experiment import Outcome, draw_model
from chainrule.experiment.subjects import class_number, opened, with_image
from chainrule.training import Run


@pytest.fixture
def folder(outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the run as ``runs/short``, below the current folder."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(outcome.run.folder, tmp_path / "runs" / "short")


def test_a_run_is_named_in_any_way(folder: Path) -> None:
    ways = ("short", "runs/short", folder, Run(folder), folder / "model.safetensors")
    drawn = [draw_model(way, "templates", f"{i}.png").read_bytes() for i, way in enumerate(ways)]
    assert len({*drawn}) == 1
    for way in ways:
        run = opened(way)[1]
        assert run is not None and run.folder.resolve() == folder.resolve()


def test_the_file_is_named_by_the_figure_and_a_notebook_shows_it(folder: Path) -> None:
    path = cr.draw_model("short", "histograms")
    assert path == Path("histograms.svg")
    assert "data:image/svg+xml" in path._repr_html_()  # type: ignore[attr-defined]


def test_an_image_may_be_an_array_a_file_or_a_number(folder: Path) -> None:
    _, test = cr.data.digits()
    Image.fromarray(test.images[5, :, :, 0]).save("five.png")
    drawn = [
        draw_model("short", "nearest", f"{i}.png", **given).read_bytes()  # type: ignore[arg-type]
        for i, given in enumerate(({"image": test.images[5]}, {"image": "five.png"}))
    ]
    assert drawn[0] == drawn[1]
    first = draw_model("short", "feature-maps", "a.png").read_bytes()
    assert draw_model("short", "feature-maps", "b.png", index=0).read_bytes() == first
    assert draw_model("short", "feature-maps", "c.png", index=-1).read_bytes() != first


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_files_of_any_size_and_mode_are_made_to_fit(folder: Path, mode: str) -> None:
    image = Image.new(mode, (13, 40))
    image.save("odd.tiff")
    assert draw_model("short", "feature-maps", "a.png", image="odd.tiff").exists()


def test_a_model_alone_takes_its_data_by_name(folder: Path) -> None:
    train, test = cr.data.digits()
    model = cr.load(folder / "model.safetensors")
    draw_model(model, "pca", "a.png", test=test[:30])
    draw_model(model, "nearest", "a.png", train=train[:30], test=test[:3])
    draw_model(model, "feature-maps", "a.png", test=test, index=3)
    with pytest.raises(InputError, match=r"lies in no run, so its data are unknown: give a run$"):
        draw_model(model, "pca", "b.png")
    with pytest.raises(InputError, match=r"give a run, or an image$"):
        draw_model(model, "feature-maps", "b.png")
    with pytest.raises(InputError, match="give a run"):
        draw_model(model, "feature-maps", "b.png", index=2)
    assert not Path("b.png").exists()


def test_figures_of_weights_need_no_data_and_others_say_what_is_gone(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(config.read_text().replace('data = "digits"', 'data = "/gone"'))
    for name in ("weights", "histograms", "templates", "architecture"):
        draw_model("short", name, "a.png")
    draw_model("short", "feature-maps", "a.png", image=np.zeros((8, 8, 1), np.uint8))
    for name in ("pca", "nearest", "label-errors", "feature-maps"):
        with pytest.raises(InputError, match=r"the data of the run are needed: .* /gone"):
            draw_model("short", name, "b.png")
    assert not Path("b.png").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"what": "fliters"}, "did you mean 'filters'"),
        ({"what": "circuit"}, "no figure named 'circuit'"),
        (
            {"what": "histograms", "index": 3},
            "index: expected none, 'histograms' has no use",
        ),
        ({"what": "histograms", "layer": "x"}, "layer: expected none"),
        ({"what": "weights", "target": "3"}, "target: expected none, .*; it takes layer"),
        ({"what": "pca", "image": "a.png"}, "image: expected none"),
        ({"what": "templates", "target": "nine"}, "the model has no class 'nine'"),
        ({"what": "templates", "target": 10}, "target: expected an index"),
        ({"what": "templates", "target": "3"}, "are of units, not of classes"),
        ({"what": "feature-maps", "index": 1000}, "index: expected an index from -359 to 358"),
        ({"what": "feature-maps", "index": 0, "image": "a.png"}, "expected none beside an image"),
        ({"what": "feature-maps", "image": "gone.png"}, "cannot read image gone.png"),
        ({"what": "feature-maps", "image": "."}, "image"),
        ({"what": "feature-maps", "image": "text.png"}, "text.png"),
        ({"what": "feature-maps", "image": np.zeros((9, 9, 1))}, "image"),
        ({"what": "feature-maps", "image": np.zeros((2, 8, 8, 1))}, "expected one"),
        ({"what": "feature-maps", "image": np.full((8, 8, 1), np.nan)}, "NaN|finite"),
        ({"what": "feature-maps", "image": object()}, "image"),
        ({"what": "feature-maps", "data_dir": "gone"}, "gone"),
        ({"what": "filters"}, "with a convolution"),
        ({"model": "nothing", "what": "filters"}, "nothing"),
        ({"model": 3, "what": "filters"}, "model: expected a model, a run"),
    ],
)
def test_what_is_refused_leaves_no_file(folder: Path, given: dict[str, object], words: str) -> None:
    Path("text.png").write_text("no image")
    with pytest.raises(InputError, match=words):
        draw_model(**{"model": "short", "path": "a.svg"} | given)  # type: ignore[arg-type]
    assert not Path("a.svg").exists()


def test_a_model_that_says_nothing_takes_arrays_alone() -> None:
    model = cr.models.mlp((4, 4, 1), (), 2).init(0)
    assert with_image(FigureSubject(model), np.zeros((4, 4, 1), np.uint8)).image is not None
    with pytest.raises(InputError, match="does not say which images it is for"):
        with_image(FigureSubject(model), "a.png")
    with pytest.raises(InputError, match="does not say which classes"):
        class_number(model, 1)
    with pytest.raises(InputError, match="no class 'cat'"):
        class_number(model, "cat")


def test_a_folder_that_cannot_be_written_to(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        draw_model("short", "weights", "no/a.svg")
    Path("taken.svg").mkdir()
    with pytest.raises(InputError, match="cannot write"):
        draw_model("short", "weights", "taken.svg")


def test_a_trainer_is_its_model(folder: Path) -> None:
    trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (), 10))
    trainer.fit(cr.data.digits()[0][:64], epochs=1, progress=False)
    assert draw_model(trainer, "templates", "a.svg").exists()
