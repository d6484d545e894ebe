"""E-ensemble: 78.07%, best member 76.56%, p = 1e-09 (1 seed, bfloat16; Intel Xeon Processor, 2
cores); reported: advice.

CIFAR-10, the average of five CNNs' probabilities beside each of them: report E's advice."""

from __future__ import annotations

from typing import Any

from ..ensemble import Ensemble
from ..experiment import load_test
from ..metrics import predict_probabilities
from ..significance import mcnemar
from ..text import percent
from .recipe import Recipe, Result, Table
from .session import Session
from .settings import CONVNET
from .summary import accuracies, bars, rows_of

MEMBERS = 5
SETTINGS: dict[str, Any] = {**CONVNET, "augment": {"preset": "crop-flip"}}


def run(session: Session) -> Result:
    trained = session.compare({"member": SETTINGS}, seeds=range(session.pick(MEMBERS, 2)))
    members = trained["member"]
    test = load_test(session.config(SETTINGS, 0)).images
    models = [each.model() for each in members]
    best = max(range(len(members)), key=lambda i: members[i].validation)
    answers = predict_probabilities(Ensemble(models), test.images).argmax(axis=1)
    alone = predict_probabilities(models[best], test.images).argmax(axis=1)
    accuracy = float((answers == test.labels).mean())
    p = mcnemar(test.labels, answers, alone).p_value
    found = accuracies(members)
    rows = [
        [f"member {each.seed}", percent(each.accuracy, 2), percent(each.validation, 2)]
        for each in members
    ]
    rows += [["ensemble", percent(accuracy, 2), "–"]]
    return Result(
        ours=f"{percent(accuracy, 2)}, best member {percent(max(found), 2)}, p = {p:.1g}",
        reached=accuracy >= max(found),
        figures={
            "test_accuracies": found,
            "ensemble": accuracy,
            "p_value": p,
            "runs": rows_of(trained),
        },
        tables=[Table("Members and their average", ["", "test", "validation"], rows)],
        plots=[bars({"members": found, "ensemble": [accuracy]}, "Test accuracy")],
        notes=[
            f"McNemar's test of the ensemble against the member that validates best: p = {p:.2g}"
        ],
    )


RECIPE = Recipe(
    name="E-ensemble",
    did="five CNNs on CIFAR-10 and the average of their probabilities",
    reported="advice",
    bar="at least the best member's accuracy",
    run=run,
    seeds=1,
)
