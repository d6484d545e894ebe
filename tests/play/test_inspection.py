"""What the layers make of an image, and where a model looks."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.interpret import METHODS, grad_cam, randomization_check
from chainrule.play import inspection
from chainrule.play.neighbors import chosen_image, nearest
from chainrule.play.opened import Opened


@pytest.fixture(scope="module")
def opened(trained: Path) -> Opened:
    return Opened(trained / "runs" / "digits-convnet-001" / "model.safetensors")


@pytest.fixture(scope="module")
def mlp(trained: Path) -> Opened:
    return Opened(trained / "other.safetensors")


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return cr.data.digits()[1].images[5]


def unpacked(packed: dict[str, Any]) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(packed["data"]), np.int8)
    return data.reshape(packed["shape"]).astype(float) / 127 * packed["scale"]


def test_probabilities_are_those_of_predict(opened: Opened, pixels: np.ndarray) -> None:
    found = inspection.image(opened, pixels, "no EXIF")
    expected = cr.predict(opened.model, pixels[np.newaxis]).probabilities[0]
    np.testing.assert_allclose(found["probabilities"], expected, rtol=1e-4)
    assert base64.b64decode(found["pixels"]) == pixels.tobytes() and found["note"] == "no EXIF"


def test_each_layer_has_its_maps_and_its_shape(opened: Opened, pixels: np.ndarray) -> None:
    found, runs = inspection.layers(opened, pixels), opened.passes(pixels)
    assert [row["path"] for row in found] == [run.path for run in runs]
    for row, run in zip(found, runs, strict=True):
        y = run.output
        assert row["shape"] == list(y.shape) and row["kind"] == type(run.layer).__name__
        assert row["least"] == pytest.approx(float(y.min()))
        shown = unpacked(row["maps"] if y.ndim == 3 else row["vector"])
        whole = np.moveaxis(y[..., :16], 2, 0) if y.ndim == 3 else y
        np.testing.assert_allclose(shown, whole, atol=np.abs(y).max() / 127)


def test_more_maps_are_sent_when_they_are_asked_for(opened: Opened, pixels: np.ndarray) -> None:
    rows = inspection.layers(opened, pixels)
    step = next(i for i, row in enumerate(rows) if row["shape"][-1] == 32)
    assert rows[step]["maps"]["shape"][0] == 16
    assert inspection.layer(opened, pixels, str(step))["maps"]["shape"][0] == 32


def test_large_maps_are_thinned(tmp_path: Path) -> None:
    model = cr.layers.Sequential(
        cr.layers.Normalize(),
        cr.layers.Conv2d(1, 2, 3),
        cr.layers.Flatten(),
        cr.layers.Linear(19602, 2),
    ).init(0)
    model.signature = cr.layers.Signature((101, 101, 1), ("a", "b"))
    cr.save(model, tmp_path / "m.safetensors")
    it = Opened(tmp_path / "m.safetensors")
    image = np.zeros((101, 101, 1), np.uint8)
    rows = inspection.layers(it, image)
    assert rows[1]["maps"]["shape"] == [2, 50, 50] and rows[1]["stride"] == 2
    assert rows[2]["vector"]["shape"] == [inspection.MOST_CELLS]
    assert inspection.layer(it, image, "1")["maps"]["shape"] == [2, 99, 99]


def test_a_unit_comes_with_its_map_and_what_it_looked_at(
    opened: Opened, pixels: np.ndarray
) -> None:
    runs = opened.passes(pixels)
    step = next(i for i, run in enumerate(runs) if type(run.layer).__name__ == "Conv2d")
    found = inspection.unit(opened, pixels, step, "2,3,5")
    assert found["place"] == [2, 3, 5] and found["form"] == "convolution"
    assert found["result"] == pytest.approx(found["output"], rel=1e-4, abs=1e-6)
    assert found["map"]["shape"] == [8, 8] and found["inputs"]["shape"] == [1, 8, 8]
    pool = next(i for i, run in enumerate(runs) if type(run.layer).__name__ == "MaxPool2d")
    assert inspection.unit(opened, pixels, pool, "1,1,7")["inputs"]["shape"] == [1, 8, 8]
    last = inspection.unit(opened, pixels, len(runs) - 1, "3")
    assert last["form"] == "linear" and "map" not in last


@pytest.mark.parametrize(
    ("step", "place", "message"),
    [
        ("99", "0,0,0", "step: expected 0 to"),
        ("-1", "0,0,0", "step: expected 0 to"),
        ("a", "0,0,0", "step: expected 0 to"),
        ("١", "0,0,0", "step: expected 0 to"),
        ("1", "", "place: expected numbers"),
        ("1", "1;2;3", "place: expected numbers"),
        ("1", "1,2", "place: expected one inside"),
        ("1", "8,0,0", "place: expected one inside"),
        ("1", "9" * 5000, "place: expected"),
    ],
)
def test_units_that_there_are_not(
    opened: Opened, pixels: np.ndarray, step: str, place: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        inspection.unit(opened, pixels, step, place)


@pytest.mark.parametrize("method", ["saliency", "grad_cam", "guided_backprop"])
def test_a_heat_map_stands_beside_that_of_random_weights(
    opened: Opened, pixels: np.ndarray, method: str
) -> None:
    found = inspection.heat(opened, pixels, method)
    check = randomization_check(opened.model, pixels, method=method, stages=1)
    for key, expected in (("map", check.original.maps[0]), ("random", check.maps[-1][0])):
        limit = float(np.abs(expected).max()) / 127
        np.testing.assert_allclose(unpacked(found[key]), expected, atol=limit + 1e-7)
    assert found["correlation"] == pytest.approx(check.correlation, abs=1e-5)
    assert found["passed"] == check.passed and found["signed"] == check.original.signed


def test_a_heat_map_is_of_the_class_asked_about(opened: Opened, pixels: np.ndarray) -> None:
    predicted = inspection.heat(opened, pixels, "grad_cam", "")
    assert predicted["target"] == int(np.argmax(opened.probabilities(pixels)))
    found = inspection.heat(opened, pixels, "grad_cam", "3")
    assert found["target"] == 3
    expected = grad_cam(opened.model, pixels, 3).maps[0]
    np.testing.assert_allclose(unpacked(found["map"]), expected, atol=expected.max() / 100 + 1e-9)


def test_heat_maps_that_cannot_be(opened: Opened, mlp: Opened, pixels: np.ndarray) -> None:
    for method, target, message in (
        ("lime", "", "method: unknown name"),
        (None, "", "method: unknown name"),
        ("saliency", "10", "target: expected a class from 0 to 9"),
        ("saliency", "-1", "target: expected the number"),
        ("saliency", "cat", "target: expected the number"),
    ):
        with pytest.raises(InputError, match=message):
            inspection.heat(opened, pixels, method, target)
    with pytest.raises(InputError, match="with a convolution"):
        inspection.heat(mlp, pixels, "grad_cam")


def test_slow_methods_are_refused_and_not_run_at_each_stroke(
    opened: Opened, mlp: Opened, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [row["name"] for row in inspection.methods(opened)]
    assert names[0] == "grad_cam" and sorted(names) == sorted(METHODS)
    others = [row["name"] for row in inspection.methods(mlp)]
    assert others[0] == "saliency" and "grad_cam" not in others
    monkeypatch.setattr(inspection, "QUICK", opened.operations * 10)
    quick = {row["name"]: row["quick"] for row in inspection.methods(opened)}
    assert quick["saliency"] and not quick["occlusion"]
    monkeypatch.setattr(inspection, "SLOW", opened.operations * 10)
    with pytest.raises(InputError, match="occlusion would take minutes"):
        inspection.heat(opened, pixels, "occlusion")


def test_the_nearest_training_images(opened: Opened, mlp: Opened) -> None:
    train = opened.data[0]
    found = nearest(opened, train.images[17])
    assert found["searched"] == found["of"] == len(train) and len(found["images"]) == 8
    first = found["images"][0]
    assert first["index"] == 17 and first["distance"] == pytest.approx(0, abs=1e-6)
    assert base64.b64decode(first["pixels"]) == train.images[17].tobytes()
    assert first["label"] == train.classes[train.labels[17]]
    distances = [image["distance"] for image in found["images"]]
    assert distances == sorted(distances)
    with pytest.raises(InputError, match="lies in no run"):
        nearest(mlp, train.images[0])


def test_a_test_image_says_what_it_is(opened: Opened, mlp: Opened) -> None:
    test = opened.data[1]
    image, said = chosen_image(opened, "4")
    np.testing.assert_array_equal(image, test.images[4])
    assert said["label"] == test.classes[test.labels[4]] and said["count"] == len(test)
    for index in ("359", "-1", "x", "", "1.5", "9" * 100):
        with pytest.raises(InputError, match="index: expected 0 to 358"):
            chosen_image(opened, index)
    with pytest.raises(InputError, match="lies in no run"):
        chosen_image(mlp, "0")
