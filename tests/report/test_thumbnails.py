from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chainrule.report.thumbnails import random_images, worst_mistakes


def test_random_images_depend_on_the_seed_alone(tested):
    evaluation, test = tested()
    first = random_images(evaluation, test, 0)
    assert first == random_images(evaluation, test, 0)
    assert first != random_images(evaluation, test, 1)
    assert first.count("<img ") == 10
    shown = re.findall(r"image (\d+): ", first)
    assert len(set(shown)) == len(shown) // 2 == 10  # in alt and title, none drawn twice


def test_a_small_test_set_is_shown_whole(tested):
    assert random_images(*tested(n=4), 0).count("<img ") == 4


def test_a_card_says_class_probability_and_verdict(tested):
    evaluation, test = tested(k=2, n=2, skill=0)
    p = np.array([[0.75, 0.25], [0.875, 0.125]])
    html = random_images(replace(evaluation, probabilities=p), test, 0)
    assert 'alt="image 0: class 0, predicted class 0 75.0%"' in html
    assert 'alt="image 1: class 1, predicted class 0 87.5%"' in html
    assert html.count('class="image right"') == html.count('class="image wrong"') == 1
    assert "<b>87.5%</b> is class 1" in html


def test_worst_mistakes_are_the_surest_first(tested):
    evaluation, test = tested(skill=0.5)
    predicted, p = evaluation.predicted, evaluation.probabilities.max(axis=1)
    wrong = [n for n in np.argsort(-p) if predicted[n] != test.labels[n]]
    shown = re.findall(r'alt="image (\d+):', worst_mistakes(evaluation, test))
    assert list(map(int, shown)) == wrong[:10]


def test_no_mistakes_no_gallery(tested):
    assert worst_mistakes(*tested(skill=50)) is None


def test_an_image_without_an_answer(tested):
    evaluation, test = tested(k=2, n=2)
    lost = replace(evaluation, probabilities=np.full((2, 2), np.nan))
    assert random_images(lost, test, 0).count("no answer") == 6
    assert worst_mistakes(lost, test) is None
