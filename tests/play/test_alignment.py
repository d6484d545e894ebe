"""Two models side by side."""

from __future__ import annotations

from collections import Counter

import pytest

import chainrule as cr
from chainrule import layers as L
from chainrule.errors import InputError
from chainrule.play import alignment
from chainrule.play.alignment import aligned, compared, family
from chainrule.play.blocks import Block, block_tree

SHAPE = (16, 16, 3)


def tree(*layers: L.Layer) -> Block:
    return block_tree(L.Sequential(*layers), SHAPE)


def signs(left: Block, right: Block) -> str:
    """= ≠ - + of the rows."""
    made = ""
    for row in compared(left, right)["rows"]:
        if row["left"] is None or row["right"] is None:
            made += "+" if row["left"] is None else "-"
        else:
            made += "≠" if row["differences"] else "="
    return made


def conv(n_in: int, n_out: int, **options: object) -> L.Conv2d:
    return L.Conv2d(n_in, n_out, 3, padding=1, **options)


def test_a_model_is_equal_to_itself() -> None:
    for name in ("resnet20", "squeezenet1_1"):
        one = block_tree(getattr(cr.models, name)((32, 32, 3), 10), (32, 32, 3))
        other = block_tree(getattr(cr.models, name)((32, 32, 3), 10), (32, 32, 3))
        assert set(signs(one, other)) == {"="}


def test_layers_that_were_added_stand_alone() -> None:
    plain = tree(conv(3, 8), L.ReLU(), conv(8, 8), L.ReLU())
    normed = tree(conv(3, 8), L.BatchNorm(8), L.ReLU(), conv(8, 8), L.BatchNorm(8), L.ReLU())
    assert signs(plain, normed) == "=+==+="
    assert signs(normed, plain) == "=-==-="
    shape = (32, 32, 3)
    vgg = [block_tree(cr.models.MODELS[n](shape, 10), shape) for n in ("vgg11", "vgg11_bn")]
    assert Counter(signs(*vgg)) == {"=": 31, "+": 8}


def test_differences_are_named() -> None:
    rows = compared(tree(conv(3, 8), L.ReLU()), tree(conv(3, 4, bias=False), L.GELU()))["rows"]
    found = [
        [(d["what"], d.get("name"), d["left"], d["right"]) for d in row["differences"]]
        for row in rows
    ]
    assert found[0] == [
        ("setting", "out_channels", "8", "4"),
        ("setting", "bias", "True", "False"),
        ("shape", None, (16, 16, 8), (16, 16, 4)),
        ("parameters", None, 224, 108),
    ]
    assert found[1][0] == ("kind", None, "ReLU", "GELU")


def test_a_kind_takes_the_place_of_one_of_its_family() -> None:
    assert signs(tree(L.BatchNorm(3)), tree(L.GroupNorm(3, groups=1))) == "≠"
    assert signs(tree(L.MaxPool2d(2)), tree(L.AvgPool2d(2))) == "≠"
    assert signs(tree(L.ReLU()), tree(L.Dropout(0.5))) == "-+"
    assert family("Linear") == "" and family("PReLU") == "activation"


def test_the_nearest_of_several_is_its_partner() -> None:
    """Of two convolutions it is the one with the same settings."""
    left = tree(conv(3, 8), conv(8, 8), conv(8, 16))
    right = tree(conv(3, 8), conv(8, 16))
    assert signs(left, right) == "=-="


def test_totals_stand_above() -> None:
    found = compared(tree(conv(3, 8)), tree(conv(3, 8), L.ReLU()))
    assert (found["left"]["layers"], found["right"]["layers"]) == (1, 2)
    assert found["left"]["parameters"] == found["right"]["parameters"] == 224


def test_every_layer_stands_in_one_row_in_order() -> None:
    shape = (64, 64, 3)
    a, b = (
        block_tree(cr.models.MODELS[n](shape, 10), shape).leaves()
        for n in ("mobilenet_v2", "efficientnet_lite0")
    )
    rows = aligned(a, b)
    assert [i for i, _ in rows if i is not None] == list(range(len(a)))
    assert [j for _, j in rows if j is not None] == list(range(len(b)))


def test_too_many_layers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "MOST_CELLS", 3)
    one, other = tree(conv(3, 8), conv(8, 8)), tree(conv(3, 4), conv(4, 4))
    with pytest.raises(InputError, match="2 and 2 layers, too many"):
        compared(one, other)
    assert signs(one, one) == "=="  # what is equal at the ends is not searched
