from __future__ import annotations

import pytest

from chainrule.config import assignments
from chainrule.errors import InputError
from chainrule.search import read_plan

GOOD = """
data = "digits"
epochs = 1
[search]
sampler = "random"
trials = 3
[search.space]
"optimizer.lr" = {log = [1e-3, 1e-1]}
"model.hidden" = [[8], [16]]
"""


def plan_of(tmp_path, text, **options):
    file = tmp_path / "s.toml"
    file.write_text(text)
    return read_plan(file, **options)


def test_a_plan_is_read_and_gives_configurations(tmp_path):
    plan = plan_of(tmp_path, GOOD)
    assert (plan.sampler, plan.trials, [d.name for d in plan.space]) == (
        "random", 3, ["optimizer.lr", "model.hidden"],
    )  # fmt: skip
    config = plan.config({"optimizer.lr": 0.01, "model.hidden": [16]})
    assert config.optimizer.lr == 0.01 and tuple(config.model.hidden) == (16,)
    assert config.epochs == 1
    over = plan_of(tmp_path, GOOD, base=assignments(["epochs=4"]), trials=9)
    assert over.config({"optimizer.lr": 0.01}).epochs == 4 and over.trials == 9


def test_a_grid_has_as_many_trials_as_combinations(tmp_path):
    text = GOOD.replace("random", "grid").replace("{log = [1e-3, 1e-1]}", "[0.1, 0.01, 0.001]")
    assert plan_of(tmp_path, text).trials == 6


def test_which_search_it_is_depends_on_what_is_tried_and_not_on_how_often(tmp_path):
    plan = plan_of(tmp_path, GOOD)
    assert plan_of(tmp_path, GOOD, trials=50).fingerprint() == plan.fingerprint()
    for other in (
        GOOD.replace("epochs = 1", "epochs = 2"), GOOD.replace("1e-1", "2e-1"),
        GOOD.replace("random", "tpe"), GOOD.replace("[16]", "[32]"),
    ):  # fmt: skip
        assert plan_of(tmp_path, other).fingerprint() != plan.fingerprint()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (GOOD, 'data = "digits"', r"expected a table \[search\]"),
        (GOOD, 'data = "digits"\nsearch = 3', r"expected a table \[search\]"),
        ('"random"', '"radom"', "search.sampler: expected one of .* did you mean 'random'"),
        ("trials = 3", "trials = 0", "search.trials: expected a whole number of at least 1"),
        ("trials = 3", "trial = 3", "unknown setting 'trial'; did you mean 'trials'"),
        ("trials = 3", "heartbeat = 0", "search.heartbeat: expected seconds between 0.1 and 3600"),
        ("trials = 3", "heartbeat = nan", "search.heartbeat: expected seconds .* received nan"),
        ("trials = 3", "heartbeat = true", "search.heartbeat: expected seconds .* received True"),
        ("trials = 3", 'heartbeat = "15"', "search.heartbeat: expected seconds .* received '15'"),
        ("trials = 3", 'pruner = "halving"', "search.pruner: expected one of"),
        ('"optimizer.lr"', '"optimizer.lrr"', "lrr"),
        ("[[8], [16]]", "[[8], [-16]]", "hidden"),
        ("[1e-3, 1e-1]", "[1e-3, 1e999]", "expected two"),
        ('"random"', '"grid"', "optimizer.lr: a grid needs a list of choices"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(tmp_path, old, new, problem):
    assert old in GOOD
    with pytest.raises(InputError, match=problem):
        plan_of(tmp_path, GOOD.replace(old, new))
