from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule import models
from chainrule.draw import attributions, heat_maps, made_images, style
from chainrule.draw.model_figures import MODEL_FIGURES, FigureSubject
from chainrule.errors import InputError
from chainrule.layers import Signature

KINDS = [
    "saliency", "guided-backprop", "grad-cam", "integrated-gradients", "occlusion", "class-images",
    "fooling",
]  # fmt: skip
NAMES = ("a $x$ <b>", "b\x1b[31m", "c" * 60)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(style, "PIXELS_PER_INCH", 30)
    monkeypatch.setattr(heat_maps, "STAGES", 2)
    monkeypatch.setattr(made_images, "STEPS", 3)
    monkeypatch.setattr(made_images, "FEW_STEPS", 2)


def subject(shape=(8, 8, 1), names=NAMES, **given):
    model = models.convnet(shape, len(names), filters=(4,)).init(0)
    model.signature = Signature(shape, tuple(names))
    image = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    return FigureSubject(model, image=image, **{"label": 0} | given)


def painted(kind, of):
    figure = Figure(figsize=(3, 3))
    MODEL_FIGURES[kind].paint(of, figure)
    return figure


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


@pytest.mark.parametrize("shape", [(8, 8, 1), (12, 9, 3)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_picture(kind, shape):
    row, of = MODEL_FIGURES[kind], subject(shape)
    png = style.rendered(lambda figure: row.paint(of, figure), row.size, "png", kind)
    assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS[:5])
def test_beside_every_heat_map_stands_that_of_random_weights(kind):
    figure = painted(kind, subject())
    said = [t for t in titles(figure) if t]
    assert said[2::4] == ["Random weights"] * (len(said) // 4)
    assert said[3::4] == ["Check"] * (len(said) // 4)
    notes = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any(note.startswith("rank correlation ") for note in notes)
    assert any(note.startswith("does it depend on the weights? ") for note in notes)


def test_the_predicted_class_and_its_probability_are_said():
    figure = painted("occlusion", subject(names=("cat", "dog")))
    name, share = figure.axes[0].get_title(loc="left").split(", ")
    assert name in ("cat", "dog")
    assert share.endswith("%")
    assert figure.axes[0].texts[0].get_text() == "predicted; it is cat"


def test_another_class_can_be_asked_about():
    figure = painted("saliency", subject(names=("cat", "dog"), target=1, label=None))
    assert figure.axes[0].get_title(loc="left").startswith("dog, ")
    assert figure.axes[0].texts[0].get_text() == "the class asked about"
    figure = painted("class-images", subject(target=2))
    assert len(titles(figure)) == 1


def test_the_layer_of_grad_cam_can_be_chosen():
    figure = painted("grad-cam", subject(layer="layers.4"))
    assert "4 x 4 feature maps, resized" in [t.get_text() for a in figure.axes for t in a.texts]
    with pytest.raises(InputError, match="layer: unknown path"):
        painted("grad-cam", subject(layer="layers.44"))


def test_the_gap_of_integrated_gradients_is_said():
    figure = painted("integrated-gradients", subject())
    assert "completeness gap" in figure.axes[1].texts[0].get_text()


def test_names_are_shown_as_they_are():
    figure = painted("fooling", subject())
    shown = " ".join([*titles(figure), *(t.get_text() for t in figure.axes[3].get_yticklabels())])
    assert "a $x$ <b>" in shown
    assert "\x1b" not in shown
    assert "c" * 16 not in shown


def test_of_many_classes_the_most_probable_are_drawn():
    names = tuple(map(str, range(30)))
    assert titles(painted("class-images", subject(names=names, label=0)))[:10] != list(names[:10])
    without = FigureSubject(subject(names=names).model)
    assert titles(painted("class-images", without)) == list(names[:10])


def test_of_a_large_image_less_is_computed(monkeypatch):
    monkeypatch.setattr(heat_maps, "LARGE", 10)
    monkeypatch.setattr(made_images, "LARGE", 10)
    seen = []
    check = heat_maps.randomization_check
    monkeypatch.setattr(
        heat_maps, "randomization_check", lambda *a, **o: seen.append(o) or check(*a, **o)
    )
    painted("saliency", subject())
    assert [each.get("samples") for each in seen] == [None, attributions.SMOOTH // 4]
    assert [each["stages"] for each in seen] == [heat_maps.FEWER] * 2
    assert len(titles(painted("class-images", subject(names=tuple("abcdefg"))))) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_drawn(kind):
    if "image" in MODEL_FIGURES[kind].needs:
        with pytest.raises(InputError, match="image"):
            painted(kind, FigureSubject(subject().model))
    bare = FigureSubject(models.mlp((8, 8, 1), (4,), 3).init(0), image=subject().image)
    if kind in ("grad-cam", "class-images"):
        with pytest.raises(InputError, match=r"expected .*(convolution|image)"):
            painted(kind, bare)
    else:
        painted(kind, bare)


def test_a_map_that_is_0_everywhere():
    of = subject()
    of.model[-1].weight.value = np.zeros_like(of.model[-1].weight.value)
    figure = painted("grad-cam", of)
    notes = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "the map is the same number everywhere" in notes
    assert "0 everywhere: nothing speaks for the class" in notes
