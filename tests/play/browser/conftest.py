"""A real server and a real browser.

    playground   a server of its own for a test file: ``.address``, and ``.folder``, where it runs
    page         a page of it, in English and 1280 wide; ``open_view(page, "ask")`` shows a view

A test fails for what its page writes to the console as an error, for an exception that nobody
caught in it, and for a request to any other host.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..serving import Playground, started, stopped

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
sync_api.expect.set_options(timeout=60_000)
PATIENCE = 60_000  # milliseconds that a busy machine may take for anything


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    server = started(tmp_path_factory.mktemp("play"))
    yield server
    if server.process.poll() is None:
        stopped(server)


@pytest.fixture(scope="module")  # an event loop runs while it is there, in which no other may begin
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    with sync_api.sync_playwright() as playwright:
        root = hasattr(os, "getuid") and os.getuid() == 0
        options = ["--no-sandbox"] if root else []
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Any, playground: Playground) -> Iterator[Callable[..., Any]]:
    """``new_page(locale="zh-CN", color_scheme="dark", viewport={…})`` is another page, watched."""
    problems: list[str] = []
    contexts = []
    servers = [playground.address]

    def make(server: Playground = playground, **options: Any) -> Any:
        servers.append(server.address)
        given = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(**given)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(server.address)
        return page

    def asked(url: str) -> None:
        if not (url.startswith(("data:", "blob:")) or url.startswith(tuple(servers))):
            problems.append(f"a request to {url}")

    make.problems = problems  # type: ignore[attr-defined]
    yield make
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page()


def open_view(page: Any, name: str) -> Any:
    """Show a view by its tab; its element."""
    page.locator(f'#tabs a[href="#{name}"]').click()
    view = page.locator(f".view-{name}")
    view.wait_for()
    return view
