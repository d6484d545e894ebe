from __future__ import annotations

import json
from threading import Thread

import numpy as np
import pytest

pytest.importorskip("starlette")

from chainrule import data, models, optim
from chainrule.play import recorder as module
from chainrule.play.inbox import Inbox
from chainrule.play.recorder import Recorder, verdicts
from chainrule.play.snapshots import chosen_images, first_filters, guesses, look, shown_images
from chainrule.training import Checkpoint, RateFactor, Trainer
from chainrule.training.logs import RowFiles
from chainrule.training.retention import checkpoints

TRAIN, TEST = data.digits()
IMAGES = np.asarray(TEST.images[chosen_images(TEST)])


def watched(folder, inbox, *, steps=None, epochs=1, answer=lambda kind, data: None, more=()):
    """What is told in a training of 10 steps an epoch; ``answer`` hears it as it is told."""
    told = []

    def tell(kind, data):
        told.append((kind, json.loads(json.dumps(data))))
        answer(kind, data)

    model = models.mlp((8, 8, 1), (16,), 10)
    recorder = Recorder(tell, inbox, IMAGES, RowFiles(folder, "jsonl"))
    trainer = Trainer(model, optim.SGD(0.1), callbacks=[RateFactor(), recorder, *more])
    trainer.fit(TRAIN, epochs=epochs, batch_size=144)
    return trainer, told


@pytest.fixture
def often(monkeypatch):
    """A point for every step, and a look at every one."""
    monkeypatch.setattr(module, "EVERY", -1.0)
    monkeypatch.setattr(module, "SLOWEST", 1e9)
    monkeypatch.setattr(module, "PROBE", -1.0)
    monkeypatch.setattr(module, "SHARE", 1e9)


def rows(told, kind):
    return [row for name, data in told if name == kind for row in data]


def test_every_step_is_told_and_kept(tmp_path, often):
    trainer, told = watched(tmp_path, Inbox(), epochs=2)
    points = rows(told, "points")
    assert [row[0] for row in points] == list(range(1, 21))
    assert np.isclose(
        np.mean([row[1] for row in points[10:]]), trainer.history.rows[1]["loss"], rtol=0.02
    )
    assert np.isclose(
        np.mean([row[2] for row in points[10:]]), trainer.history.rows[1]["accuracy"], atol=0.02
    )
    assert [row[0] for row in rows(told, "probes")] == list(range(1, 21))
    kept = [json.loads(line) for line in (tmp_path / "live.jsonl").read_text().splitlines()]
    assert [[row["step"], row["loss"], row["accuracy"], row["lr"]] for row in kept] == points
    assert [data["epoch"] for kind, data in told if kind == "epoch"] == [1, 2]
    layers = next(data for kind, data in told if kind == "layers")
    assert [name for name, _ in layers["ratios"]] == ["layers.2.weight", "layers.4.weight"]
    assert [name for name, _ in layers["dead"]] == ["layers.3 (ReLU)"]
    assert {each["name"] for kind, data in told if kind == "verdicts" for each in data} == {
        "update ratio", "dead units"
    }  # fmt: skip


def test_it_changes_nothing_in_the_training(tmp_path, often):
    trainer, _ = watched(tmp_path, Inbox())
    plain = Trainer(models.mlp((8, 8, 1), (16,), 10), optim.SGD(0.1))
    plain.fit(TRAIN, epochs=1, batch_size=144)
    for (_, a), (_, b) in zip(trainer.parameters, plain.parameters, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


@pytest.mark.parametrize(("cost", "kept"), [(0.0, [3, 6, 9, 10]), (1e3, [10])])
def test_checkpoints_stay_as_often_as_their_cost_allows(tmp_path, monkeypatch, cost, kept):
    fixed = property(lambda _: cost, lambda _, value: None)
    monkeypatch.setattr(Checkpoint, "cost", fixed, raising=False)
    checkpoint = Checkpoint(tmp_path / "c", keep=1, keep_every_steps=3)
    watched(tmp_path, Inbox(), more=[checkpoint])
    assert list(checkpoints(checkpoint.folder)) == kept


def test_seldom_points_are_means_and_the_last_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "EVERY", 1e9)
    monkeypatch.setattr(module, "FIRST", 0)
    trainer, told = watched(tmp_path, Inbox())
    ((step, loss, accuracy, lr),) = rows(told, "points")
    assert (step, lr) == (10, 0.1)
    assert accuracy == trainer.history.rows[0]["accuracy"]
    assert loss == pytest.approx(trainer.history.rows[0]["loss"], rel=0.02)


def test_a_training_goes_step_by_step_as_it_is_told(tmp_path):
    inbox, paused = Inbox(), []

    def answer(kind, data):
        if kind == "state" and data["phase"] == "paused":
            paused.append(data)
            if len(paused) < 4:
                inbox.put("step")
            else:
                inbox.put("rate", 0.5)
                inbox.put("resume")

    inbox.put("pause")
    trainer, told = watched(tmp_path, inbox, answer=answer)
    steps = list(dict.fromkeys(data["step"] for kind, data in told if kind == "look"))
    assert trainer.step == 10 and steps[:4] == [0, 1, 2, 3]
    assert rows(told, "rates") == [[3, 0.5]]
    assert trainer.optimizer.lr == 0.5
    phases = [data["phase"] for kind, data in told if kind == "state"]
    assert phases == ["training", *["paused"] * 4, "training", "testing"]


def test_a_pause_is_no_training_time(tmp_path, monkeypatch):
    inbox = Inbox()
    inbox.put("pause")
    clock = iter(range(10_000))
    monkeypatch.setattr(module, "perf_counter", lambda: float(next(clock)))
    Thread(target=lambda: inbox.put("resume")).start()
    trainer, _ = watched(tmp_path, inbox)
    assert trainer.history.seconds < 0  # of the mocked clock more passes in pauses than in steps


def test_a_rate_that_cannot_be_is_refused_in_words(tmp_path):
    inbox = Inbox()
    inbox.put("rate", -1)
    trainer, told = watched(tmp_path, inbox)
    assert [data for kind, data in told if kind == "refused"] == [
        "lr: expected a positive finite number, received -1.0"
    ]
    assert trainer.optimizer.lr == 0.1


@pytest.mark.parametrize(
    ("ratio", "dead", "expected"),
    [
        (1e-3, 0.0, ["ok", "ok"]),
        (1e-6, 0.3, ["warning", "warning"]),
        (2.0, 0.9, ["failed", "failed"]),
    ],
)
def test_verdicts_have_the_limits_of_the_doctor(ratio, dead, expected):
    found = verdicts([["w", ratio]], [["layers.3 (ReLU)", dead]], 0.1)
    assert [check.verdict for check in found] == expected
    assert all((check.fix != "") == (check.verdict != "ok") for check in found)


def test_the_row_of_images_has_all_classes_first():
    indices = chosen_images(TEST)
    assert len(indices) == 12
    assert sorted(TEST.labels[indices[:10]].tolist()) == list(range(10))
    shown = shown_images(TEST, indices)
    assert shown["labels"] == TEST.labels[indices].tolist()
    assert all(uri.startswith("data:image/png;base64,") for uri in shown["images"])


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (models.mlp((8, 8, 1), (16,), 10), [8, 8, 1]),
        (models.convnet((8, 8, 1), 10, filters=(4,)), [3, 3, 1]),
    ],
)
def test_first_filters_of_any_first_layer(model, shape):
    model.init(0)
    found = first_filters(model, (8, 8, 1))
    assert found["shape"] == shape and found["shown"] == min(32, found["count"])


def test_weights_that_are_no_numbers_show_nothing_and_break_nothing():
    model = models.mlp((8, 8, 1), (16,), 10).init(0)
    model.layers[2].weight.value[:] = np.nan
    found = look(model, IMAGES)
    assert found["filters"] is None
    assert len(found["guesses"]) == 12 and len(guesses(model, IMAGES)[0]) == 3
