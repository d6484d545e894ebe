"""The page in a browser says what Python says."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chainrule import layers as L
from chainrule.data.formats.images import read_image
from chainrule.errors import InputError
from chainrule.interop import html_page, to_html
from chainrule.layers import Signature
from chainrule.metrics import predict_probabilities
from tests.report import browser
from tests.report.browser import Page, browsing, program

from .cases import MODELS, conv_model, digits_model, images, labeled

needs_browser = pytest.mark.skipif(program() is None, reason="no Chromium")


@pytest.fixture
def tab(window: Page) -> Page:
    """The one tab of all these tests, of which the last one's messages are forgotten."""
    window.messages.clear()
    return window


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    found = program()
    assert found is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser, "SECONDS", 1200)  # for all tests of this file, on a busy machine
        with browsing(found) as page:
            yield page


def asked(page: Page, expression: str) -> Any:
    """What a promise of the page comes to."""
    found = page.call(
        "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
    )
    assert "exceptionDetails" not in found, found["exceptionDetails"]
    return found["result"].get("value")


def until(page: Page, expression: str) -> Any:
    """The value of ``expression`` once it is true."""
    for _ in range(6000):
        if value := page.js(expression):
            return value
        time.sleep(0.02)
    raise AssertionError(expression)


@needs_browser
@pytest.mark.parametrize("name", MODELS)
def test_the_browser_says_what_python_says(name: str, tab: Page, tmp_path: Path) -> None:
    model = MODELS[name]()
    to_html(model, tmp_path / "page.html", images=images(model))
    tab.open(tmp_path / "page.html")
    expected = predict_probabilities(model, images(model))
    logits = model(images(model))
    for x, p, z in zip(images(model), expected, logits, strict=True):
        pixels = json.dumps(x.ravel().tolist())
        found = asked(tab, f"predictor.logits({pixels}).then(z => Array.from(z))")
        np.testing.assert_allclose(found, z, rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(asked(tab, f"predictor.predict({pixels})"), p, atol=1e-5)
    assert tab.messages == []


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def pictures() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    smooth = np.indices((37, 53)).sum(axis=0)[..., None] * np.array([1, 2, 3]) + rng.integers(
        0, 60, (37, 53, 3)
    )
    color = Image.fromarray((smooth % 256).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "color.png": encoded(color),
        "gray.png": encoded(color.convert("L")),
        "small.png": encoded(color.resize((5, 4))),
        "turned.png": encoded(color, exif=exif),
        "wide.png": encoded(color.resize((200, 9))),
    }


@needs_browser
@pytest.mark.parametrize("resize", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_resized_to_the_same_pixels(
    resize: str, channels: int, tab: Page, tmp_path: Path
) -> None:
    shape = (9, 8, channels)
    model = conv_model(shape)
    model.signature = Signature(shape, tuple("0123456789"), resize)
    to_html(model, tmp_path / "page.html")
    tab.open(tmp_path / "page.html")
    for name, data in pictures().items():
        (tmp_path / name).write_bytes(data)
        text = base64.b64encode(data).decode()
        blob = f"new Blob([Uint8Array.from(atob('{text}'), c => c.charCodeAt(0))])"
        found = asked(tab, f"predictor.decoded({blob}).then(p => Array.from(p))")
        expected = read_image(tmp_path / name, shape, resize)
        np.testing.assert_array_equal(np.reshape(found, shape), expected, err_msg=name)


@needs_browser
def test_a_file_is_chosen_and_its_classes_are_shown(tab: Page, tmp_path: Path) -> None:
    model = conv_model()
    to_html(model, tmp_path / "page.html", title="<b>Cats & dogs</b>")
    for name, data in pictures().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "text.png").write_bytes(b"no image")
    tab.open(tmp_path / "page.html")
    assert tab.js("document.querySelector('h1').textContent") == "<b>Cats & dogs</b>"
    assert tab.js("document.getElementById('pad')") is None

    def choose(name: str) -> None:
        root = tab.call("DOM.getDocument")["root"]["nodeId"]
        node = tab.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        tab.call("DOM.setFileInputFiles", files=[str(tmp_path / name)], nodeId=node)

    choose("color.png")
    until(tab, "document.getElementById('source').textContent === 'color.png'")
    pixels = read_image(tmp_path / "color.png", (9, 8, 3))
    p = predict_probabilities(model, pixels[np.newaxis])[0]
    shown = tab.js("[...document.querySelectorAll('#bars li')].map(li => li.textContent)")
    assert shown == [f"{k}{100 * q:.1f} %" for k, q in enumerate(p.tolist())]
    best = tab.js("document.getElementById('answer').textContent")
    assert best == f"{p.argmax()}, {100 * p.max():.1f} %"
    np.testing.assert_allclose(tab.js("predictor.last.probabilities"), p, atol=1e-5)
    choose("text.png")
    until(tab, "document.body.classList.contains('failed')")
    assert "no image" in tab.js("document.getElementById('answer').textContent")
    assert tab.messages == []


@needs_browser
def test_a_file_is_dropped(tab: Page, tmp_path: Path) -> None:
    model = conv_model()
    to_html(model, tmp_path / "page.html")
    (tmp_path / "color.png").write_bytes(pictures()["color.png"])
    tab.open(tmp_path / "page.html")
    data = {"items": [], "files": [str(tmp_path / "color.png")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        tab.call("Input.dispatchDragEvent", type=kind, x=200, y=200, data=data)
    until(tab, "document.getElementById('source').textContent === 'color.png'")
    p = predict_probabilities(model, read_image(tmp_path / "color.png", (9, 8, 3))[np.newaxis])
    np.testing.assert_allclose(tab.js("predictor.last.probabilities"), p[0], atol=1e-5)
    assert tab.messages == []


@needs_browser
def test_a_digit_is_drawn_by_a_finger(tab: Page, tmp_path: Path) -> None:
    to_html(digits_model(), tmp_path / "page.html")
    tab.open(tmp_path / "page.html", width=390)
    tab.call("Emulation.setTouchEmulationEnabled", enabled=True)
    places = on_the_pad(tab, np.array([[0.5, 0.2], [0.5, 0.5], [0.5, 0.8]]))
    for kind, place in zip(("touchStart", "touchMove", "touchMove"), places, strict=True):
        point = {"x": place[0], "y": place[1]}
        tab.call("Input.dispatchTouchEvent", type=kind, touchPoints=[point])
    tab.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    tab.call("Emulation.setTouchEmulationEnabled", enabled=False)
    until(tab, "document.getElementById('source').textContent === 'your drawing'")
    assert tab.js("scrollY") == 0  # the page has not moved under the finger
    pixels = np.reshape(tab.js("Array.from(predictor.last.pixels)"), (8, 8))
    assert pixels[:, 3:5].min() > 0 and pixels[:, :2].max() == 0


def on_the_pad(page: Page, points: np.ndarray) -> list[tuple[float, float]]:
    """Where points of the pad, in shares of its sides, lie on the screen."""
    left, top, width, height = page.js(
        "(() => {const b = document.getElementById('pad').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]})()"
    )
    return [(left + x * width, top + y * height) for x, y in points]


def stroke(page: Page, points: np.ndarray) -> None:
    places = on_the_pad(page, points)
    page.mouse("mouseMoved", *places[0])
    page.mouse("mousePressed", *places[0], buttons=1)
    for place in places[1:]:
        page.mouse("mouseMoved", *place, buttons=1)
    page.mouse("mouseReleased", *places[-1])


@needs_browser
def test_a_digit_is_drawn(tab: Page, tmp_path: Path) -> None:
    """Small, in a corner: it fills the image all the same, as the digits of the data do."""
    model = digits_model()
    to_html(model, tmp_path / "page.html")
    tab.open(tmp_path / "page.html")
    angles = np.linspace(0, 2 * np.pi, 24)
    stroke(tab, np.stack([0.3 + 0.12 * np.sin(angles), 0.3 - 0.2 * np.cos(angles)], axis=1))
    pixels = np.reshape(until(tab, "predictor.last && Array.from(predictor.last.pixels)"), (8, 8))
    assert min(pixels[0].max(), pixels[7].max()) > 100  # it reaches the top and the bottom
    assert pixels[3:5, 3:5].max() == 0 and set(np.unique(pixels)) <= {
        (255 * v + 8) // 16 for v in range(17)
    }
    p = predict_probabilities(model, pixels.astype(np.uint8)[np.newaxis, ..., np.newaxis])[0]
    np.testing.assert_allclose(tab.js("predictor.last.probabilities"), p, atol=1e-5)
    tab.js("document.getElementById('clear').click()")
    assert tab.js("document.getElementById('answer').textContent") == "Nothing classified yet"
    assert tab.messages == []


@needs_browser
def test_a_tap_is_a_dot(tab: Page, tmp_path: Path) -> None:
    to_html(digits_model(), tmp_path / "page.html")
    tab.open(tmp_path / "page.html")
    stroke(tab, np.array([[0.3, 0.6]]))
    pixels = until(tab, "predictor.last && Array.from(predictor.last.pixels)")
    assert max(pixels) == 255
    assert tab.messages == []


@needs_browser
def test_a_digit_is_drawn_by_keys(tab: Page, tmp_path: Path) -> None:
    to_html(digits_model(), tmp_path / "page.html")
    tab.open(tmp_path / "page.html")
    tab.js("document.getElementById('pad').focus()")
    for name in ["ArrowUp"] * 6 + [" "] + ["ArrowDown"] * 12:
        code = {"ArrowUp": 38, "ArrowDown": 40, " ": 32}[name]
        for kind in ("keyDown", "keyUp"):
            tab.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code)
    until(tab, "document.getElementById('source').textContent === 'your drawing'")
    pixels = np.reshape(tab.js("Array.from(predictor.last.pixels)"), (8, 8))
    assert pixels[:, 3:5].min() > 0 and pixels[:, :2].max() == pixels[:, 6:].max() == 0  # a 1


@needs_browser
def test_mnist_digits_are_centered_by_their_mass(tab: Page, tmp_path: Path) -> None:
    model = labeled(L.Sequential(L.Normalize(), L.Flatten(), L.Linear(784, 10)), (28, 28, 1))
    to_html(model, tmp_path / "page.html")
    tab.open(tmp_path / "page.html")
    ink = np.zeros((280, 280), np.uint8)
    ink[10:110, 200:220] = 255  # a 1 with a foot
    ink[100:110, 180:240] = 255
    found = asked(tab, f"Array.from(predictor.centered({json.dumps(ink.ravel().tolist())}, 280))")
    made = np.reshape(found, (28, 28)).astype(float)
    rows, _ = np.nonzero(made > 20)
    assert rows.max() - rows.min() + 1 == 20
    for axis in (0, 1):
        mass = made.sum(axis=1 - axis)
        assert abs((mass * (np.arange(28) + 0.5)).sum() / mass.sum() - 14) <= 0.51
    assert asked(tab, f"predictor.centered({json.dumps([0] * 100)}, 10)") is None


@needs_browser
def test_it_fits_a_phone_and_loads_nothing(tab: Page, tmp_path: Path) -> None:
    model = digits_model()
    model.signature = Signature((8, 8, 1), tuple(f"{k} {'long name ' * 20}" for k in range(10)))
    to_html(model, tmp_path / "page.html")
    tab.open(tmp_path / "page.html", width=360)
    asked(tab, "classify(new Uint8Array(64), 'black').then(() => 1)")
    for scheme in ("light", "dark"):
        tab.theme(scheme)
        assert tab.js("document.documentElement.scrollWidth") <= 360
    assert tab.js("performance.getEntriesByType('resource').length") == 0
    assert tab.messages == []


@needs_browser
def test_the_policy_holds_back_what_is_not_the_pages_own(tab: Page, tmp_path: Path) -> None:
    model = digits_model()
    names = ("</script><script>document.title='x'</script>", "<img src=x onerror=alert(1)>")
    model.signature = Signature((8, 8, 1), (*names, *map(str, range(8))))
    to_html(model, tmp_path / "page.html", title="</title><script>1</script>")
    tab.open(tmp_path / "page.html")
    assert tab.js("predictor.classes.slice(0, 2)") == list(names)
    assert tab.js("document.scripts.length") == 3
    assert asked(tab, "fetch('data:,x').then(() => 'fetched', () => 'held back')") == "held back"


def test_the_page_has_a_policy_and_no_address(tmp_path: Path) -> None:
    made = to_html(conv_model(), tmp_path / "a.html")
    text = made.path.read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src &#x27;none&#x27;") and "unsafe" not in policy
    assert not re.search(r"https?://", text) and "OPS.conv2d = " in text and "OPS.gelu" not in text
    assert made.bytes == made.path.stat().st_size and made.difference < 1e-5


def test_equal_models_make_equal_pages(tmp_path: Path) -> None:
    made = [to_html(digits_model(), tmp_path / f"{k}.html").path.read_bytes() for k in "ab"]
    assert made[0] == made[1]


def test_what_cannot_be_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = digits_model()
    for path, message in (
        ("a.txt", r"expected a file .html or .htm, received"),
        ("none/a.html", "there is no folder"),
    ):
        with pytest.raises(InputError, match=message):
            to_html(model, tmp_path / path)
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        to_html(model, tmp_path / "folder.html")
    shutil.rmtree(tmp_path / "folder.html")
    monkeypatch.setattr(html_page, "MOST", 1000)
    with pytest.raises(InputError, match=r"its weights have .* KiB, and a page can hold 1000 B"):
        to_html(model, tmp_path / "a.html")
    monkeypatch.undo()
    whole = html_page._file
    monkeypatch.setattr(
        html_page, "_file", lambda name: whole(name).replace("// op: batch_norm\n", "")
    )
    with pytest.raises(InputError, match=r"no JavaScript for layers.3 \(BatchNorm\)"):
        to_html(model, tmp_path / "a.html")
    monkeypatch.undo()
    monkeypatch.setattr(html_page, "run", lambda made, x: np.zeros((len(x), 10)) + np.nan)
    with pytest.raises(InputError, match="the HTML export differs from the model by nan"):
        to_html(model, tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_every_operation_has_its_javascript() -> None:
    from chainrule.interop.onnx_nodes import EMITTERS

    known = set(re.findall(r"^// op: (\w+)$", html_page._file("operations.js"), re.MULTILINE))
    assert known == {*EMITTERS} - {"softmax"}
    assert all(hasattr(html_page.operations, name) for name in EMITTERS)
