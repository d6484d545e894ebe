"""Four strategies on the digits, from a net that knows them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.recipes import c_transfer
from chainrule.recipes.c_transfer import STRATEGIES, Cell, Plan, a_class, fit, measure, table
from chainrule.recipes.session import Session


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    train, _ = data.digits()
    model = cr.models.convnet((8, 8, 1), 10, filters=(8,))
    cr.Trainer(model).fit(train.take(np.arange(400)), epochs=2, progress=False)
    path = tmp_path_factory.mktemp("source") / "digits.safetensors"
    cr.save(model, path)
    return Plan(
        source=str(path), similar="digits", different="digits", small=3, large=5, test=50, side=8,
        batch_size=16, epochs=dict.fromkeys(STRATEGIES, (2, 2)),
    )  # fmt: skip


def test_every_cell_of_the_table_is_measured_once(plan, tmp_path):
    heard: list[str] = []
    for _ in range(2):
        result = measure(Session(tmp_path, seeds=1, say=heard.append), plan)
        cells = result.figures["cells"]
        places = [(cell["kind"], cell["size"], cell["strategy"]) for cell in cells]
        assert len(set(places)) == len(places) == len(heard) == 16
    assert {cell["images"] for cell in cells} == {30, 50}
    (shown,) = result.tables
    assert shown.header[2:] == list(STRATEGIES) and len(shown.rows) == 4
    assert shown.rows[0][0] == "small, similar (digits)"
    json.dumps(result.figures)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_learns(plan, strategy):
    train, test = data.digits()
    before = cr.transfer.load(plan.source).state()["layers.1.weight"]
    evaluation, seconds = fit(strategy, train.take(np.arange(600)), test, plan, epochs=4)
    assert evaluation.accuracy > 0.3 and seconds > 0
    assert before.shape == (3, 3, 1, 8)


def test_the_claim_is_of_small_and_similar_data():
    def cells(zero, others):
        return [
            Cell("cifar10", "similar", "small", name, 9, 1, share, (0.0, 1.0), 1.0)
            for name, share in zip(STRATEGIES, (zero, *others), strict=True)
        ]

    assert c_transfer._gain(cells(0.4, (0.7, 0.6, 0.56))) == pytest.approx(0.16)
    assert "40.0% (1 s)" in table(cells(0.4, (0.7, 0.6, 0.56))).rows[0]


def test_images_of_each_class():
    train, _ = data.digits()
    some = a_class(train, 4)
    assert np.bincount(some.labels).tolist() == [4] * 10 and a_class(train, 0) is train
