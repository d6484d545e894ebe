from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.ensemble import compare_members, fit_temperature
from chainrule.metrics import evaluate, mcnemar, predict_logits


@pytest.fixture(scope="module")
def digits():
    train, test = cr.data.digits()
    return train[:300], train[300:700], test


@pytest.fixture(scope="module")
def nets(digits):
    found = {}
    for seed in range(3):
        found[f"seed {seed}"] = cr.models.mlp((8, 8, 1), (8,), 10)
        cr.Trainer(found[f"seed {seed}"], seed=seed).fit(digits[0], epochs=3, batch_size=20)
    return found


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_each_is_what_it_is_alone(digits, nets, average):
    _, validation, test = digits
    report = compare_members(nets, test, average=average, validation=validation)
    together = cr.Ensemble(list(nets.values()), average=average)
    for scored, model in zip(report.rows(), [*nets.values(), together], strict=True):
        alone = evaluate(model, test)
        assert scored.evaluation.accuracy == alone.accuracy
        assert scored.evaluation.loss == pytest.approx(alone.loss, rel=1e-6)
        t = fit_temperature(predict_logits(model, validation), validation.labels)
        assert scored.temperature == pytest.approx(t, rel=1e-4)
        assert scored.cooled.accuracy == alone.accuracy
        assert scored.validation == len(validation)
        wrong = validation.labels != predict_logits(model, validation).argmax(axis=1)
        assert scored.mistakes == wrong.sum()


def test_where_they_disagree(digits, nets):
    test = digits[2]
    report = compare_members(nets, test)
    said = np.array([evaluate(net, test).predicted for net in nets.values()])
    assert report.disagreement[0, 1] == np.mean(said[0] != said[1])
    np.testing.assert_array_equal(report.disagreement, report.disagreement.T)
    assert report.mean_disagreement == pytest.approx(
        np.mean([np.mean(said[i] != said[j]) for i, j in ((0, 1), (0, 2), (1, 2))])
    )
    assert report.split == np.mean((said != said[0]).any(axis=0))
    assert report.ensemble.temperature is None


def test_any_two_are_tested(digits, nets):
    test = digits[2]
    others = {"one more": cr.models.mlp((8, 8, 1), (8,), 10).init(9)}
    report = compare_members(nets, test, others=others)
    assert len(report.pairs) == 10
    first = report.pairs[0]
    expected = mcnemar(test.labels, *(evaluate(nets[f"seed {i}"], test).predicted for i in (0, 1)))
    assert (first.first, first.second, first.test) == ("seed 0", "seed 1", expected)
    assert all(pair.adjusted >= pair.test.p_value for pair in report.pairs)
    assert [each.name for each in report.rows()] == [*nets, "ensemble", "one more"]


def test_classes_in_another_order_are_matched_by_name(digits, nets):
    test = digits[2]
    order = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    shuffled = cr.Dataset(test.images, np.argsort(order)[test.labels], [str(i) for i in order])
    expected, got = compare_members(nets, test), compare_members(nets, shuffled)
    assert got.ensemble.evaluation.accuracy == expected.ensemble.evaluation.accuracy
    assert got.split == expected.split


def test_validation_of_some(digits, nets):
    _, validation, test = digits
    report = compare_members(nets, test, validation={"seed 1": validation})
    assert [each.temperature is None for each in report.rows()] == [True, False, True, True]


def test_no_wrong_answer_no_temperature(digits, nets):
    _, validation, test = digits
    net = nets["seed 0"]
    right = predict_logits(net, validation).argmax(axis=1) == validation.labels
    report = compare_members({"a": net}, test, validation=validation.take(np.flatnonzero(right)))
    (only,) = report.members
    assert (only.temperature, only.mistakes, only.validation) == (None, 0, right.sum())
    assert np.isnan(report.mean_disagreement)


def test_what_cannot_be_compared(digits, nets):
    test = digits[2]
    net = nets["seed 0"]
    for wrong, message in (
        ({}, "members: expected one model or more, received none"),
        ({"ensemble": net}, "none of them 'ensemble', received 'ensemble'"),
        ({1: net}, "members: expected different names"),
    ):
        with pytest.raises(cr.InputError, match=message):
            compare_members(wrong, test)
    with pytest.raises(cr.InputError, match="members: expected different names"):
        compare_members({"a": net}, test, others={"a": net})
    with pytest.raises(cr.InputError, match="validation: expected names of the members"):
        compare_members({"a": net}, test, validation={"b": test})
    with pytest.raises(cr.InputError, match="average"):
        compare_members({"a": net}, test, average="votes")
    with pytest.raises(cr.InputError, match="without images"):
        compare_members({"a": net}, test.take([]))
