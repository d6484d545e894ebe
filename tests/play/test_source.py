from __future__ import annotations

import inspect
import textwrap

import pytest

from chainrule.kernels import REFERENCE
from chainrule.play.layer_catalog import known
from chainrule.play.source import kernels_of, source_of, words


@pytest.mark.parametrize("kind", known().values(), ids=list(known()))
def test_words_are_the_source_of_the_installed_layer(kind):
    found = source_of(kind)
    assert "".join(text for _, text in found["words"]) == textwrap.dedent(inspect.getsource(kind))
    assert ("keyword", "class") in found["words"] and ("name", kind.__name__) in found["words"]
    assert found["file"].startswith("chainrule/layers/") and found["line"] > 1
    for name in kernels_of(kind):
        assert source_of(getattr(REFERENCE, name))["words"]


def test_kernels_are_those_that_are_called():
    kernels = kernels_of(known()["Conv2d"])
    assert kernels[:2] == ["conv2d", "conv2d_backward_input"] and "of" not in kernels
    assert kernels_of(known()["Flatten"]) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x",
        "def f(:\n",
        "'''never ends",
        "x = (1,\n",
        "\tif x:\n  y\n",
        "é = '日本' # π\n",
        "0_0\n",
    ],
)
def test_any_text_is_kept_whole(source):
    assert "".join(text for _, text in words(source)) == source


def test_kinds():
    kinds = dict(
        (text, kind) for kind, text in words("class A(B):  # c\n    x = 'd' if 1 else f()\n")
    )
    assert [kinds[text] for text in ("class", "A", "# c", "'d'", "if", "1")] == [
        "keyword", "name", "comment", "string", "keyword", "number",
    ]  # fmt: skip


def test_a_class_without_source_has_none():
    made = type("Made", (), {})
    assert source_of(made)["words"] == [] and kernels_of(made) == []
    assert source_of(int) == {"file": "", "line": 0, "words": []}
