from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.report.suspects import suspects


def judged(n=400, wrong=(), hard=(), certainty=None, paths=None, seed=0, k=3):
    """(evaluation, data set): the model knows each image but the ``hard`` ones, which it takes
    for the next class, unsure; the labels of ``wrong`` ones were changed to the next class."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, n)
    sure = rng.uniform(0.8, 1.0, n) if certainty is None else np.full(n, certainty)
    answer = true.copy()
    for i in hard:
        answer[i], sure[i] = (true[i] + 1) % k, rng.uniform(0.4, 0.7)
    probabilities = np.full((n, k), ((1 - sure) / (k - 1))[:, None])
    probabilities[np.arange(n), answer] = sure
    labels = true.copy()
    labels[list(wrong)] = (true[list(wrong)] + 1) % k
    data = Dataset(np.zeros((n, 2, 2, 1), np.uint8), labels, ("a", "b", "c"), paths=paths)
    predicted = probabilities.argmax(1).astype(np.int64)
    return SimpleNamespace(probabilities=probabilities, predicted=predicted), data


def test_changed_labels_are_found_and_named_the_surest_first() -> None:
    paths = tuple(f"{i}.png" for i in range(400))
    found = suspects(judged(wrong=range(0, 60, 2), hard=range(100, 120), paths=paths))
    assert len(found) >= 8
    numbers = [int(suspect.name.removesuffix(".png")) for suspect in found]
    assert set(numbers) <= set(range(0, 60, 2))
    assert [s.probability for s in found] == sorted((s.probability for s in found), reverse=True)
    assert all(suspect.label != suspect.answer for suspect in found)


def test_hard_images_are_not_accused() -> None:
    assert suspects(judged(hard=range(60))) == []
    assert suspects(judged()) == []
    assert suspects(judged(hard=range(60), wrong=(70, 71))) == []  # two could be chance


def test_a_model_that_knows_little_is_no_judge() -> None:
    assert suspects(judged(hard=range(250), wrong=range(300, 360))) == []
    assert suspects(judged(wrong=range(60), certainty=0.6)) == []


def test_several_sets_count_together() -> None:
    parts = [judged(wrong=range(0, 20, 2), seed=seed) for seed in (1, 2)]
    assert len(suspects(*parts)) == len(suspects(parts[0])) + len(suspects(parts[1])) > 4


def test_images_without_an_answer_are_no_suspects() -> None:
    evaluation, data = judged(wrong=range(40))
    evaluation.probabilities[:10] = np.nan
    evaluation.predicted[:10] = -1
    found = suspects((evaluation, data))
    assert found and all(int(s.name.removeprefix("train image ")) >= 10 for s in found)
