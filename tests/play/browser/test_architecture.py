"""Blocks are folded, and two models compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Playground, open_view, sync_api
from .test_ask import REFUSED

RUN = "digits-convnet-001"


@pytest.fixture(scope="module", autouse=True)
def models(playground: Playground, trained: Path) -> None:
    shutil.copytree(trained / "runs", playground.folder / "runs")


def test_blocks_are_folded_by_mouse_and_by_keys(page: Any) -> None:
    view = open_view(page, "architecture")
    view.locator(".arch-tree").wait_for()
    assert view.locator("select.arch-left").input_value() == f"saved:{RUN}"
    assert "8×8×1" in view.locator(".arch-facts").text_content()
    view.locator("select.arch-left").select_option("kind:resnet18")
    view.get_by_text("11,172,810").wait_for()
    inner = view.get_by_text("layers.4.body", exact=True)
    assert not inner.is_visible()
    block = view.locator(".arch-block", has=page.get_by_text("layers.4", exact=True)).last
    block.locator("summary").first.click()
    inner.wait_for()
    block.locator("summary").first.focus()
    page.keyboard.press("Enter")
    inner.wait_for(state="hidden")
    view.get_by_role("button", name="Unfold all").click()
    view.get_by_text("layers.18.body.layers.0", exact=True).wait_for()
    view.get_by_role("button", name="Fold all", exact=True).click()
    view.get_by_text("layers.18.body.layers.0", exact=True).wait_for(state="hidden")
    row = view.locator("summary", has=page.get_by_text("layers.1", exact=True)).last
    assert "1, 64, 3, padding=1, bias=False" in row.text_content()
    row.click()
    view.locator(".arch-settings:visible dt", has_text="padding_mode").wait_for()


def test_two_models_stand_side_by_side(page: Any) -> None:
    view = open_view(page, "architecture")
    view.locator("select.arch-left").select_option("kind:convnet")
    view.locator("select.arch-right").select_option("kind:lenet5")
    view.get_by_text(
        "Layers: 1 equal, 8 different, 2 only in convnet, 4 only in lenet5."
    ).wait_for()
    changed = view.locator(".arch-is-changed").first
    assert "out_channels 32 → 6" in changed.text_content()
    assert view.locator(".arch-is-removed").count() == 2
    assert view.locator(".arch-is-added").count() == 4
    view.locator("select.arch-left").select_option("kind:resnet18")
    view.locator("select.arch-right").select_option("kind:resnet34")
    view.locator(".arch-more").first.wait_for()
    before = view.locator(".arch-pair").count()
    view.locator(".arch-more").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("(n) => document.querySelectorAll('.arch-pair').length > n", arg=before)
    view.locator("select.arch-right").select_option("kind:resnet18")
    view.get_by_text("The two models have the same layers.").wait_for()


def test_images_that_do_not_fit_are_said(page: Any, new_page: Any) -> None:
    view = open_view(page, "architecture")
    view.locator("select.arch-left").select_option("kind:vgg11")
    view.locator(".note.bad", has_text="needs images of 32x32").wait_for()
    size = view.locator("input.arch-size")
    for text, said in (("<b>", "image size: expected"), ("0x1x1", "image size: expected")):
        size.fill(text)
        size.press("Enter")
        view.locator(".note.bad", has_text=said).wait_for()
    size.fill("64x64x3")
    size.press("Enter")
    view.locator(".arch-tree").wait_for()
    assert "64×64×3" in view.locator(".arch-facts").text_content()
    new_page.problems[:] = [each for each in new_page.problems if each != REFUSED]


def test_it_fits_a_phone_in_both_languages(new_page: Callable[..., Any]) -> None:
    page = new_page(locale="zh-CN", viewport={"width": 390, "height": 844})
    view = open_view(page, "architecture")
    view.locator("select.arch-left").select_option("kind:resnet18")
    view.locator(".arch-block").nth(3).wait_for()
    view.locator(".arch-unfold").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    view.locator("select.arch-right").select_option("kind:wide_resnet")
    view.locator(".arch-is-changed").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "architecture." not in view.text_content()
    page.locator("#language").click()
    sync_api.expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".arch-is-changed").first.wait_for()  # what was chosen is still chosen
    assert "architecture." not in page.locator(".view-architecture").text_content()
