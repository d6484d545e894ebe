"""A digit is drawn by mouse moves or keys, and the model answers."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.data import digits
from chainrule.data.formats.images import write_png

from .conftest import Playground, open_view, started, stopped

RUN = "digits-convnet-001"
THREE = (
    (0.3, 0.22), (0.45, 0.14), (0.62, 0.18), (0.66, 0.32), (0.55, 0.45), (0.45, 0.48),
    (0.58, 0.52), (0.68, 0.66), (0.6, 0.82), (0.42, 0.86), (0.28, 0.78),
)  # fmt: skip
REFUSED = "Failed to load resource: the server responded with a status of 400 (Bad Request)"


@pytest.fixture(scope="module", autouse=True)
def models(playground: Playground, trained: Path) -> None:
    shutil.copytree(trained / "runs", playground.folder / "runs")
    shutil.copy(trained / "other.safetensors", playground.folder)


def stroke(page: Any, points: tuple[tuple[float, float], ...]) -> None:
    box = page.locator(".ask-pad").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=3)
    page.mouse.up()


def until_answer(page: Any, text: str) -> None:
    page.wait_for_function(
        "(text) => document.querySelector('.ask-answer').textContent.startsWith(text)", arg=text
    )


def test_a_digit_is_drawn_and_everything_shown(page: Any) -> None:
    view = open_view(page, "ask")
    view.locator(".ask-pad").wait_for()
    assert view.locator(".ask-answer").text_content() == "No image yet"
    stroke(page, THREE)
    until_answer(page, "3, ")
    assert view.locator(".ask-bars li.best .ask-name").text_content() == "3"
    layers = view.locator(".ask-layer")
    layers.nth(10).wait_for()
    assert layers.nth(1).locator(".chip").first.text_content() == "8×8×16"
    view.locator(".ask-figures figcaption", has_text="for “3”").wait_for()
    view.get_by_text("Check ", exact=False).first.wait_for()
    view.locator(".ask-nearest li").nth(7).wait_for()
    assert "3" in view.locator(".ask-nearest li").first.text_content()

    layers.nth(1).locator(".ask-map").nth(2).click()
    panel = layers.nth(1).locator(".ask-panel")
    panel.get_by_text("Equal to the layer's output").wait_for()
    assert panel.locator(".ask-numbers").count() == 3  # patch, filter, products
    numbers = [
        [float(t.replace("−", "-")) for t in table.locator("td").all_text_contents()]
        for table in panel.locator(".ask-numbers").all()
    ]
    patch, weights, products = map(np.array, numbers)
    np.testing.assert_allclose(products, patch * weights, atol=0.02)
    where = panel.locator("h4").text_content()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(before) => document.querySelector('.ask-panel:not([hidden]) h4').textContent !== before",
        arg=where,
    )
    layers.nth(10).locator(".ask-map").click()
    layers.nth(10).get_by_text("logit of class").wait_for()
    assert panel.is_hidden()
    page.keyboard.press("Escape")
    layers.nth(10).locator(".ask-panel").wait_for(state="hidden")

    view.get_by_role("button", name="Clear").click()
    assert view.locator(".ask-answer").text_content() == "No image yet"
    assert view.locator(".ask-layer").count() == 0


def test_by_keys_alone(page: Any) -> None:
    view = open_view(page, "ask")
    view.locator(".ask-pad").wait_for()

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(selector)

    tab_to("select.ask-model")
    tab_to(".ask-pad")
    for key in ["ArrowUp"] * 7 + [" "] + ["ArrowDown"] * 14 + [" "]:
        page.keyboard.press("Space" if key == " " else key)
    page.wait_for_function("document.querySelector('.ask-answer').textContent.includes('%')")
    tab_to("button[aria-label='Next test image']")
    page.keyboard.press("Enter")
    view.get_by_text("test image 0 ·").wait_for()
    page.keyboard.press("Enter")
    view.get_by_text("test image 1 ·").wait_for()
    view.locator(".ask-layer").nth(10).wait_for()
    tab_to(".ask-map")
    tab_to(".ask-map")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    view.get_by_text("Equal to the layer's output").wait_for()
    assert "Channel 1," in view.locator(".ask-panel:not([hidden]) h4").text_content()
    assert page.evaluate("document.activeElement.matches('.ask-large')")


def drop(page: Any, data: bytes, name: str, more: int = 0) -> None:
    """Drop a file of these bytes, and so many zeros behind them."""
    page.evaluate(
        """([text, name, more]) => {
          const bytes = [Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), new Uint8Array(more)];
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(bytes, name));
          const options = {dataTransfer, bubbles: true, cancelable: true};
          document.dispatchEvent(new DragEvent("drop", options));
        }""",
        [base64.b64encode(data).decode(), name, more],
    )


def test_images_are_dropped_and_chosen_and_bad_ones_said(
    page: Any, new_page: Any, tmp_path: Path
) -> None:
    view = open_view(page, "ask")
    view.locator(".ask-pad").wait_for()
    image, label = digits()[1][5]
    png = write_png(image)
    for name, data in (
        ("cut <b>.png", png[:70]),
        ("text.png", b"hello"),
        ("empty.png", b""),
    ):
        drop(page, data, name)
        page.locator(".toast", has_text=name).wait_for()
    page.locator(".toast", has_text="expected an image, received an empty file").wait_for()
    assert page.locator(".toast b").count() == 0
    drop(page, png, "huge.png", 16 << 20)
    page.locator(".toast", has_text="expected at most 16 MiB").wait_for()
    assert view.locator(".ask-answer").text_content() == "No image yet"
    drop(page, png, "five.png")
    view.get_by_text("five.png").wait_for()
    until_answer(page, digits()[1].classes[label])
    (tmp_path / "chosen.png").write_bytes(png)
    view.locator(".ask-file").set_input_files(tmp_path / "chosen.png")
    view.get_by_text("chosen.png").wait_for()
    new_page.problems[:] = [each for each in new_page.problems if each != REFUSED]


def test_models_without_data_and_damaged_ones(
    page: Any, new_page: Any, playground: Playground
) -> None:
    bad = playground.folder / "runs" / "bad-001"
    shutil.copytree(playground.folder / "runs" / RUN, bad)
    try:
        (bad / "model.safetensors").write_bytes(b"not a model")
        page.reload()
        view = open_view(page, "ask")
        view.locator("select.ask-model").select_option("bad-001")
        view.locator(".note.bad", has_text="model.safetensors").wait_for()
        view.locator("select.ask-model").select_option("other.safetensors")
        view.get_by_text("lies in no run").wait_for()
        view.locator(".ask-pad").wait_for()
        assert view.get_by_role("button", name="Next test image").count() == 0
        stroke(page, THREE)
        view.locator(".ask-figures figcaption", has_text="for “").wait_for()
        assert view.locator(".ask-choices select").first.input_value() == "saliency"
    finally:
        shutil.rmtree(bad)
    new_page.problems[:] = [each for each in new_page.problems if each != REFUSED]


def test_it_fits_a_phone_in_both_languages(new_page: Callable[..., Any]) -> None:
    page = new_page(
        locale="zh-CN", viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True
    )
    view = open_view(page, "ask")
    view.locator(".ask-pad").wait_for()
    stroke(page, THREE)
    view.locator(".ask-layer").nth(10).wait_for()
    view.locator(".ask-layer").nth(5).locator(".ask-map").nth(1).click()
    view.locator(".ask-equal").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "ask." not in view.text_content()  # a word that is missing shows its key
    page.locator("#language").click()
    view = page.locator(".view-ask")
    view.locator(".ask-layer").nth(10).wait_for()  # the drawing is still there
    assert "ask." not in view.text_content()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Playground]:
    server = started(tmp_path)
    yield server
    stopped(server)


def test_who_has_no_model_trains_one_here(empty: Playground, new_page: Callable[..., Any]) -> None:
    page = new_page(empty)
    view = open_view(page, "ask")
    view.get_by_text("There is no trained model yet").wait_for()
    assert view.locator("code").text_content() == "chainrule train mnist"
    view.locator(".ask-small").click()
    view.locator(".ask-pad").wait_for()
    stroke(page, THREE)
    until_answer(page, "3, ")
    assert (empty.folder / "runs" / RUN / "metrics.json").is_file()
