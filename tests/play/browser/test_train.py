"""The page that trains, as a person meets it."""

from __future__ import annotations

import re

import pytest

from chainrule.config import assignments, resolve
from chainrule.experiment import start as start_run

from ..serving import stopped
from .conftest import sync_api

expect = sync_api.expect


def chip(page):
    return page.locator(".controls .chip")


def start(page, name="Start", **settings):
    """Begin a training, once that of an earlier test is over."""
    button, title = (
        page.get_by_role("button", name=name, exact=True),
        page.locator(".controls .title"),
    )
    expect(button).to_be_enabled(timeout=180_000)
    runs = page.evaluate("() => fetch('/api/train/runs').then((answer) => answer.json())")
    shown = [title.text_content(), *(run["name"] for run in runs)]  # one may be shown by itself
    for path, value in settings.items():
        page.locator(f'[data-path="{path.replace("__", ".")}"]').fill(value)
        page.keyboard.press("Tab")
    button.click()
    others = re.compile(f"^({'|'.join(map(re.escape, shown))})$")
    expect(title).not_to_have_text(others)  # what is shown from now on is the new one


@pytest.fixture
def run(playground):
    """A run that is there before the page is."""
    folder = playground.folder / "runs" / "first"
    if not folder.exists():
        start_run(resolve(assignments(["epochs=2", "model.hidden=[16]"])), folder)
    return folder.name


def test_digits_are_trained_from_the_page_and_seen_as_they_were(new_page, playground):
    page = new_page()
    start(page, epochs="8")
    expect(chip(page)).to_have_text("finished", timeout=120_000)
    said = page.locator(".controls .where").inner_text()
    assert float(re.search(r"test accuracy ([\d.]+)%", said)[1]) >= 95
    name = page.locator(".controls .title").inner_text()
    assert (playground.folder / "runs" / name / "report.html").is_file()
    # every chart has come to a value, and says it
    values = page.locator(".chart .now").all_inner_texts()
    assert len(values) == 5 and "–" not in values
    assert page.locator(".tests li").count() == 12
    now = page.locator(".tests").inner_text()
    # back in time: at step 0 the net has learned nothing
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".scrubber output")).to_contain_text("step 0")
    expect(page.locator(".tests .right")).not_to_have_count(12)
    expect(page.locator(".tests")).not_to_have_js_property("innerText", now)
    page.keyboard.press("End")
    expect(page.locator(".scrubber output")).to_have_text("now")
    expect(page.locator(".tests")).to_have_js_property("innerText", now)
    # the doctor
    expect(page.locator(".meanwhile li")).to_have_count(2)
    # another page has all of it, and the words of its own language and theme
    other = new_page(locale="zh-CN", color_scheme="dark")
    expect(chip(other)).to_have_text("已完成")
    assert other.locator("html").get_attribute("lang") == "zh-Hans"
    other.get_by_role("button", name="Switch the page to English").click()
    expect(chip(other)).to_have_text("finished")
    other.reload()
    expect(chip(other)).to_have_text("finished")


def test_by_the_keyboard_alone_and_after_the_server_was_gone(new_page, serve):
    server = serve()
    page = new_page(server)
    expect(page.get_by_role("heading", name="Watch a net learn")).to_be_visible()
    page.locator('[data-path="epochs"]').focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2000\t")  # not over before it is paused again
    press(page, "Start paused")
    expect(chip(page)).to_have_text("paused")
    where = page.locator(".controls .where")
    expect(where).to_contain_text("step 0 of")
    for step in (1, 2):
        press(page, "One step")
        expect(where).to_contain_text(f"step {step} of")
    page.locator("#rate").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.05\n")
    press(page, "One step")
    expect(page.locator(".chart .now").nth(2)).to_have_text("0.05")
    press(page, "Stop")
    expect(chip(page)).to_have_text("stopped, saved")
    page.close()
    assert stopped(server) == 0
    again = serve()
    page = new_page(again)
    expect(page.locator(".runs")).to_contain_text("at step 3")
    press(page, "Resume")
    expect(chip(page)).to_have_text("training")
    press(page, "Pause")
    expect(chip(page)).to_have_text("paused")
    expect(page.locator(".controls .title")).to_have_text("digits-mlp-001")
    page.close()  # nobody looks: it is there for whoever comes back
    page = new_page(again)
    expect(chip(page)).to_have_text("paused")
    assert stopped(again) == 0
    expect(page.locator(".note.warn", has_text="connection")).to_be_visible()
    port = again.address.rstrip("/").rpartition(":")[2]
    last = serve("--port", port)
    expect(chip(page)).to_have_text("stopped, saved")
    expect(page.locator(".note.warn", has_text="connection")).to_be_hidden()
    page.close()
    assert stopped(last) == 0
    new_page.problems.clear()  # the browser says in its own words that the server was gone


def press(page, name):
    """Go there with Tab, and press Enter."""
    for _ in range(60):
        focused = page.evaluate("() => document.activeElement.textContent")
        if focused == name:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way to {name} with Tab")


def test_a_page_that_shows_an_earlier_run_by_itself_follows_a_new_one(run, new_page):
    watching, other, starting = new_page(), new_page(), new_page()
    for page in (watching, other):
        expect(page.locator(".controls .title")).to_have_text(re.compile("first|digits-mlp-"))
    other.locator(".runs").get_by_role("button", name=run, exact=True).click()
    start(starting, epochs="1")
    name = starting.locator(".controls .title").inner_text()
    expect(watching.locator(".controls .title")).to_have_text(name)
    expect(other.locator(".controls .title")).to_have_text(run)  # which was asked for
    expect(chip(starting)).to_have_text("finished")


def test_two_runs_are_laid_over_each_other_by_the_same_seed(run, page):
    page.locator(".runs").get_by_role("button", name=run, exact=True).click()
    expect(page.locator(".controls .title")).to_have_text(run)
    start(page, epochs="1", optimizer__lr="0.0001")
    expect(page.locator(".controls .title")).to_contain_text("digits-mlp-")
    expect(chip(page)).to_have_text("finished")
    expect(page.locator(".legend .key")).to_have_count(3)
    expect(page.locator(".legend")).to_contain_text(run)
    row = page.locator(".runs tr", has_text=run)
    expect(row.get_by_role("checkbox")).to_be_checked()
    row.get_by_role("button", name="Use settings").click()
    expect(page.locator('[data-path="optimizer.lr"]')).to_have_value("0.01")
    expect(page.locator('[data-path="epochs"]')).to_have_value("2")


def test_what_cannot_be_is_said_beside_the_setting(page, new_page):
    rate = page.locator('[data-path="optimizer.lr"]')
    rate.fill("-1")
    page.keyboard.press("Tab")
    expect(page.locator(".settings .note")).to_contain_text("optimizer.lr: expected")
    expect(rate).to_have_attribute("aria-invalid", "true")
    page.locator("#data").select_option("…")
    page.get_by_label("Folder of images").fill("/etc")
    page.keyboard.press("Tab")
    expect(page.locator(".toast")).to_contain_text("expected a file or folder in")
    new_page.problems.clear()  # the browser notes in its console that it was refused


def test_many_pages_of_one_browser_follow_one_training(page, playground):
    first = page
    pages = [
        first,
        *(first.context.new_page() for _ in range(7)),
    ]  # of a server it has six connections
    for each in pages[1:]:
        each.goto(playground.address)
    start(first, name="Start paused")
    for each in pages:
        expect(chip(each)).to_have_text("paused")
    first.get_by_role("button", name="One step").click()
    for each in pages:
        expect(each.locator(".controls .where")).to_contain_text("step 1 of")
    first.close()  # it may have been the one that listened
    pages[1].get_by_role("button", name="One step").click()
    for each in pages[1:]:
        expect(each.locator(".controls .where")).to_contain_text("step 2 of")
    pages[1].get_by_role("button", name="Stop").click()
    for each in pages[1:]:
        expect(chip(each)).to_have_text("stopped, saved")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_page(run, new_page, width):
    page = new_page(viewport={"width": width, "height": 844})
    expect(page.locator(".tests li")).to_have_count(12)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
