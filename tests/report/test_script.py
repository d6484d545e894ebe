"""The page in a browser: what it shows when it is pointed at, zoomed into, printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.report.advice import Advice
from chainrule.report.against import Against
from chainrule.report.html import Facts, page

from .browser import Page, browsing, program
from .conftest import evaluated, rows

PLOT = "document.querySelectorAll('svg[data-plot]')"
TIPS = "[...document.querySelectorAll('.tip:not([hidden])')].map((tip) => tip.innerText)"
EVIL = "</script><img src=x onerror=document.title='broken'>"

COLORS = """
[...document.querySelectorAll('p, dt, dd, small, th, td, button:enabled, figcaption, code')]
  .filter((e) => e.innerText?.trim() && e.offsetWidth).map((e) => {
    const parents = [e];
    while (parents[0].parentElement) parents.unshift(parents[0].parentElement);
    const grounds = parents.map((each) => getComputedStyle(each).backgroundColor);
    const ground = grounds.findLast((color) => color !== 'rgba(0, 0, 0, 0)');
    return [getComputedStyle(e).color, ground, e.outerHTML.slice(0, 60)];
  })
"""
"""Text and the nearest color behind it."""

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    found = program()
    assert found is not None
    with browsing(found) as tab:
        yield tab


@pytest.fixture
def shown(browser: Page, tmp_path: Path) -> Iterator[Page]:
    """A report of 20 epochs beside one of 10; what the browser complained of fails the test."""
    evaluation, test = evaluated(k=3, n=60, classes=(EVIL, "b", "c"))
    other = Against(EVIL, {EVIL: 1}, rows(10))
    advice = [Advice("more data", "a", "b", ("doctor",), 0.1, (EVIL,))]
    facts = Facts(EVIL, {EVIL: EVIL}, rows(20), evaluation, test, against=other, advice=advice)
    (tmp_path / "report.html").write_text(page(facts), "utf-8")
    browser.messages.clear()
    browser.theme("light")
    browser.open(tmp_path / "report.html")
    yield browser
    browser.js("0")  # what was said before it has come by now
    assert browser.messages == []


def box(page: Page, i: int = 0) -> tuple[float, float, float, float]:
    """(left, top, width, height) of a drawing, in view."""
    page.js(f"{PLOT}[{i}].scrollIntoView({{block: 'center'}})")
    found = page.js(
        f"(() => {{ const b = {PLOT}[{i}].getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height] })()"
    )
    left, top, width, height = found
    return left, top, width, height


def at(page: Page, share: float, i: int = 0) -> tuple[float, float]:
    left, top, width, height = box(page, i)
    return left + share * width, top + 0.4 * height


def ticks(page: Page, i: int = 0) -> list[str]:
    """What stands at a drawing that was changed."""
    code = f"[...{PLOT}[{i}].querySelectorAll('.layer text')].map((text) => text.textContent)"
    return list(page.js(code))


def epochs(page: Page) -> list[int]:
    """The epochs at the axis of the first drawing, which come before the word."""
    found = ticks(page)
    return [int(text) for text in found[: found.index("epoch")]]


def press(page: Page, label: str) -> None:
    page.js(
        "[...document.querySelectorAll('button')].find((b) => b.getAttribute('aria-label') === "
        f"{label!r} || b.textContent === {label!r}).click()"
    )


def test_pointing_at_a_curve_shows_the_values_of_all_at_that_epoch(shown: Page) -> None:
    assert shown.js(TIPS) == []
    shown.mouse("mouseMoved", *at(shown, 0.99))
    loss, accuracy, rate = shown.js(TIPS)
    assert loss.split("\n") == ["epoch 20", "training 0.1", "validation 0.15"]
    assert accuracy.split("\n") == ["epoch 20", "training 97.5%", "validation 97%"]
    assert rate.split("\n") == ["epoch 20", "learning rate 0.005"]
    shown.mouse("mouseMoved", *at(shown, 0.1))
    first = shown.js(TIPS)[0].split("\n")
    assert first[0] == "epoch 1" and len(first) == 5  # of both runs
    assert first[3] == f"training, {EVIL} 2"
    shown.mouse("mouseMoved", 1, 1)
    assert shown.js(TIPS) == []


def test_dragging_zooms_into_all_drawings_and_reset_shows_everything(shown: Page) -> None:
    still = f"{PLOT}[1].querySelector('g').getBoundingClientRect().width"
    whole = shown.js(still)
    left, right = at(shown, 0.4), at(shown, 0.6)
    shown.drag(left, right)
    seen = epochs(shown)
    assert seen and min(seen) >= 6 and max(seen) <= 13
    assert ticks(shown, 1)[: len(seen)] == ticks(shown)[: len(seen)]
    assert shown.js(still) == 0  # the drawing of all epochs is hidden
    press(shown, "Reset")
    assert ticks(shown) == [] and shown.js(still) == whole


def test_buttons_and_keys_zoom(shown: Page) -> None:
    assert shown.js("document.querySelectorAll('.tools button:disabled').length") == 2
    press(shown, "zoom in")
    press(shown, "zoom in")
    seen = epochs(shown)
    assert min(seen) >= 8 and max(seen) <= 13
    press(shown, "zoom out")
    assert len(epochs(shown)) > len(seen) or max(epochs(shown)) > max(seen)
    shown.js(f"{PLOT}[0].focus()")
    shown.key("Escape")
    assert ticks(shown) == []
    shown.key("+")
    assert epochs(shown)


def test_arrow_keys_read_values_aloud(shown: Page) -> None:
    status = "document.querySelector('[role=status]').textContent"
    shown.js(f"{PLOT}[1].focus()")
    shown.key("ArrowLeft")
    assert shown.js(status) == "epoch 20, training 97.5%, validation 97%"
    shown.key("ArrowLeft")
    assert shown.js(status).startswith("epoch 19, training 97.37%")
    shown.key("ArrowRight")
    shown.key("ArrowRight")
    assert shown.js(status).startswith("epoch 20")


def test_the_legend_hides_and_shows_a_curve(shown: Page) -> None:
    pressed = "document.querySelector('.legend button').getAttribute('aria-pressed')"
    lines = f"{PLOT}[0].querySelectorAll('polyline').length"
    assert shown.js(pressed) == "true"
    press(shown, "training")
    assert shown.js(pressed) == "false" and shown.js(lines) == 3
    shown.mouse("mouseMoved", *at(shown, 0.99))
    assert shown.js(TIPS)[0].split("\n") == ["epoch 20", "validation 0.15"]
    press(shown, "training")
    assert shown.js(pressed) == "true" and shown.js(lines) == 0  # as the report has it


def test_images_are_reached_by_keyboard_and_enlarged(shown: Page) -> None:
    dialog = "document.querySelector('dialog')"
    assert shown.js("[...document.querySelectorAll('figure.image')].every((f) => !f.tabIndex)")
    shown.js("document.querySelectorAll('figure.image')[1].focus()")
    name = shown.js("document.activeElement.querySelector('img').title")
    shown.key("Enter")
    assert shown.js(f"{dialog}.open && {dialog}.querySelector('p').textContent") == name
    shown.key("Enter")  # on the button that has the focus
    assert shown.js(f"{dialog}.querySelector('p').textContent") != name
    shown.key("Escape")
    assert shown.js(f"{dialog}.open") is False
    assert shown.js("document.activeElement.className").startswith("image")


def test_names_do_nothing(shown: Page) -> None:
    assert shown.js("document.title") == f"{EVIL} · chainrule"
    assert shown.js("document.querySelectorAll('img[src=x], script').length") == 1


def test_it_fits_a_phone(shown: Page, tmp_path: Path) -> None:
    shown.open(tmp_path / "report.html", width=390, height=800)
    assert shown.js("document.documentElement.scrollWidth") == 390
    left, top, width, height = box(shown)
    point = {"x": left + 0.99 * width, "y": top + 0.5 * height}
    shown.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
    assert shown.js(TIPS)[0].startswith("epoch 20")
    assert shown.js("document.documentElement.scrollWidth") == 390


def test_without_scripts_it_is_the_page_that_was_written(shown: Page, tmp_path: Path) -> None:
    shown.open(tmp_path / "report.html", scripts=False)
    text = shown.js("document.body.innerText")
    for part in ("Test accuracy", "Learning", "training", "Random test images", "Record"):
        assert part in text
    assert shown.js("document.querySelectorAll('button, dialog, .tip').length") == 0
    assert shown.js(f"{PLOT}[0].getBoundingClientRect().height") > 100
    shown.call("Emulation.setScriptExecutionDisabled", value=False)


def test_paper_is_light_and_has_no_controls(shown: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    shown.theme("dark")
    dark = shown.js(ground)
    press(shown, "zoom in")
    pdf = shown.pdf()
    assert pdf.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 8
    assert ticks(shown) == []  # all epochs
    assert shown.js("document.querySelector('details').open")
    shown.theme("dark", "print")
    assert shown.js(ground) == "rgb(255, 255, 255)" != dark
    assert shown.js("document.querySelector('.tools').getBoundingClientRect().width") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(shown: Page, scheme: str) -> None:
    """WCAG 2.1, level AA: 4.5 to 1 for text."""
    shown.theme(scheme)
    found = shown.js(COLORS)
    assert len(found) > 50
    for ink, ground, tag in found:
        high, low = sorted((brightness(ink), brightness(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (tag, ink, ground)


def brightness(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)"."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_page_with_one_epoch_or_none_has_nothing_to_zoom(browser: Page, tmp_path: Path) -> None:
    evaluation, test = evaluated()
    for n in (0, 1):
        facts = Facts("run", history=rows(n), evaluation=evaluation, test=test)
        (tmp_path / "report.html").write_text(page(replace(facts)), "utf-8")
        browser.messages.clear()
        browser.open(tmp_path / "report.html")
        assert browser.js(f"{PLOT}.length") == 3 * n
        if n:
            press(browser, "zoom in")
            press(browser, "training")
            assert browser.js(f"{PLOT}[0].querySelectorAll('polyline').length") == 1
        assert browser.messages == []
