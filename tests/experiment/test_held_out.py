from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.config import assignments, resolve
from chainrule.experiment import start
from chainrule.experiment.held_out import HeldOut, Loading, held_out, in_common


@pytest.fixture(scope="module")
def config():
    return resolve(assignments(["epochs=1", "model.hidden=[4]", "seed=3"]))


@pytest.fixture
def run(config, tmp_path):
    return start(config, tmp_path / "run").run


def test_they_are_the_two_sides_of_the_training(config, run):
    held = held_out(run, config)
    split = cr.data.Split.load(run.split)
    assert held.split == split and len(held.train) + len(held.validation) == 1438
    assert held.validation.sha256 == split.apply(cr.data.digits()[0])[1].sha256


def test_a_run_without_its_split_has_none(config, run):
    run.split.unlink()
    with pytest.raises(cr.InputError, match=r"has no validation images: its split.json is missing"):
        held_out(run, config)


def test_data_are_read_once(config, run, monkeypatch):
    from chainrule.experiment import held_out as module

    count, load = [], module.load_inputs
    monkeypatch.setattr(module, "load_inputs", lambda c: count.append(c) or load(c))
    loading = Loading()
    for _ in range(3):
        held_out(run, config, loading=loading)
    assert len(count) == 1


def test_what_no_run_learned_from():
    digits, _ = cr.data.digits()
    held = [HeldOut(digits, cr.data.Split.make(digits, 400, seed)) for seed in range(3)]
    common = in_common(held)
    expected = set(held[0].split.validation)
    for each in held[1:]:
        expected &= set(each.split.validation)
    assert set(common.split.validation) == expected
    assert len(common.train) + len(common.validation) == len(digits)
    halves = cr.data.k_fold(digits, 2)
    assert in_common([HeldOut(digits, fold) for fold in halves]) is None
    less = digits[:500]
    assert in_common([held[0], HeldOut(less, cr.data.Split.make(less, 100))]) is None
    with pytest.raises(cr.InputError, match="held: expected one run or more"):
        in_common([])
