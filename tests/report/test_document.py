from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

import pytest

from chainrule.markup import Markup, el
from chainrule.report.document import document
from chainrule.report.html import Facts, page


def policy(html: str) -> dict[str, list[str]]:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert found is not None
    return {name: values for name, *values in map(str.split, unescape(found[1]).split("; "))}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def element(name: str, html: str) -> str:
    found = re.findall(rf"<{name}>(.*?)</{name}>", html, flags=re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def tags(html: str) -> list[str]:
    return re.findall(r"<[^<>]+>", html.replace(element("script", html), ""))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    html = document("a", el("p", "b"))
    assert policy(html) == {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "style-src": [digest(element("style", html))],
        "script-src": [digest(element("script", html))],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    head = html.index("Content-Security-Policy")
    assert head < html.index("<title>") < html.index("<style>") < html.index("<script>")


def test_styles_of_elements_become_rules_and_equal_ones_the_same_rule() -> None:
    html = document(
        "a", [el("i", style="width:5%"), el("b", style="left:0"), el("i", style="width:5%")]
    )
    assert 'style="' not in html
    assert html.count('<i data-look="0"></i>') == 2
    assert '<b data-look="1"></b>' in html
    assert element("style", html).endswith(
        '[data-look="0"][data-look="0"]{width:5%}\n[data-look="1"][data-look="1"]{left:0}'
    )


def test_only_tags_are_rewritten() -> None:
    """A drawing leaves the quotes in its texts as they are."""
    text = 'a style="color:red" b'
    html = document("a", Markup(f"<text>{text}</text>"))
    assert f"<text>{text}</text>" in html


@pytest.mark.parametrize("css", ["}body{display:none", "a:b}</style><script>alert(1)</script>"])
def test_no_style_can_end_the_sheet(css: str) -> None:
    html = document("a", el("i", style=css))
    assert "display:none}" not in element("style", html)
    assert html.count("<script>") == 1


def test_a_whole_report_has_no_inline_style_or_handler(tested, history) -> None:
    evaluation, test = tested(k=4, n=80)
    html = page(Facts("run", history=history(40), evaluation=evaluation, test=test))
    assert not [tag for tag in tags(html) if re.search(r"\s(style|on\w+)\s*=", tag)]
    assert page(Facts("run", history=history(40), evaluation=evaluation, test=test)) == html


def test_the_script_is_small_and_does_not_end_early() -> None:
    script = element("script", document("a", ""))
    assert len(script.splitlines()) < 200
    assert not re.search(r"<!--|<script|</", script, flags=re.IGNORECASE)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", script)
