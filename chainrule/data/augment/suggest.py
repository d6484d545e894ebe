"""Which changes leave an image what it is, told from the images and the names of their classes."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from ..dataset import Dataset

SAMPLE = 256  # images are looked at
TWO_TONE = 0.8  # of the pixels within NEAR of the darkest or the lightest: written or drawn
NEAR = 32
GROUND = 0.6  # of the pixels on the rim: 0.79 of the 8x8 digits, 0.08 of gray CIFAR-10
PHOTOGRAPHS = "photographs"
_DIGITS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
_MIRRORED = {"left", "right", "clockwise", "counterclockwise", "anticlockwise", "mirrored"}


def suggest(dataset: Dataset) -> tuple[str, str]:
    """(name of a preset, the kind of images): what training images may be changed by.

    Photographs are cropped and flipped. Digits and letters are not, whether their classes are
    called so or the images are of two tones, nor is anything whose classes differ by a side.

    >>> from chainrule.data import digits
    >>> suggest(digits()[0])
    ('none', 'digits or letters')
    """
    if _are_characters(dataset.classes):
        return "none", "digits or letters"
    if any(_MIRRORED & {*_words(name)} for name in dataset.classes):
        return "none", "classes that a mirror image would change"
    if _is_written(dataset):
        return "none", "writing or drawings"
    return "crop-flip", PHOTOGRAPHS


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name.casefold())


def _are_characters(classes: tuple[str, ...]) -> bool:
    """Whether half of the classes are called by one letter, a number, or a number's word."""
    return 2 * sum(map(_is_character, classes)) >= len(classes)


def _is_character(name: str) -> bool:
    word, *others = _words(name) or [name]
    letter = len(word) == 1 and not unicodedata.name(word, "").startswith("CJK")  # those are words
    return not others and (letter or word.isdigit() or word in _DIGITS)


def _is_written(dataset: Dataset) -> bool:
    """Whether nearly all pixels are as dark as the darkest or as light as the lightest, or the
    images are gray and their rims are of one such tone: paper, or a dark ground."""
    chosen = np.linspace(0, len(dataset) - 1, min(SAMPLE, len(dataset))).astype(np.int64)
    images = np.asarray(dataset.images[chosen])
    dark = images <= int(images.min()) + NEAR
    light = images >= int(images.max()) - NEAR
    if float((dark | light).mean()) >= TWO_TONE:
        return True
    gray = bool((np.ptp(images, axis=3) <= NEAR).all())
    inner = np.s_[:, 1:-1, 1:-1]
    rims = (
        float(tone.sum() - tone[inner].sum()) / (tone.size - tone[inner].size)
        for tone in (dark, light)
    )
    return gray and max(rims) >= GROUND
