from __future__ import annotations

import base64
import hashlib

from chainrule.markup import Markup, el, join, sealed_page


def test_text_is_escaped_and_markup_is_not():
    inner = el("b", "<&>")
    assert el("p", "a < b", inner) == "<p>a &lt; b<b>&lt;&amp;&gt;</b></p>"
    assert join(Markup("<i>")) == "<i>"


def test_attributes_are_escaped_renamed_and_left_out():
    given = el("img", alt='"<', class_="x", aria_hidden="true", title=None)
    assert given == '<img alt="&quot;&lt;" class="x" aria-hidden="true">'


def test_children_may_be_nested_and_missing():
    assert el("ul", [el("li", "1"), [el("li", "2")]], None) == "<ul><li>1</li><li>2</li></ul>"


def test_a_sealed_page_allows_its_own_style_and_script_alone():
    page = sealed_page("a < b", el("p", "x"), style="p {}", script="run()", images="blob:")
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in ("p {}", "run()")
    ]
    policy = page[page.index("default-src") :].partition('"')[0]
    assert all(digest in policy for digest in digests) and "img-src blob:;" in policy
    assert "unsafe" not in policy and "<title>a &lt; b</title>" in page
    assert page.index("<p>x</p>") < page.index("<script>run()</script>")
