"""Whatever value a public function or class is given, it takes it or raises InputError."""

from __future__ import annotations

import copy
import functools
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.fetching import http

from . import valid_calls
from .test_contract import LAYERS
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


def spared(attempts: dict[str, Any]) -> dict[str, str]:
    """What is raised besides InputError, by attempt."""
    found = {}
    for name, attempt in attempts.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                attempt()
        except (cr.InputError, cr.CheckFailed):
            pass
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"[:150]
    return found


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: repr(case.build())[:40])
def test_a_layer_takes_arrays_of_numbers_or_says_so(case):
    layer = case.layer()
    several = 2 if isinstance(layer, cr.layers.Merge) else 1
    attempts = {
        f"{verb}({kind})": functools.partial(getattr(layer, verb), *[wrong] * several)
        for kind, wrong in WRONG.items()
        for verb in ("__call__", "forward")
    }
    assert spared(attempts) == {}


@pytest.mark.parametrize("kind", WRONG)
def test_methods_refuse_wrong_values(kind, offline):
    wrong, data, model = WRONG[kind], valid_calls.digits(), valid_calls.model()
    whole = {"train": data, "epochs": 1}
    fit = {
        f"fit({name})": functools.partial(cr.Trainer(model).fit, **whole | {name: wrong})
        for name in valid_calls.FIT
        if (name, kind) != ("epochs", "huge")  # which would be done
    }
    trainer, split = cr.Trainer(model), cr.data.Split.make(data, 5)
    optimizer, circuit = cr.optim.Adam(), cr.circuit.report_c()
    attempts = fit | {
        "fit(X)": lambda: cr.Trainer(model).fit(wrong, data.labels, epochs=1),
        "fit(y)": lambda: cr.Trainer(model).fit(data.images, wrong, epochs=1),
        "evaluate(dataset)": lambda: trainer.evaluate(wrong),
        "evaluate(labels)": lambda: trainer.evaluate(data.images, wrong),
        "train_step": lambda: trainer.train_step(wrong, data.labels),
        "callback": lambda: trainer.callback(wrong),
        "lr_find": lambda: trainer.lr_find(wrong),
        "model": lambda: model(wrong),
        "model[]": lambda: model[wrong],
        "save": lambda: model.save(wrong),
        "load_state": lambda: model.load_state(wrong),
        "astype": lambda: copy.deepcopy(model).astype(wrong),
        "dataset[]": lambda: data[wrong],
        "take": lambda: data.take(wrong),
        "show": lambda: data.show(wrong),
        "order": lambda: cr.data.Loader(data, 8).order(wrong),
        "batches": lambda: cr.data.Loader(data, 8).batches(0, wrong),
        "split.make": lambda: cr.data.Split.make(wrong),
        "split.apply": lambda: split.apply(wrong),
        "split.load": lambda: cr.data.Split.load(wrong),
        "split.save": lambda: split.save(wrong),
        "step": lambda: optimizer.step(wrong),
        "bind": lambda: optimizer.bind(wrong),
        "optimizer.load_state": lambda: optimizer.load_state(wrong),
        "schedule": lambda: cr.schedules.Cosine(0.1, 5)(wrong),
        "ensemble.load": lambda: cr.Ensemble.load(wrong),
        "top": lambda: cr.predict(model, data).top(wrong),
        "circuit[]": lambda: circuit[wrong],
        "circuit.name": lambda: circuit.name(wrong),
    }
    for loss in cr.losses.LOSSES.values():
        attempts[f"{loss.__name__}(logits)"] = lambda loss=loss: loss()(wrong, valid_calls.LABELS)
        attempts[f"{loss.__name__}(labels)"] = lambda loss=loss: loss()(valid_calls.FLOATS, wrong)
    assert spared(attempts) == {}
