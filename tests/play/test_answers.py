from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("starlette")

from chainrule.play.answers import dumps


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), '"NaN"'),
        (np.float32("-inf"), '"-Infinity"'),
        (np.array([[1, 2]]), "[[1,2]]"),
        ({1: (np.bool_(True), None)}, '{"1":[true,null]}'),
        ("a\udce9", '"a\\\\udce9"'),
        ("数", '"数"'),
    ],
)
def test_what_json_has_no_word_for(value, text):
    assert dumps(value) == text
    json.loads(text)
