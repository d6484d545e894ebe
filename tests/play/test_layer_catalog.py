from __future__ import annotations

from chainrule import layers
from chainrule.layers import Layer
from chainrule.play.layer_catalog import BUILT, GIVEN, GROUPS, SHAPES, known
from tests.contract import public


def test_every_public_layer_is_in_the_catalogue():
    assert set(known().values()) == public(layers, Layer)


def test_the_tables_name_layers_that_exist():
    named = {*GIVEN, *BUILT, *SHAPES, *(name for names in GROUPS.values() for name in names)}
    assert named <= set(known())
