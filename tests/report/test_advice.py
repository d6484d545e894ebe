"""Planted situations: each gives its own advice, and a training that went well gives none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chainrule.confusion import Confusion
from chainrule.metrics import Evaluation, wilson_interval
from chainrule.report.advice import MOST, Advice, InRun, advise
from chainrule.report.measured import Measured
from chainrule.report.suspects import Suspect

CLASSES = ("cat", "dog", "fox", "owl")
CONFIG = {
    "data": "/photos",
    "epochs": 20,
    "time_budget": 0.0,
    "accumulate": 1,
    "augment": {"preset": "none"},
    "model": {"name": "mlp", "hidden": [64, 32], "dropout": 0.1},
    "optimizer": {"name": "adam", "lr": 0.003, "weight_decay": 0.0},
    "loss": {"name": "cross-entropy"},
}


def result(*right: int, of: int = 50, taken: int = 1) -> Evaluation:
    """Of each class ``of`` images, so many of them right and the others taken for one class."""
    labels = np.repeat(np.arange(len(right)), of)
    predicted = labels.copy()
    for i, n in enumerate(right):
        predicted[i * of + n : (i + 1) * of] = taken if i != taken else 0
    answers = Confusion.of(labels, predicted, len(right))
    correct, count = sum(right), of * len(right)
    interval = wilson_interval(correct, count)
    per_class = np.array(right) / of
    return Evaluation(0.5, correct / count, interval, count, per_class, answers, np.empty(0))


def history(trained: list[float], validated: list[float | None]) -> list[dict[str, object]]:
    """As ``history.csv`` is read: text, and an empty cell for what is not known."""
    return [
        {
            "step": str(10 * i),
            "accuracy": str(t),
            "validation_accuracy": "" if v is None else str(v),
        }
        for i, (t, v) in enumerate(zip(trained, validated, strict=True), start=1)
    ]


def flat(trained: float, validated: float, epochs: int = 20) -> list[dict[str, object]]:
    return history([trained] * epochs, [validated] * epochs)


GOOD = Measured(
    config=CONFIG,
    history=flat(0.97, 0.95),
    validation=200,
    result=result(48, 47, 48, 47),
    classes=CLASSES,
    counts=np.array([100, 100, 100, 100]),
    norms=(0.96, 0.95, 512),
    momentum=0.9,
    looked_at=400,
)


def changed(**tables: object) -> dict[str, object]:
    return {**CONFIG, **tables}


def only(measured: Measured) -> Advice:
    (advice,) = advise(measured)
    return advice


def test_a_training_that_went_well_gives_no_advice() -> None:
    assert advise(GOOD) == ()
    assert advise(replace(GOOD, norms=None, history=())) == ()


def test_over_fitting() -> None:
    advice = only(replace(GOOD, history=flat(0.99, 0.7)))
    assert advice.name == "over-fitting"
    assert "training accuracy 99.0%, validation accuracy 70.0%: 29 points apart" in advice.finding
    assert "100 images a class" in advice.todo
    assert advice.command(Path("runs/first")) == (
        "chainrule train --config runs/first/config.toml --set augment.preset=crop-flip"
    )
    written = only(replace(GOOD, history=flat(0.99, 0.7), preset="none", kind="digits or letters"))
    assert written.words[-1] == "augment.preset=handwriting"  # which are not mirrored


def test_few_photographs() -> None:
    few = replace(
        GOOD, config=changed(data="/home/me/pets"), history=flat(0.6, 0.55), kind="photographs",
        counts=np.array([80, 120]),
    )  # fmt: skip
    advice = next(each for each in advise(few) if each.name == "few photographs")
    assert "100 photographs a class" in advice.finding and "55.0%" in advice.finding
    assert advice.command() == (
        "chainrule train /home/me/pets --from mobilenet_v2 --freeze body --runs .."
    )
    assert advice.gain == pytest.approx(0.225)
    named = replace(few, config=changed(data="cifar10", data_dir="/data"))
    said = next(each.words for each in advise(named) if each.name == "few photographs")
    assert said[1:4] == ("cifar10", "--data-dir", "/data")
    for other in (
        replace(few, history=flat(0.97, 0.95)),
        replace(few, kind="digits or letters"),
        replace(few, colored=False),
        replace(few, counts=np.array([2000, 2000])),
        replace(few, config=changed(pretrained={"source": "mobilenet_v2"})),
    ):
        assert "few photographs" not in [each.name for each in advise(other)]


@pytest.mark.parametrize(("validated", "count"), [(0.91, 5000), (0.86, 3)])
def test_a_small_gap_or_one_that_chance_could_make_is_none(validated: float, count: int) -> None:
    assert advise(replace(GOOD, history=flat(0.98, validated), validation=count)) == ()


@pytest.mark.parametrize(
    ("model", "optimizer", "change"),
    [
        ({"name": "mlp", "dropout": 0.1}, {"lr": 0.1}, "model.dropout=0.5"),
        ({"name": "mlp", "dropout": 0.5}, {"weight_decay": 0.02}, "optimizer.weight_decay=0.06"),
        ({"name": "resnet"}, {"weight_decay": 0.0}, "optimizer.weight_decay=0.01"),
    ],
)
def test_more_data_where_images_are_varied_already(model, optimizer, change) -> None:
    config = changed(augment={"preset": "flip"}, model=model, optimizer=optimizer)
    advice = only(replace(GOOD, config=config, history=flat(0.99, 0.7)))
    assert advice.name == "more data"
    assert "add images, 100 images a class are few" in advice.todo
    assert advice.words[-1] == change


def test_training_accuracy_on_mixed_images_says_nothing() -> None:
    for augment in ({"preset": "mixup"}, {"preset": "none", "cutmix": {}}):
        measured = replace(GOOD, config=changed(augment=augment), history=flat(0.4, 0.95))
        assert advise(measured) == ()
        assert advise(replace(measured, history=flat(0.99, 0.7))) == ()


def test_no_learning() -> None:
    advice = only(replace(GOOD, history=flat(0.25, 0.25), result=result(0, 50, 0, 2)))
    assert advice.name == "no learning"
    assert "test accuracy 26.0%" in advice.finding and "gives 25.0%" in advice.finding
    assert advice.command(Path("runs/first")) == "chainrule doctor runs/first"
    assert advice.command() == "chainrule doctor ."


def test_more_time() -> None:
    rising = [0.5 + 0.015 * i for i in range(20)]
    advice = only(replace(GOOD, history=history(rising, rising)))
    assert advice.name == "more time"
    assert "rose by 7.5 points in the last 5 epochs" in advice.finding
    assert advice.words[-2:] == ("--epochs", "40")
    late = replace(GOOD, history=history(rising, [0.7] * 20))  # validation is no further, yet
    assert only(late).name == "more time"
    once = only(replace(GOOD, history=history([0.6], [0.62])))
    assert "rose by 37.0 points in the last epoch" in once.finding  # from the commonest class


@pytest.mark.parametrize(
    ("budget", "option"), [("2m", "4m"), ("90", "180s"), (90.0, "180s"), ("1.5h", "3h")]
)
def test_a_training_that_ran_out_of_time_gets_more_of_it(budget, option) -> None:
    rising = [0.5 + 0.015 * i for i in range(18)]
    measured = replace(GOOD, config=changed(time_budget=budget), history=history(rising, rising))
    assert only(measured).words[-2:] == ("--time-budget", option)
    whole = replace(measured, config=changed(time_budget=budget, epochs=18))
    assert only(whole).words[-2:] == ("--epochs", "36")


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ({"name": "mlp", "hidden": [64, 32]}, ("--set", "model.hidden=[128,64]")),
        ({"name": "convnet", "filters": [8, 16]}, ("--set", "model.filters=[16,32]")),
        ({"name": "vgg", "blocks": [[8], [16, 16]]}, ("--set", "model.blocks=[[16],[32,32]]")),
        ({"name": "resnet", "widths": (16, 32)}, ("--set", "model.widths=[32,64]")),
    ],
)
def test_under_fitting(model, options) -> None:
    low = replace(
        GOOD, config=changed(model=model), history=flat(0.6, 0.61), result=result(30, 31, 30, 29),
        colored=False,
    )  # fmt: skip
    advice = only(low)
    assert advice.name == "under-fitting"
    assert "training accuracy 60.0%, validation accuracy 61.0%" in advice.finding
    assert advice.words[-2:] == options
    in_color = only(replace(low, colored=True)).words[-2:]
    assert in_color == (("--model", "convnet") if model["name"] == "mlp" else options)


def test_a_kind_of_model_that_is_not_known_has_no_larger_one() -> None:
    own = replace(GOOD, config=changed(model={"name": "own"}), history=flat(0.6, 0.61))
    assert advise(own) == ()


def test_strong_regularization_is_no_under_fitting() -> None:
    assert advise(replace(GOOD, history=flat(0.8, 0.96))) == ()


def test_a_class_that_fails() -> None:
    advice = only(replace(GOOD, result=result(48, 48, 10, 48)))
    assert advice.name == "a failing class"
    assert "'fox': 10 of 50 right (20.0%, all classes 77.0%), 40 taken for 'dog'" in advice.finding
    assert advice.command() == "chainrule data audit /photos --html audit.html"
    two = only(replace(GOOD, result=result(48, 48, 8, 9)))
    assert two.finding.startswith("'fox': 8 of 50") and two.finding.endswith(
        "; and 1 class like it"
    )


def test_a_rare_class_that_fails_is_weighed() -> None:
    rare = replace(GOOD, result=result(48, 48, 10, 48), counts=np.array([100, 100, 10, 100]))
    advice = only(rare)
    assert "it has 10 to train on, a class usually 100" in advice.todo
    assert advice.words[-1] == "loss.class_weights=[1,1,10,1]"
    never = replace(rare, counts=np.array([100, 100, 0, 100]))
    assert "it has 0 to train on" in only(never).todo
    for loss in ({"name": "hinge"}, {"name": "cross-entropy", "class_weights": (1, 1, 9, 1)}):
        assert only(replace(rare, config=changed(loss=loss))).words[:2] == ("data", "audit")


def test_few_images_of_a_class_say_little() -> None:
    labels = np.repeat([0, 1, 2], [100, 100, 4])
    predicted = labels.copy()
    predicted[-4:] = 0
    answers = Confusion.of(labels, predicted, 3)
    few = replace(GOOD.result, answers=answers, count=204, accuracy=200 / 204)
    assert advise(replace(GOOD, result=few)) == ()


def test_the_data_of_a_name_are_audited_where_they_lie() -> None:
    config = changed(data="mnist", data_dir="/data")
    advice = only(replace(GOOD, config=config, result=result(48, 48, 10, 48)))
    assert advice.command() == ("chainrule data audit mnist --data-dir /data --html audit.html")


def test_wrong_labels() -> None:
    found = [Suspect(f"a/{i}.jpg", "cat", "dog", 0.99) for i in range(6)]
    advice = only(replace(GOOD, suspects=found))
    assert advice.name == "wrong labels"
    assert advice.finding.startswith("6 of 400 images") and "about 3.0% of" in advice.finding
    assert advice.files[0] == "a/0.jpg: labeled 'cat', looks like 'dog' (99.0%)"
    assert len(advice.files) == 6
    assert advice.command() == "chainrule train --config config.toml --runs .."


def test_unsettled_norms_come_alone() -> None:
    few = history([0.5, 0.9], [0.3, 0.4])
    advice = only(replace(GOOD, history=few, norms=(0.9, 0.5, 512), momentum=0.99))
    assert advice.name == "unsettled norms"
    assert "50.0% right with its running statistics, and 90.0% with those of the" in advice.finding
    assert "after 20 steps the statistics are still 82% their first values" in advice.todo
    assert advice.words[-2:] == ("--epochs", "460")  # 230 steps bring it to 10 %, twice that
    parts = replace(GOOD, config=changed(accumulate=4), history=few, norms=(0.9, 0.5, 512))
    assert "lower the learning rate" in only(parts).todo  # 0.9 ** 80 is nothing
    assert only(parts).words[-1] == "optimizer.lr=0.001"


@pytest.mark.parametrize("norms", [(0.95, 0.91, 5000), (0.95, 0.88, 40), (0.8, 0.95, 512), None])
def test_norms_that_differ_little_or_by_chance_are_settled(norms) -> None:
    assert advise(replace(GOOD, norms=norms)) == ()


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_any_momentum(momentum: float) -> None:
    assert only(replace(GOOD, norms=(0.9, 0.5, 512), momentum=momentum)).name == "unsettled norms"


def test_at_most_three_the_one_with_most_at_stake_first() -> None:
    found = [Suspect("a", "cat", "dog", 0.99)] * 3
    rising = [0.3 + 0.01 * i for i in range(20)]
    measured = replace(
        GOOD, history=history([0.99] * 20, rising), result=result(48, 48, 10, 48), suspects=found
    )
    advice = advise(measured)
    assert len(advice) == MOST
    assert [each.gain for each in advice] == sorted((each.gain for each in advice), reverse=True)
    assert advice[0].name == "over-fitting"
    assert "wrong labels" not in [each.name for each in advice]  # the least


def test_odd_cells_of_a_history_are_no_obstacle() -> None:
    rows = [{}, {"accuracy": "x", "step": ""}, {"accuracy": None}, {"validation_accuracy": "0.985"}]
    for i in range(len(rows)):
        assert advise(replace(GOOD, history=rows[: i + 1])) == ()


def test_a_folder_of_any_name_can_be_pasted() -> None:
    advice = Advice("a", "b", "c", ("train", "--config", InRun("config.toml")), 0.1)
    assert advice.command(Path("-my runs/a b")) == (
        "chainrule train --config './-my runs/a b/config.toml'"
    )
