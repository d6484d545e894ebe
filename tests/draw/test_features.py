"""Every figure of a model: files of both kinds, equal for equal calls, or one line."""

from __future__ import annotations

import sys
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

import chainrule as cr
from chainrule.data.dataset import Dataset
from chainrule.draw import (
    FigureSubject,
    draw_subject,
    known_model_figures,
    model_figure,
    spaces,
)
from chainrule.errors import InputError
from chainrule.layers import Conv2d, Flatten, Linear, ReLU, Residual, Sequential, Signature

NAMES = (
    "architecture", "filters", "filters-2", "filter-kinds", "feature-maps", "weights", "templates",
    "histograms", "pca", "tsne", "nearest", "label-errors",
)  # fmt: skip


@pytest.fixture(autouse=True)
def without_sklearn(monkeypatch):
    """Another way to the plane, which takes no time and needs nothing."""
    monkeypatch.setattr(spaces, "tsne", lambda x, perplexity: x[:, :2])


def test_all_are_there():
    assert set(NAMES) <= set(known_model_figures())


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_file_of_its_kind_and_the_same_again(name, seen, linear, tmp_path):
    subject = linear if name == "templates" else seen
    assert draw_subject(subject, name, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    content = draw_subject(subject, name, tmp_path / "a.svg").read_bytes()
    assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    assert b"#010101" not in content and b"#020202" not in content  # the colors of a page
    assert draw_subject(subject, name, tmp_path / "b.svg").read_bytes() == content


@pytest.mark.parametrize("name", NAMES)
def test_what_a_figure_needs_it_says(name, seen, linear, tmp_path):
    subject = linear if name == "templates" else seen
    row = model_figure(name)
    for need in row.needs:
        lacking = replace(subject, **{need: None})
        with pytest.raises(InputError, match=f"^{name}: expected .*, received none$"):
            draw_subject(lacking, name, tmp_path / "a.svg")
    if not row.uses:
        return
    bare = {n: None for n in ("train", "test", "image", "label") if n not in row.needs}
    if name != "nearest":  # which needs one of two
        draw_subject(replace(subject, **bare), name, tmp_path / "a.svg")


@pytest.mark.parametrize("name", NAMES)
def test_nan_weights_are_one_line_and_no_file(name, seen, linear, tmp_path):
    subject = linear if name == "templates" else seen
    for _, node in cr.layers.named_parameters(subject.model):
        node.value[...] = np.nan
    if name == "architecture":
        draw_subject(subject, name, tmp_path / "a.svg")
        return
    with pytest.raises(InputError, match=r"NaN or infinite in .*: the training diverged"):
        draw_subject(subject, name, tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_models_that_lack_what_is_drawn(mlp, convnet, tmp_path):
    for subject, name, words in (
        (mlp, "filters", "with a convolution, received one without"),
        (mlp, "filter-kinds", "with a convolution"),
        (convnet, "templates", "by 'filters'"),
        (FigureSubject(convnet.model[:3]), "weights", "with a fully connected layer"),
        (
            FigureSubject(Sequential(Conv2d(1, 2, 3)).init(0)),
            "filters-2",
            "layer: expected below 1",
        ),
        (FigureSubject(Sequential(ReLU())), "histograms", "with parameters"),
        (FigureSubject(Sequential(Linear(2, 2))), "architecture", "which images it is for"),
    ):
        with pytest.raises(InputError, match=words):
            draw_subject(subject, name, tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_unknown_names_and_files_that_cannot_be(convnet, tmp_path):
    for name, file, words in (
        ("fliters", "a.svg", "no figure named 'fliters'; did you mean 'filters'"),
        ("activatons", "a.svg", "did you mean 'activations'"),
        ("filters", "a.pdf", r"filters is drawn as \.svg or \.png"),
        ("filters", "no/a.svg", "there is no folder"),
    ):
        with pytest.raises(InputError, match=words):
            draw_subject(convnet, name, tmp_path / file)
    with pytest.raises(InputError, match="filters is drawn of a model: chainrule draw filters RUN"):
        cr.draw("filters")


def test_layers_and_classes_are_chosen_by_name(seen, linear, tmp_path):
    for subject, name in (
        (replace(seen, layer="layers.5"), "filters"),
        (replace(seen, layer="layers.5"), "filter-kinds"),
        (replace(seen, layer="layers.5"), "feature-maps"),
        (replace(seen, layer="layers.10"), "feature-maps"),
        (replace(seen, layer="layers.10"), "weights"),
        (replace(linear, target=3), "templates"),
    ):
        draw_subject(subject, name, tmp_path / "a.svg")
    for subject, name, words in (
        (replace(seen, layer="layers.2"), "filters", "path of a convolution"),
        (
            replace(seen, layer="layers.99"),
            "feature-maps",
            "no layer 'layers.99' with an output",
        ),
        (replace(seen, layer="x"), "weights", "the model has no layer 'x'"),
    ):
        with pytest.raises(InputError, match=words):
            draw_subject(subject, name, tmp_path / "b.svg")


def test_classes_with_odd_names_are_drawn_without_a_warning(linear, tmp_path):
    names = ("$x_1$", "<b>&", "猫", "x" * 200, "a\nb", "", "\u202egnp", "ü", "7", "8")
    linear.model.signature = Signature((8, 8, 1), names)
    data = [Dataset(d.images, d.labels, names) for d in (linear.train, linear.test)]
    subject = FigureSubject(linear.model, *data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("templates", "weights", "pca", "nearest", "label-errors"):
            kind = "svg" if name == "pca" else "png"
            assert draw_subject(subject, name, tmp_path / f"{name}.{kind}").exists()


def test_more_classes_than_colors_and_two_images(tmp_path):
    k = 40
    model = cr.models.mlp((4, 4, 1), (), k).init(0)
    images = np.random.default_rng(0).integers(0, 256, (2 * k, 4, 4, 1)).astype(np.uint8)
    data = Dataset(images, np.arange(2 * k) % k, tuple(f"class {i}" for i in range(k)))
    for some in (data, data[:2]):
        for name in ("pca", "label-errors"):
            draw_subject(FigureSubject(model, data, some), name, tmp_path / "a.svg")
    draw_subject(FigureSubject(model, data[:3], data[:1]), "nearest", tmp_path / "a.svg")
    for name in ("pca", "tsne"):
        with pytest.raises(InputError, match="2 test images or more, received 1"):
            draw_subject(FigureSubject(model, data, data[:1]), name, tmp_path / "a.svg")
    with pytest.raises(InputError, match="4 images or more, received 3"):
        draw_subject(FigureSubject(model, data, data[:3]), "tsne", tmp_path / "a.svg")


def test_one_class_has_no_label_errors(tmp_path):
    model = cr.models.mlp((4, 4, 1), (), 1).init(0)
    data = Dataset(np.zeros((5, 4, 4, 1), np.uint8), np.zeros(5, int), ("only",))
    with pytest.raises(InputError, match="two classes"):
        draw_subject(FigureSubject(model, data, data), "label-errors", tmp_path / "a.svg")
    draw_subject(FigureSubject(model, data, data), "pca", tmp_path / "a.svg")  # of equal images


def test_blocks_wide_layers_and_channels_of_any_number(tmp_path):
    block = Residual(Sequential(Conv2d(40, 40, 3, padding=1), ReLU()))
    model = Sequential(Conv2d(2, 40, 3), block, Flatten(), Linear(40 * 36, 1100)).init(0)
    image = np.random.default_rng(0).random((8, 8, 2)).astype(np.float32)
    subject = FigureSubject(model, image=image)
    for name in (
        "filters",
        "weights",
        "feature-maps",
        "architecture",
        "histograms",
        "filter-kinds",
    ):
        assert draw_subject(subject, name, tmp_path / f"{name}.svg").stat().st_size > 1000


def test_t_sne_without_scikit_learn(monkeypatch, mlp, tmp_path):
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(InputError, match="pip install"):
        draw_subject(mlp, "tsne", tmp_path / "a.svg")


def test_drawing_changes_nothing(seen, tmp_path):
    before = dict(matplotlib.rcParams), [type(layer) for layer in seen.model]
    for name in ("filters", "feature-maps", "filter-kinds", "nearest"):
        draw_subject(seen, name, tmp_path / "a.svg")
    assert before == (dict(matplotlib.rcParams), [type(layer) for layer in seen.model])
