"""The view of gates in a browser: both passes step by step, numbers that change, errors."""

from __future__ import annotations

import pytest

from .conftest import open_view

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def view(page):
    found = open_view(page, "gates")
    found.locator(".graph svg").wait_for()
    return found


def write(view, text: str) -> None:
    view.get_by_label("Expression").fill(text)


def says(view, name: str):
    """The node of this name in the graph, with all that a screen reader says of it."""
    return view.locator(f'.node[aria-label^="{name}"]')


def expect_label(locator, text: str) -> None:
    sync_api.expect(locator).to_have_attribute("aria-label", text)


def test_a_circuit_is_stepped_forward_and_backward(view, page):
    expect = sync_api.expect
    view.get_by_role("button", name="Start").click()
    expect_label(says(view, "f ="), "f = g1 × z, value ?, gradient ?")
    expect(view.get_by_text("step 0 of 5")).to_be_visible()

    page.locator("#view").focus()
    page.keyboard.press("ArrowRight")
    expect_label(says(view, "g1 ="), "g1 = x + y, value 3, gradient ?")
    expect_label(says(view, "f ="), "f = g1 × z, value ?, gradient ?")
    page.keyboard.press("ArrowRight")
    expect_label(says(view, "f ="), "f = g1 × z, value −12, gradient ?")
    assert view.locator(".graph .gradient").all_text_contents() == ["?"] * 5

    view.get_by_role("button", name="Step backward").click()
    expect_label(says(view, "f ="), "f = g1 × z, value −12, gradient 1")
    view.get_by_role("button", name="Step backward").click()
    expect_label(says(view, "g1 ="), "g1 = x + y, value 3, gradient −4")
    expect_label(says(view, "x,"), "x, value −2, gradient ?")
    expect(view.locator(".details tbody tr").nth(0)).to_contain_text("−4 × 1 = −4")
    expect(view.locator(".details tbody tr").nth(1)).to_contain_text("3 × 1 = 3")
    expect(view.locator(".details .chip").first).to_have_text("ok")
    page.keyboard.press("End")
    expect_label(says(view, "x,"), "x, value −2, gradient −4")
    expect(view.locator('.knob[data-name="z"] .slope')).to_have_text("∂f/∂z = 3")

    page.keyboard.press("ArrowLeft")
    expect_label(says(view, "x,"), "x, value −2, gradient ?")
    page.keyboard.press("Home")
    expect_label(says(view, "f ="), "f = g1 × z, value ?, gradient ?")


def test_two_contributions_are_added(view, page):
    write(view, "x*y + x")
    view.get_by_label("Value of x").fill("3")
    view.get_by_label("Value of y").fill("-4")
    expect_label(says(view, "f ="), "f = g1 + x, value −9, gradient ?")
    for _ in range(2):
        view.get_by_role("button", name="Step backward").click()
    says(view, "x,").click()
    sync_api.expect(view.locator(".details")).to_contain_text("Gradient: 1 + ? = ?")
    view.get_by_role("button", name="Step backward").click()
    sync_api.expect(view.get_by_text("x: 1 + (−4) = −3")).to_be_visible()
    says(view, "x,").click()
    sync_api.expect(view.locator(".details")).to_contain_text("Gradient: 1 + (−4) = −3")
    assert view.locator('.knob[data-name="x"] .slope').inner_text() == "∂f/∂x = −3"


def test_numbers_follow_the_field_the_slider_and_the_pointer(view, page):
    page.locator("#view").focus()
    page.keyboard.press("End")
    view.get_by_label("Value of x").fill("1")
    expect_label(says(view, "f ="), "f = g1 × z, value −24, gradient 1")
    expect_label(says(view, "z,"), "z, value −4, gradient 6")
    view.get_by_label("Slide y").focus()
    page.keyboard.press("Home")
    expect_label(says(view, "y,"), "y, value −10, gradient −4")

    box = says(view, "z,").locator("text").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y, steps=3)
    page.mouse.move(x + 100, y, steps=3)
    page.mouse.up()
    expect_label(says(view, "z,"), "z, value −2, gradient −9")


ERRORS = [
    ("x * (y + lgo(z))", "lgo", "did you mean 'log'"),
    ("(x + y", "(", "was never closed"),
    ("x + ", "…", "not an expression"),
    ("x / (y - y) + 1", "x / (y - y)", "division by zero"),
    ("log(-x*x)", "log(-x*x)", "needs a positive number"),
    ("x + exp(999*x*x)", "exp(999*x*x)", "does not fit into a float64"),
    ("<img src=x onerror=alert(1)>", "<", "not an expression"),
    ("x + 9**9**9", "9**9**9", "does not fit"),
]


def test_an_error_is_a_sentence_that_points_at_the_place(view):
    problem = view.locator("#gates-problem")
    for text, place, sentence in ERRORS:
        write(view, text)
        sync_api.expect(problem).to_contain_text(sentence)
        sync_api.expect(problem.locator("mark")).to_have_text(place)
        assert view.get_by_label("Expression").get_attribute("aria-invalid") == "true"
    write(view, "x * x")
    sync_api.expect(problem).to_be_empty()


def test_the_gate_that_cannot_be_computed_is_marked_and_mended(view):
    write(view, "x / (y - z)")
    view.get_by_label("Value of y").fill("5")
    view.get_by_label("Value of z").fill("5")
    sync_api.expect(view.locator(".node.failed")).to_have_count(1)
    view.get_by_label("Value of z").fill("abc")
    sync_api.expect(view.locator("#gates-problem")).to_contain_text("received 'abc'")
    assert view.get_by_label("Value of z").get_attribute("aria-invalid") == "true"
    view.get_by_label("Value of z").fill("4")
    sync_api.expect(view.locator(".node.failed")).to_have_count(0)


def test_backward_stops_with_a_sentence_where_there_is_no_slope(view, page):
    write(view, "2 * sqrt(x - 2)")
    view.get_by_label("Value of x").fill("2")
    page.locator("#view").focus()
    view.get_by_role("button", name="All backward").click()
    sync_api.expect(view.locator(".node.failed")).to_have_count(1)
    sync_api.expect(view.locator(".details")).to_contain_text("no finite slope")
    assert view.locator('.knob[data-name="x"] .slope').inner_text() == "∂f/∂x = ?"


def test_a_language_and_a_theme_keep_what_was_done_and_an_address_too(view, page, playground):
    write(view, "x*y*w")
    sync_api.expect(says(view, "f = g1 × w")).to_have_count(1)
    view.get_by_role("button", name="Step backward").click()
    page.locator("#language").click()
    page.locator("#theme").click()
    shown = page.locator(".view-gates")
    sync_api.expect(shown.get_by_label("表达式")).to_have_value("x*y*w")
    sync_api.expect(shown.get_by_text("第 3 步，共 5 步")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    page.locator("#language").click()
    page.goto(f"{playground.address}#gates/a%2Fb%20%2B%20c")
    expect_label(says(view, "f ="), "f = g1 + c, value 1, gradient ?")
    write(view, "a - b")
    expect_label(says(view, "f ="), "f = a - b, value 3, gradient ?")
    assert page.evaluate("location.hash") == "#gates/a%20-%20b"
    page.goto(f"{playground.address}#gates/%E0%A4%A")
    expect_label(says(view, "f ="), "f = a - b, value 3, gradient ?")


def touched(page, locator, by: int) -> None:
    """A finger on the middle of ``locator`` that moves to the right."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: float) -> None:
        where = [{"x": x + point, "y": y} for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    touch("touchStart", 0)
    for step in range(1, 11):
        touch("touchMove", by * step / 10)
    touch("touchEnd")


def test_a_phone_drags_inputs_and_scrolls_the_graph_and_not_the_page(new_page):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    view = open_view(page, "gates")
    touched(page, says(view, "z,").locator("text"), by=100)
    expect_label(says(view, "z,"), "z, value −2, gradient ?")
    assert view.get_by_label("Value of z").input_value() == "-2"

    write(view, "tanh(tanh(tanh(tanh(x*y + z))))")
    sync_api.expect(view.locator(".node.now")).to_have_count(1)
    sync_api.expect(says(view, "g5 =")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    graph = view.locator(".graph")
    assert graph.evaluate("node => node.scrollWidth > node.clientWidth")
    assert graph.evaluate("node => node.scrollLeft") > 0
