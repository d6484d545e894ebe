from __future__ import annotations

import math
import shutil
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.config import assignments, resolve
from chainrule.errors import CheckFailed
from chainrule.experiment import start
from chainrule.replay import replay, replay_fit
from chainrule.replay.text import LONGEST
from chainrule.training import Callback, Checkpoint, RateFactor, Run, StepRecorder, StopOnNonFinite
from chainrule.training.step_ring import LastSteps

from .training import arrays, dark_images, own_trainer, trained

VARIANTS = {
    "plain": (),
    "mixed": ("augment.mixup.p=1.0", "augment.random_crop.p=1.0"),
    "in parts": ("accumulate=3", "loss.reg=0.01"),
    "averaged": ("average.kind=ema", "plateau.patience=1", "clip.kind=global-norm"),
    "bfloat16": ("precision=bfloat16",),
    "in time": ("time_budget=1.5s", "epochs=1000"),
}


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS)
def test_every_step_comes_out_bit_for_bit(
    tmp_path: Path, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = count()  # a clock that goes on by 5 ms whenever it is read
    monkeypatch.setattr("chainrule.distributed.group.perf_counter", lambda: next(readings) / 200)
    run = trained(tmp_path, "epochs=3", "max_train_images=400", *settings)
    last = int(LastSteps.read(run.last_steps).records["step"][-1])
    for step in (1, 12, last):
        found = replay(run, step)
        assert found.exact and found.compared == step - found.start
        assert found.loss == found.recorded
        assert found.updated and all(math.isfinite(each.after) for each in found.updates)
    assert found.start > 0  # from a checkpoint


def test_frozen_layers_are_learned_from_by_their_features(tmp_path: Path) -> None:
    first = trained(tmp_path, "epochs=1", "model.hidden=[16,8]")
    settings = (f"pretrained.source={first.model}", "pretrained.freeze=body", "epochs=4")
    run = start(
        resolve(assignments([*settings, "max_train_images=400", "checkpoint.every_steps=17"])),
        tmp_path / "second",
    ).run
    found = replay(run, 28)
    assert found.exact and found.compared == 28 - found.start and found.start >= 17
    whole = cr.load(run.model)
    assert [layer.path for layer in found.layers][-1] == f"layers.{len(whole.layers) - 1}"
    assert found.shown[0][0].shape == (8, 8, 1)


def test_the_image_that_a_folder_has_too_much(tmp_path: Path) -> None:
    folder = dark_images(tmp_path / "images")
    run = trained(
        tmp_path, f"data={folder}", f"images.cache_dir={tmp_path / 'cache'}", "epochs=30",
        "model.name=mlp", "model.norm=none", "model.dropout=0.0", "augment=none",
        "images.test=0.1", "batch_size=16", "optimizer.name=sgd", "optimizer.lr=3.0",
    )  # fmt: skip
    found = replay(run)
    assert found.exact
    while found.began is not None and found.affected != 1:  # back to where it began
        found = replay(run, found.began)
    assert found.origin is not None
    assert (found.origin.stage, found.origin.kind) == ("forward", "Normalize")
    assert [sample.name for sample in found.samples] == ["dark/bright.png"]
    assert [sample.label for sample in found.samples] == ["dark"]
    assert found.shown[0][0].min() == 255
    assert "; in 1 of 16 images" in found.verdict


def test_a_rate_that_is_too_large(tmp_path: Path) -> None:
    run = trained(
        tmp_path, "epochs=3", "optimizer.name=sgd", "optimizer.lr=1e15", "model.norm=none",
        "schedule.name=constant", "model.hidden=[16,16]",
    )  # fmt: skip
    found = replay(run)
    assert found.reason == "the first whose loss is not finite"
    assert found.origin is not None and found.origin.kind == "Linear"
    assert not math.isfinite(found.loss) and not found.updated
    assert "learning rate is too large" in found.verdict
    before = replay(run, found.step - 1)
    assert before.updated and max(each.ratio for each in before.updates) > 1e6
    assert before.affected == 0 or before.origin is None or before.origin.stage != "input"


def test_the_image_of_an_array_that_a_layer_cannot_take(tmp_path: Path) -> None:
    images, labels = arrays()
    recorder = StepRecorder(tmp_path / "steps")
    with np.errstate(all="ignore"), pytest.raises(CheckFailed):
        own_trainer(recorder, StopOnNonFinite()).fit(images, labels, epochs=3, batch_size=10)
    found = replay_fit(own_trainer(), recorder.path, images, labels, epochs=3, batch_size=10)
    assert found.origin is not None
    assert (found.origin.stage, found.origin.name) == ("forward", "layers.2 (LogBelow)")
    assert [sample.index for sample in found.samples] == [70]
    assert found.origin.what == "the output holds 36 NaN of 360 numbers; its input is finite"
    assert found.exact and found.start == 0


def test_a_training_of_ones_own_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    train = cr.data.digits()[0].take(range(200))

    def made(*callbacks: Callback) -> cr.Trainer:
        return cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=callbacks)

    recorder, saved = (
        StepRecorder(tmp_path / "r"),
        Checkpoint(tmp_path / "c", every_steps=7, keep=9),
    )
    made(recorder, saved).fit(train, epochs=5, batch_size=40)
    options = {"epochs": 5, "batch_size": 40, "checkpoints": tmp_path / "c"}
    found = replay_fit(made(), recorder.path, train, step=23, **options)
    assert (found.start, found.exact, found.compared) == (14, True, 9)
    assert replay_fit(made(), recorder.path, train, step=23, epochs=5, batch_size=40).exact


def test_a_batch_in_another_order_is_told_of(tmp_path: Path) -> None:
    images, labels = arrays()
    images[70] = 0
    recorder = StepRecorder(tmp_path / "r")
    own_trainer(recorder).fit(images, labels, epochs=1, batch_size=10)
    found = replay_fit(own_trainer(), recorder.path, images, labels, epochs=1, batch_size=5, step=3)
    assert not found.exact
    assert any("come in another order" in note for note in found.notes)


def test_other_data_are_told_of(tmp_path: Path) -> None:
    train = cr.data.digits()[0].take(range(200))
    recorder = StepRecorder(tmp_path / "r")
    cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[recorder]).fit(train, epochs=1)
    other = cr.Dataset(train.images[::-1].copy(), train.labels, train.classes)
    trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    found = replay_fit(trainer, recorder.path, other, epochs=1, step=2)
    assert not found.exact
    assert "from step 1 on the losses differ from the recorded ones" in found.notes[0]
    assert "not all as recorded" in str(found)


def test_a_rate_set_by_hand_is_taken(tmp_path: Path) -> None:
    train = cr.data.digits()[0].take(range(200))

    def made(*callbacks: Callback) -> cr.Trainer:
        model, optimizer = cr.models.mlp((8, 8, 1), (8,), 10), cr.optim.SGD(0.1)
        return cr.Trainer(model, optimizer, callbacks=[RateFactor(), *callbacks])

    class Hand(Callback):
        def on_step(self, trainer: cr.Trainer) -> None:
            if trainer.step == 8:
                trainer.callback(RateFactor).set_rate(trainer, 0.01)  # type: ignore[union-attr]

    recorder = StepRecorder(tmp_path / "r")
    made(recorder, Hand()).fit(train, epochs=4, batch_size=40)
    found = replay_fit(made(), recorder.path, train, epochs=4, batch_size=40, step=19)
    assert found.exact
    assert any("set by hand" in note for note in found.notes)


def test_a_damaged_checkpoint_is_left_for_the_one_before(tmp_path: Path) -> None:
    run = trained(tmp_path, "epochs=3")
    kept = sorted(run.checkpoints.iterdir())
    newest = [path for path in kept if path.name < "step-000000060"][-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    found = replay(run, 60)
    assert found.exact and "the one before it" not in found.verdict
    assert any("an earlier one was used" in note for note in found.notes)


def test_without_checkpoints_it_begins_at_the_start(tmp_path: Path) -> None:
    run = trained(tmp_path, "epochs=1")
    shutil.rmtree(run.checkpoints)
    said: list[str] = []
    found = replay(run, 9, say=said.append)
    assert found.start == 0 and found.exact
    assert said == ["replaying 9 steps, from the start of the training to step 9 …"]


def test_the_run_stays_as_it_is(tmp_path: Path) -> None:
    run = trained(tmp_path, "epochs=1")

    def content() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in run.folder.rglob("*") if p.is_file()}

    before = content()
    replay(run, 9)
    assert content() == before


def test_a_name_is_a_run_in_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(tmp_path / "runs", "epochs=1", name="first")
    monkeypatch.chdir(tmp_path)
    assert replay("first", 2).run == str(Path("runs", "first"))


def test_of_a_deep_net_some_layers_and_weights_are_shown(tmp_path: Path) -> None:
    run = trained(tmp_path, "epochs=1", f"model.hidden={[8] * 12}")
    found = replay(run, 4)
    text = str(found)
    assert f"; {LONGEST} of {len(found.layers)} are shown" in text
    assert f"; {LONGEST} of {len(found.updates)} are shown" in text
    assert len(found.document()["layers"]) == len(found.layers) > LONGEST


def test_a_replay_as_text_and_as_values(tmp_path: Path) -> None:
    run = trained(tmp_path, "epochs=1", "augment.random_crop.p=1.0")
    found = replay(Run(run.folder), 9)
    text = str(found)
    assert "step       9: epoch 1, batch 9 of 21, 64 images" in text
    assert "every loss as recorded, bit for bit" in text
    assert "images of the batch with the highest losses" in text
    document = found.document()
    assert document["step"] == 9 and "shown" not in document
    assert {"path", "before", "update", "ratio"} < document["updates"][0].keys()
    picture = found.draw(tmp_path / "batch.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert any(len(versions) == 2 for versions in found.shown)  # as it is, and as trained on
    assert repr(found).startswith("Replay(step 9: ")
