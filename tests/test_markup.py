from __future__ import annotations

from chainrule.markup import Markup, el, join


def test_text_is_escaped_and_markup_is_not():
    inner = el("b", "<&>")
    assert el("p", "a < b", inner) == "<p>a &lt; b<b>&lt;&amp;&gt;</b></p>"
    assert join(Markup("<i>")) == "<i>"


def test_attributes_are_escaped_renamed_and_left_out():
    given = el("img", alt='"<', class_="x", aria_hidden="true", title=None)
    assert given == '<img alt="&quot;&lt;" class="x" aria-hidden="true">'


def test_children_may_be_nested_and_missing():
    assert el("ul", [el("li", "1"), [el("li", "2")]], None) == "<ul><li>1</li><li>2</li></ul>"
