"""chainrule classic"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError, did_you_mean
from ..printable import printable
from ..text import duration, percent, plural
from . import choices
from .arguments import AsJson, DataDir
from .show import announced, say, say_json, table

if TYPE_CHECKING:
    from ..classic.choice import KNNChoice
    from ..classic.estimator import Classifier
    from ..classic.measuring import Measurement
    from ..data.dataset import Dataset

METHODS = {
    "knn": "k nearest neighbors",
    "svm": "linear multi-class SVM",
    "softmax": "softmax regression",
    "random": "random search of linear weights, beside gradient descent",
}
OPTIONS = {
    "knn": {"--k", "--distance", "--folds"},
    "svm": {"--reg", "--lr", "--epochs"},
    "softmax": {"--reg", "--lr", "--epochs"},
    "random": {"--draws", "--epochs"},
}


def classic(
    method: Annotated[
        str,
        Parameter(
            name="METHOD",
            help=f"{', '.join(METHODS)}.",
            completer=choices.words(lambda: METHODS),
        ),
    ],
    data: Annotated[
        str,
        Parameter(
            name="DATA",
            help="A folder, a .csv file, or mnist, cifar10 …",
            completer=choices.DATA,
        ),
    ] = "digits",
    /,
    *,
    k: Annotated[
        int | None, Parameter(help="Of knn: neighbors that vote; else chosen by validation.")
    ] = None,
    distance: Annotated[
        str | None, Parameter(help="Of knn: L1 or L2; else chosen by validation.")
    ] = None,
    folds: Annotated[
        int | None, Parameter(help="Of knn: choose by so many folds, not one part held back.")
    ] = None,
    reg: Annotated[float | None, Parameter(help="Of svm and softmax: ½ reg Σ W² is added.")] = None,
    lr: Annotated[float | None, Parameter(help="Of svm and softmax: learning rate.")] = None,
    epochs: Annotated[int | None, Parameter(help="Of svm, softmax and random.")] = None,
    draws: Annotated[int | None, Parameter(help="Of random: weights that are drawn.")] = None,
    train_images: Annotated[
        int | None, Parameter(help="Learn from so many images, drawn by class; else all.")
    ] = None,
    test_images: Annotated[
        int | None, Parameter(help="Measure on so many images, drawn by class; else all.")
    ] = None,
    seed: Annotated[int, Parameter(help="Of all that is drawn.")] = 0,
    out: Annotated[
        Path | None,
        Parameter(
            help="Draw k with error bars (knn), templates (svm, softmax), or both curves (random) "
            "to this .png, .svg or .pdf."
        ),
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Classify images as before deep nets, and measure that on the test images of DATA.

    METHOD is knn, k nearest neighbors, whose k and distance are chosen by validation unless both
    are given; svm or softmax, a linear classifier trained by gradient descent; or random, the best
    of many random linear classifiers, beside softmax by gradient descent.
    """
    from .. import classic as package
    from .. import data as sets
    from .. import plotting, require
    from ..classic.measuring import measure, some

    given = {
        name: value
        for name, value in (
            ("--k", k), ("--distance", distance), ("--folds", folds), ("--reg", reg), ("--lr", lr),
            ("--epochs", epochs), ("--draws", draws),
        )
        if value is not None
    }  # fmt: skip
    _check(method, given, out)
    require.integer(0, **{"--seed": seed})
    if out is not None:
        plotting.expect_drawable(out)
    train, test = sets.load(data, data_dir)
    train = some(train, train_images, seed, "--train-images")
    test = some(test, test_images, seed, "--test-images")
    if k is not None and k > len(train):
        raise InputError(f"--k: expected at most {len(train):,}, the training images, received {k}")
    if not json:
        counts = f"{plural(len(train), 'training image')}, {plural(len(test), 'test image')}"
        kinds = plural(len(train.classes), "class")
        say(f"{METHODS[method]} on {printable(train.name)}: {counts}, {kinds}")
    choice = None
    classifiers: dict[str, Classifier] = {}
    if method == "knn":
        if k is None or distance is None:
            choice = announced(package.choose)(
                train.images, train.labels,
                ks=None if k is None else [k],
                distances=("L2", "L1") if distance is None else (distance,),
                folds=folds, random_state=seed,
            )  # fmt: skip
            k, distance = choice.best.k, choice.best.distance
            if not json:
                _print_choice(choice)
        classifiers["knn"] = package.KNN(k, distance=distance)
    elif method == "random":
        classifiers["random search"] = package.RandomSearch(draws or 1000, random_state=seed)
        classifiers["gradient descent"] = package.SoftmaxRegression(
            epochs=epochs or 10, random_state=seed
        )
    else:
        kind = {"svm": package.LinearSVM, "softmax": package.SoftmaxRegression}[method]
        options: dict[str, Any] = {name.removeprefix("--"): each for name, each in given.items()}
        classifiers[method] = kind(**options, random_state=seed)
    measured = {name: announced(measure)(each, train, test) for name, each in classifiers.items()}
    if json:
        say_json(_document(train, test, classifiers, measured, choice))
    else:
        _print(measured, classifiers)
    if out is not None:
        written = plotting.write(_figure(choice, classifiers, train), out)
        if not json:
            say(f"figure {printable(written)}")


def _check(method: str, given: dict[str, Any], out: Path | None) -> None:
    """InputError for a method that there is not, and for options that are not of it."""
    from .. import require

    if method not in METHODS:
        raise InputError(f"METHOD: unknown method {method!r}{did_you_mean(method, METHODS)}")
    for name in given:
        if name not in OPTIONS[method]:
            of = " or ".join(each for each, names in OPTIONS.items() if name in names)
            raise InputError(f"{name}: expected beside {of}, received beside {method}")
    for name in ("--k", "--epochs", "--draws"):
        if name in given:
            require.integer(1, **{name: given[name]})
    if "--distance" in given:
        require.one_of("L1", "L2", **{"--distance": given["--distance"]})
    if "--folds" in given:
        require.integer(2, **{"--folds": given["--folds"]})
    if "--reg" in given:
        require.not_negative(**{"--reg": given["--reg"]})
    if "--lr" in given:
        require.positive(**{"--lr": given["--lr"]})
    if method == "knn" and {"--k", "--distance"} <= given.keys():
        for name, value in (("--folds", given.get("--folds")), ("--out", out)):
            if value is not None:
                raise InputError(
                    f"{name}: expected where k or the distance is chosen; leave out --k or "
                    "--distance"
                )


def _print_choice(choice: KNNChoice) -> None:
    header, *rows = choice.rows()
    table(header, rows, right={1, 2, 3, 4})
    best = choice.best
    say(f"chosen by {choice.said}: k = {best.k}, {best.distance}")


def _print(measured: dict[str, Measurement], classifiers: dict[str, Classifier]) -> None:
    for name, each in measured.items():
        low, high = each.interval
        before = f"{name}: " if len(measured) > 1 else ""
        say(
            f"{before}test accuracy {percent(each.accuracy, 2)} (95% interval {percent(low, 2)} to "
            f"{percent(high, 2)}), {plural(len(each.predicted), 'image')}"
        )
        say(
            f"{before}{classifiers[name]!r}: fitted in {duration(each.fit_seconds)}, "
            f"predicted in {duration(each.predict_seconds)}"
        )


def _document(
    train: Dataset,
    test: Dataset,
    classifiers: dict[str, Classifier],
    measured: dict[str, Measurement],
    choice: KNNChoice | None,
) -> dict[str, Any]:
    """All that is printed, as JSON values; shares are of 0..1."""
    found: dict[str, Any] = {
        "data": train.name,
        "training_images": len(train),
        "test_images": len(test),
        "classes": list(train.classes),
        "classifiers": [
            {
                "name": name,
                "parameters": classifiers[name].get_params(),
                "accuracy": each.accuracy,
                "accuracy_interval": list(each.interval),
                "fit_seconds": each.fit_seconds,
                "predict_seconds": each.predict_seconds,
            }
            for name, each in measured.items()
        ],
    }
    if choice is not None:
        found["choice"] = {
            "by": choice.said,
            "trials": [
                {
                    "distance": trial.distance,
                    "k": trial.k,
                    "accuracy": trial.accuracy,
                    "accuracies": list(trial.accuracies),
                    "accuracy_interval": list(trial.interval),
                }
                for trial in choice.trials
            ],
        }
    return found


def _figure(choice: KNNChoice | None, classifiers: dict[str, Classifier], train: Dataset) -> Any:
    """What --out draws."""
    from ..classic import figures
    from ..classic.linear import Descent
    from ..classic.scores import LinearClassifier

    if choice is not None:
        return choice.plot()
    *others, last = classifiers.values()
    assert isinstance(last, LinearClassifier)
    if others:
        (search,) = others
        assert isinstance(search, LinearClassifier)
        assert isinstance(last, Descent)
        return figures.descent(search.accuracy_curve_, last.accuracy_curve_)
    names = [train.classes[number] for number in last.classes_.tolist()]
    return figures.templates(last.templates_, names)
