"""Whatever value a public function or class is given, it takes it or raises InputError."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.fetching import http

from .valid_calls import calls, public_callables, valid

WRONG = {
    "None": None,
    "word": "word",
    "-1": -1,
    "nan": math.nan,
    "scalar array": np.array(0.5),
    "empty array": np.empty((0,), np.float32),
    "ragged list": [[1, 2], [3]],
    "object": object(),
    "huge": 10**30,
    "text array": np.array(["a", "b"]),
    "wrong shape": np.zeros((2, 1, 3, 1, 2), np.float32),
    "absent": Path("no/such/file"),
}
LONG = {  # work that a huge number asks for, and that is done until somebody ends it
    ("lr_find", "options"), ("training.lr_range_test", "steps"), ("schedules.curve", "steps"),
}  # fmt: skip
PUBLIC = public_callables()


@pytest.fixture
def offline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))

    def away(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(http, "_answer", away)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_wrong_value_is_an_input_error(name, offline):
    thing, wrong_ones = PUBLIC[name], {}
    assert valid(name, thing) is not None, f"tests/valid_calls.py has no row for {name}"
    for kind, wrong in WRONG.items():
        for parameter, attempt in calls(thing, valid(name, thing), wrong):
            if kind == "huge" and (name, parameter) in LONG:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    attempt()
            except (cr.InputError, cr.CheckFailed) as error:
                if "\n" in str(error).replace("\n  on the way", ""):
                    wrong_ones[f"{parameter}={kind}"] = f"several lines: {error}"[:150]
            except Exception as error:
                wrong_ones[f"{parameter}={kind}"] = f"{type(error).__name__}: {error}"[:150]
    assert wrong_ones == {}
