"""axe-core (https://github.com/dequelabs/axe-core) on every view, in both themes, wide and narrow.

AXE is the path of its axe.min.js: ``npm install axe-core`` brings it. Skipped without.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.config import assignments, resolve
from chainrule.experiment import start

from .conftest import sync_api

AXE = os.environ.get("AXE", "")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(not AXE, reason="AXE does not say where axe.min.js is")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nobody_is_kept_out(playground, new_page, scheme, width):
    folder = playground.folder / "runs" / "first"
    if not folder.exists():
        start(resolve(assignments(["epochs=2", "model.hidden=[16]"])), folder)
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 844})
    page.locator("#tabs a").first.wait_for()
    for name in [tab.get_attribute("href")[1:] for tab in page.locator("#tabs a").all()]:
        page.locator(f'#tabs a[href="#{name}"]').click()
        page.locator(f".view-{name}").wait_for()
        page.wait_for_load_state("networkidle") if name != "train" else page.locator(
            ".tests li"
        ).first.wait_for()
        page.evaluate(Path(AXE).read_text("utf-8"))
        found = page.evaluate(
            "async (tags) => (await axe.run(document, {runOnly: tags})).violations"
            ".map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120) + n.failureSummary)])",
            TAGS,
        )
        assert not found, (name, found)
    sync_api.expect(page.locator("#errors")).to_be_empty()
