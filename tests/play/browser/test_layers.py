"""The view of layers in a browser: every layer opens, numbers and options are edited, errors."""

from __future__ import annotations

import re

import pytest

from chainrule.play.layer_catalog import known

from .conftest import open_view

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def view(page):
    found = open_view(page, "layers")
    output(found, 0).wait_for()
    return found


def output(view, at: int):
    return view.locator('[data-array="y"] .cell').nth(at)


def cell(view, name: str):
    return view.get_by_role("textbox", name=name, exact=True)


def choose(view, name: str) -> None:
    view.get_by_role("combobox", name="Layer", exact=True).select_option(name)
    sync_api.expect(view.locator(".repr")).to_have_text(re.compile(rf"^{name}\("))


def option(view, name: str):
    return view.get_by_label(name, exact=True)


def test_every_layer_of_the_catalogue_opens_with_right_gradients(view):
    for name in known():
        choose(view, name)
        chips = view.locator(".check-table .chip")
        sync_api.expect(chips.first).to_be_visible()
        assert {text for text in chips.all_inner_texts()} <= {"ok", "only kinks"}
        assert view.locator(".source .keyword").first.inner_text() == "class"
        sync_api.expect(view.locator(".problem")).to_be_hidden()


def test_an_edited_input_changes_the_outputs(view, page):
    expect = sync_api.expect
    before = [output(view, at).inner_text() for at in range(18)]
    cell(view, "x[0, 2, 2, 0]").fill("100")
    expect(output(view, 0)).not_to_have_text(before[0])
    cell(view, "x[0, 2, 2, 0]").fill("-2.33")
    for at in range(18):
        expect(output(view, at)).to_have_text(before[at])
    page.keyboard.press("ArrowDown")
    expect(cell(view, "x[0, 3, 2, 0]")).to_be_focused()
    for letters in ("1", "2", ".5"):  # with an answer of the server after each
        known = output(view, 6).inner_text()
        page.keyboard.type(letters)
        expect(output(view, 6)).not_to_have_text(known)
    expect(cell(view, "x[0, 3, 2, 0]")).to_have_value("12.5")
    expect(output(view, 0)).to_have_text(before[0])
    expect(output(view, 6)).not_to_have_text(before[6])

    cell(view, "bias[0]").fill("1000")
    expect(output(view, 0)).to_contain_text("99")
    cell(view, "bias[0]").fill("none")
    expect(view.locator(".problem")).to_have_text(
        "bias[0]: expected a finite number, received 'none'"
    )
    assert cell(view, "bias[0]").get_attribute("aria-invalid") == "true"
    cell(view, "bias[0]").fill("0")
    expect(view.locator(".problem")).to_be_hidden()


def test_the_upstream_gradient_and_the_check_of_one_entry(view, page):
    expect = sync_api.expect
    choose(view, "Linear")
    output(view, 1).click()
    view.get_by_role("button", name="dy: 1 here, 0 elsewhere").click()
    expect(cell(view, "dy[0, 1]")).to_have_value("1")
    expect(cell(view, "dy[0, 0]")).to_have_value("0")
    weights = [cell(view, f"weight[{i}, 1]").input_value() for i in range(3)]
    dx = view.locator('[data-array="gradient dx"] .cell')
    assert [dx.nth(i).inner_text().replace("−", "-") for i in range(3)] == weights
    cell(view, "dy[0, 1]").fill("0")
    for i in range(6):
        expect(dx.nth(i)).to_have_text("0")
    view.get_by_role("button", name="All 1").click()
    expect(cell(view, "dy[0, 0]")).to_have_value("1")
    dx.nth(0).focus()
    page.keyboard.press("Enter")
    expect(view.locator(".readout").last).to_contain_text("dx[0, 0]: backward")
    expect(view.locator(".readout").last).to_contain_text("they agree")


def test_options_change_shapes_and_errors_are_sentences(view):
    expect = sync_api.expect
    option(view, "stride").fill("2")
    expect(view.get_by_text("x (1, 5, 5, 1) → y (1, 2, 2, 2)")).to_be_visible()
    option(view, "in_channels").fill("2")
    expect(view.get_by_text("20 parameters")).to_be_hidden()
    expect(option(view, "Shape of x")).not_to_have_value("1, 5, 5, 1")
    view.get_by_role("checkbox", name="bias").uncheck()
    expect(view.locator('[data-array="parameter bias"]')).to_have_count(0)
    option(view, "padding").fill("-1")
    expect(view.locator(".problem")).to_contain_text("padding: expected")
    option(view, "padding").fill("1")
    option(view, "stride").fill("abc")
    expect(view.locator(".problem")).to_contain_text("received 'abc'")
    assert option(view, "stride").get_attribute("aria-invalid") == "true"
    option(view, "stride").fill("1")
    expect(view.locator(".problem")).to_be_hidden()

    choose(view, "ReLU")
    option(view, "Shape of x").fill("2, 2, 2")
    expect(view.get_by_text("x (2, 2, 2) → y (2, 2, 2)")).to_be_visible()
    option(view, "Shape of x").fill("99, 99")
    expect(view.locator(".problem")).to_contain_text("whole numbers from 1 to 16")
    assert option(view, "Shape of x").get_attribute("aria-invalid") == "true"


def test_a_language_keeps_what_was_edited_and_the_source_opens(view, page):
    choose(view, "BatchNorm")
    cell(view, "x[0, 0]").fill("7")
    sync_api.expect(view.locator('[data-array="is running_mean"]')).to_be_visible()
    view.get_by_text("The kernel").first.click()
    sync_api.expect(view.get_by_text("chainrule/kernels/reference/").first).to_be_visible()
    page.locator("#language").click()
    shown = page.locator(".view-layers")
    sync_api.expect(shown.get_by_role("heading", name="梯度检验")).to_be_visible()
    sync_api.expect(shown.get_by_role("textbox", name="x[0, 0]", exact=True)).to_have_value("7")


def test_an_address_has_the_layer_and_a_phone_does_not_scroll_sideways(new_page, playground):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto(f"{playground.address}#layers/MaxPool2d")
    view = page.locator(".view-layers")
    sync_api.expect(view.locator(".repr")).to_have_text("MaxPool2d(2)")
    for name in ("Conv2d", "WhiteningConv2d", "SqueezeExcitation"):
        choose(view, name)
        output(view, 0).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("location.hash") == f"#layers/{name}"
