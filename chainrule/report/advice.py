"""What to try next, judged from the figures of a finished run by plain thresholds.

    finding          what says so                                           at stake
    unsettled norms  batch statistics give 5 points more than running ones  the difference
                     on the same images, and the intervals are apart
    over-fitting     training accuracy 10 points above validation, and      half the gap
                     outside the interval of the latter
    more data        the same, with training images that are varied         half the gap
    no learning      the interval of the test accuracy reaches down to the  what is missing
                     share of the commonest class
    more time        validation accuracy, or training accuracy if it is     the rise
                     no further, rose by 2 points in the last quarter
    under-fitting    both accuracies below 90 %, without gap or rise        half of what is missing
    a failing class  its interval ends 20 points below the accuracy         its surplus of mistakes
    few photographs  in colors, at most 1,000 a class; validation accuracy  half of what is missing
                     below 90 %, and no trained model to begin with
    wrong labels     a tenth of the mistakes, and 3 of them, are as sure    twice their number
                     as the median right answer

What is at stake, as a share of the test images, orders them; it is a guess to sort by, not a
promise. Unsettled norms come alone: the other figures are theirs. Thresholds were chosen on digits,
MNIST and Fashion-MNIST, of which trainings that go well give none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data import NAMES
from ..data.augment.suggest import PHOTOGRAPHS
from ..metrics import wilson_interval
from ..printable import command
from ..text import percent, plural
from .measured import GAP, Measured

MOST = 3
NOTHING = "nothing stands out"
NORMS, RISE, LOW, CLASS = 0.05, 0.02, 0.90, 0.20
FRESH = 0.1  # share of their first values in running statistics, from which it matters
FEWEST = 5  # test images of a class that say something of it
MOST_WEIGHTS = 50  # classes whose weights can be read on a line
WIDTHS = {"mlp": "hidden", "convnet": "filters", "resnet": "widths", "vgg": "blocks"}
FEW_PHOTOGRAPHS = 1000  # of a class


class InRun(str):
    """A file in the folder of the run, or, as ".", that folder."""

    __slots__ = ()


@dataclass(frozen=True)
class Advice:
    """One thing to try.

    finding  what stands out, with the number that says so
    todo     what to do about it
    words    of the command that does it
    gain     share of the test images that is at stake
    files    the images in question, a line each
    """

    name: str
    finding: str
    todo: str
    words: tuple[str, ...]
    gain: float
    files: tuple[str, ...] = ()

    def command(self, folder: Path | None = None) -> str:
        """The line to paste into a shell, for a run in ``folder``; without it, for a shell that is
        in the run's folder, wherever that is."""
        words = [Path(folder or ".", w) if isinstance(w, InRun) else w for w in self.words]
        beside = ("--runs", "..") if folder is None and self.words[0] == "train" else ()
        return command("chainrule", *words, *beside)


def _train(*options: str) -> tuple[str, ...]:
    """The training of the run anew, with other settings."""
    return ("train", "--config", InRun("config.toml"), *options)


def advise(measured: Measured) -> tuple[Advice, ...]:
    """At most three, the one with most at stake first; none where nothing stands out."""
    unsettled = list(norms(measured))
    rules = (gap, learning, photographs, failing_class, labels)
    found = unsettled or [advice for rule in rules for advice in rule(measured)]
    return tuple(sorted(found, key=lambda advice: -advice.gain)[:MOST])


def norms(measured: Measured) -> Iterator[Advice]:
    """running ← m · running + (1 - m) · batch: after t steps mᵗ of the first values is in them."""
    if measured.norms is None:
        return
    batch, running, count = measured.norms
    if batch - running < NORMS or _interval(batch, count)[0] <= _interval(running, count)[1]:
        return
    steps = int((measured.column("step") or [0])[-1]) * measured.config.get("accumulate", 1)
    left = measured.momentum**steps
    said = (
        f"batch norm predicts {percent(running)} right with its running statistics, and "
        f"{percent(batch)} with those of the batch, on the same {plural(count, 'image')}"
    )
    if left > FRESH:
        todo = (
            f"train longer, or in smaller batches: after {plural(steps, 'step')} the statistics "
            f"are still {left:.0%} their first values"
        )
        enough = math.log(FRESH) / math.log(measured.momentum) if left < 1 else 2 * steps
        run = _train(*measured.longer(math.ceil(2 * enough / max(1, steps))))
    else:
        todo = "lower the learning rate: the weights move faster than the statistics follow"
        run = _train("--set", f"optimizer.lr={measured.config['optimizer']['lr'] / 3:.2g}")
    yield Advice("unsettled norms", said, todo, run, batch - running)


def gap(measured: Measured) -> Iterator[Advice]:
    trained, validated = measured.trained, measured.validated
    if not trained - validated >= GAP or trained <= _interval(validated, measured.validation)[1]:
        return
    said = (
        f"training accuracy {percent(trained)}, validation accuracy {percent(validated)}: "
        f"{100 * (trained - validated):.0f} points apart"
    )
    a_class = plural(round(float(measured.counts.mean())), "image")
    gain = (trained - validated) / 2
    if not measured.augment:
        preset = "handwriting" if measured.preset == "none" else measured.preset
        todo = f"vary the training images: {a_class} a class are learned one by one"
        run = _train("--set", f"augment.preset={preset}")
        yield Advice("over-fitting", said, todo, run, gain)
        return
    todo = f"add images, {a_class} a class are few; until then, "
    model = measured.config["model"]
    if model.get("dropout", 0.5) < 0.5:
        todo, change = f"{todo}drop out more units", "model.dropout=0.5"
    else:
        decay = max(3 * measured.config["optimizer"].get("weight_decay", 0.0), 0.01)
        todo, change = f"{todo}decay the weights more", f"optimizer.weight_decay={decay:.2g}"
    yield Advice("more data", said, todo, _train("--set", change), gain)


def learning(measured: Measured) -> Iterator[Advice]:
    """No learning, else more time, else under-fitting."""
    trained, validated, result = measured.trained, measured.validated, measured.result
    if result.interval[0] <= measured.commonest and not trained - validated >= GAP:
        said = (
            f"test accuracy {percent(result.accuracy)}, and always predicting the most frequent "
            f"class gives {percent(measured.commonest)}"
        )
        todo, words = "let the doctor look for the cause", ("doctor", InRun("."))
        yield Advice("no learning", said, todo, words, 1 - measured.commonest)
    elif min(measured.rise, missing := 1 - validated) >= RISE:
        last = "epoch" if measured.quarter == 1 else plural(measured.quarter, "epoch")
        said = f"accuracy still rose by {100 * measured.rise:.1f} points in the last {last}"
        todo = "train twice as long"
        gain = min(measured.rise, missing)
        yield Advice("more time", said, todo, _train(*measured.longer(2)), gain)
    elif max(trained, validated) < LOW and trained - validated < GAP:
        said = (
            f"training accuracy {percent(trained)}, validation accuracy {percent(validated)}: even "
            "the images it trains on are not learned"
        )
        if options := _larger(measured):
            todo, run = "train a larger model", _train(*options)
            yield Advice("under-fitting", said, todo, run, (1 - trained) / 2)


def photographs(measured: Measured) -> Iterator[Advice]:
    """Few of them are enough for a head on MobileNetV2's features: 100 a class of CIFAR-10, at
    96x96, for 68 % of 1,000 test images."""
    a_class, validated = float(measured.counts.mean()), measured.validated
    begun = (measured.config.get("pretrained") or {}).get("source")
    shown = measured.colored and measured.kind == PHOTOGRAPHS
    if begun or not shown or a_class > FEW_PHOTOGRAPHS or not validated < LOW:
        return
    said = (
        f"{plural(round(a_class), 'photograph')} a class, learned from zero to a validation "
        f"accuracy of {percent(validated)}: a net trained on 1.3 million others knows edges and "
        "parts already"
    )
    todo = "train a head on the features of a pre-trained model"
    run = ("train", *_data(measured), "--from", "mobilenet_v2", "--freeze", "body")
    yield Advice("few photographs", said, todo, run, (1 - validated) / 2)


def failing_class(measured: Measured) -> Iterator[Advice]:
    """The worst of the classes that fail."""
    answers, accuracy = measured.result.answers, measured.result.accuracy
    totals, correct = answers.totals, answers.correct
    failing = [
        i
        for i in np.flatnonzero(totals >= FEWEST).tolist()
        if wilson_interval(int(correct[i]), int(totals[i]))[1] < accuracy - CLASS
    ]
    if not failing:
        return
    lost = accuracy * totals - correct
    worst = max(failing, key=lambda i: float(lost[i]))
    name, known = measured.classes[worst], int(measured.counts[worst])
    taken = max(answers.mistakes(len(answers.counts)), key=lambda m: (m[0] == worst, m[2]))
    more = f"; and {plural(len(failing) - 1, 'class')} like it" if len(failing) > 1 else ""
    said = (
        f"{name!r}: {correct[worst]:,} of {totals[worst]:,} right "
        f"({percent(correct[worst] / totals[worst])}, all classes {percent(accuracy)}), "
        f"{taken[2]:,} taken for {measured.classes[taken[1]]!r}{more}"
    )
    usual = float(np.median(measured.counts))
    gain = float(sum(lost[i] for i in failing)) / measured.result.count
    loss = measured.config["loss"]
    unweighed = loss.get("name") == "cross-entropy" and not loss.get("class_weights")
    if known < usual / 2 and unweighed and len(totals) <= MOST_WEIGHTS:
        weights = np.clip(usual / np.maximum(measured.counts, 1), 0.1, 10)
        run = _train(
            "--set", f"loss.class_weights=[{','.join(f'{weight:.2g}' for weight in weights)}]"
        )
        todo = (
            f"add images of it, or let it weigh more: it has {known:,} to train on, a class "
            f"usually {usual:,.0f}"
        )
    else:
        todo = "see whether the two can be told apart, and are labeled alike"
        run = _audit(measured)
    yield Advice("a failing class", said, todo, run, gain)


def labels(measured: Measured) -> Iterator[Advice]:
    suspects = measured.suspects
    if not suspects:
        return
    share = min(1.0, 2 * len(suspects) / measured.looked_at)
    said = (
        f"{len(suspects):,} of {plural(measured.looked_at, 'image')} that were not trained on look "
        "like another class, as surely as others like their own: about "
        f"{percent(share)} of the labels may be wrong"
    )
    todo = "look at them, give those that are wrong their right class, and train again"
    files = tuple(map(str, suspects))
    yield Advice("wrong labels", said, todo, _train(), share, files)


def _interval(share: float, count: int) -> tuple[float, float]:
    return (math.nan, math.nan) if share != share else wilson_interval(round(share * count), count)


def _audit(measured: Measured) -> tuple[str, ...]:
    return ("data", "audit", *_data(measured), "--html", "audit.html")


def _data(measured: Measured) -> tuple[str, ...]:
    """The words that name the data, and where they lie."""
    data, place = str(measured.config["data"]), measured.config.get("data_dir")
    return (data, "--data-dir", str(place)) if place and data in NAMES else (data,)


def _larger(measured: Measured) -> tuple[str, ...]:
    """The options of a larger model; none for a kind that is not known."""
    model = measured.config["model"]
    if model.get("name") == "mlp" and measured.colored:
        return "--model", "convnet"
    key = WIDTHS.get(model.get("name"), "")
    return ("--set", f"model.{key}={_doubled(model[key])}") if model.get(key) else ()


def _doubled(sizes: Any) -> str:
    if isinstance(sizes, (list, tuple)):
        return f"[{','.join(map(_doubled, sizes))}]"
    return str(2 * sizes)
