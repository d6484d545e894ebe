"""What ``chainrule evaluate`` says of several models, and of how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..printable import printable
from ..text import percent, plural
from .arguments import Views
from .measuring import document, measured_on, show_classes, show_result
from .members import Held, Member, expect_one_kind, expect_same_tests, held_back
from .show import announced, say, say_json, table

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..ensemble import EnsembleReport, Scored, Soup
    from ..ensemble.combining import Average

MOST_PAIRS = 15  # rows of McNemar's test; of more models, each is compared with the ensemble
FEW = 10  # wrong answers to validation images by which a temperature is only a guess


def report(
    found: Sequence[Member],
    place: str | None,
    *,
    average: Average,
    tta: Views | None,
    soup: bool,
    save_soup: Path | None,
    out: Path | None,
    top: int | None,
    json: bool,
    data_dir: Path | None,
    runs: Path,
) -> None:
    """Members, ensemble, soups, disagreement, calibration and McNemar's test of any two."""
    from .. import metrics
    from ..ensemble import compare_members, with_views
    from ..experiment.held_out import Loading

    expect_one_kind(found)
    measured = measured_on(found, place, data_dir, runs)
    images, loading = measured.images, Loading()
    if place is None:
        expect_same_tests(found, images, data_dir, loading)
    held = held_back(found, data_dir, loading)
    soups = announced(_soups)(found, held) if soup else {}
    single = len(found) == 1
    compared = announced(compare_members)(
        {each.name: with_views(each.model, tta) for each in found},
        images,
        average=average,
        validation=_validation(found, held, soups),
        others={name: with_views(each.model, tta) for name, each in soups.items()},
    )
    evaluation = compared.ensemble.evaluation
    scores = metrics.precision_recall_f1(images.labels, evaluation.predicted, len(images.classes))
    said = document(measured, evaluation, scores, top, tta)
    said |= _document(compared, soups, single)
    notes = _notes(held, compared, single)
    said["notes"] += notes
    if json:
        say_json(said)
    else:
        if not single:
            say(f"ensemble of {plural(len(found), 'model')}, mean of {average}")
        show_result(measured, evaluation, said.get("top_k"))
        for note in notes:
            say(f"note: {printable(note)}")
        _print(compared, soups, single)
        say()
        show_classes(measured, scores)
    if save_soup is not None:
        from ..saving import save

        save(soups["soup, greedy"].model, save_soup)
        if not json:
            say(f"model {printable(save_soup)}")
    if out is not None:
        _draw(compared, single, out)
        if not json:
            say(f"figure {printable(out)}")


def _soups(found: Sequence[Member], held: Held) -> dict[str, Soup]:
    """The uniform and the greedy soup, by name."""
    from ..ensemble import greedy_soup, uniform_soup
    from ..ensemble.soup import expect_alike

    models = [each.model for each in found]
    expect_alike(models, [each.name for each in found])
    if held.common is None:
        why = f": {'; '.join(held.missing)}" if held.missing else ""
        raise InputError(
            "--soup: expected validation images that none of the models was trained on, received "
            f"none{why or ', since the runs kept different ones'}; train with the same --set seed "
            "and validation, or take the snapshots of one run with --ensemble"
        )
    train, validation = held.common.train, held.common.validation
    return {
        "soup, uniform": uniform_soup(models, train),
        "soup, greedy": greedy_soup(models, validation, train),
    }


def _validation(found: Sequence[Member], held: Held, soups: dict[str, Soup]) -> dict[str, Dataset]:
    """The images that the temperature of each is fitted on, by name."""
    known = {name: each.validation for name, each in held.own.items()}
    if held.common is not None:
        common = held.common.validation
        same = [
            name for name, each in known.items() if len(each) == len(common)
        ]  # the same images, which are asked about once
        known |= dict.fromkeys([*same, "ensemble", *soups], common)
    return known


def _notes(held: Held, compared: EnsembleReport, single: bool) -> list[str]:
    """Why a temperature is missing, or a guess."""
    notes = [f"no temperature: {reason}" for reason in held.missing]
    rows = [each for each in compared.rows() if each.validation]
    if single:
        rows = rows[:1]
    elif not held.missing and compared.ensemble not in rows:
        notes.append(
            "no temperature for the ensemble: there is no image that all runs kept for validation"
        )
    for said, chosen in (
        ("no temperature where all validation images are answered right", (0, 1)),
        (f"temperatures by fewer than {FEW} wrong answers are a guess", (1, FEW)),
    ):
        names = [
            f"{each.name} ({each.mistakes:,} of {each.validation:,})"
            for each in rows
            if chosen[0] <= each.mistakes < chosen[1]
        ]
        if names:
            notes.append(f"{said}: {', '.join(names)}")
    return notes


def _print(compared: EnsembleReport, soups: dict[str, Soup], single: bool) -> None:
    header, *rows = compared.table()
    if single:
        rows = rows[:1]
    say()
    table(header, rows, right=range(1, 8))
    fitted = [each.validation for each in compared.rows() if each.temperature is not None]
    if fitted:
        fewest, most = min(fitted), max(fitted)
        counts = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
        say(f"temperatures by {counts} validation images; ECE over 15 bins")
    for name, each in soups.items():
        members = ", ".join(compared.members[i].name for i in each.members)
        say(f"{name}: {plural(len(each.members), 'model')}, {printable(members)}")
    if single:
        return
    say()
    say(
        f"disagreement: two members say different classes for "
        f"{percent(compared.mean_disagreement, 2)} of the images on average; not all say the same "
        f"for {percent(compared.split, 2)}"
    )
    pairs = compared.pairs
    if len(pairs) > MOST_PAIRS:
        pairs = tuple(pair for pair in pairs if "ensemble" in (pair.first, pair.second))
    say()
    table(
        ("McNemar's test", "only first right", "only second", "p", "p, Holm"),
        [
            (
                f"{pair.first} – {pair.second}",
                f"{pair.test.only_first:,}",
                f"{pair.test.only_second:,}",
                f"{pair.test.p_value:.2g}",
                f"{pair.adjusted:.2g}",
            )
            for pair in pairs
        ],
        right=range(1, 5),
    )


def _document(compared: EnsembleReport, soups: dict[str, Soup], single: bool) -> dict[str, Any]:
    """What is said of all models, as JSON values."""
    said: dict[str, Any] = {"calibration": _scored(compared.ensemble)["calibration"]}
    if single:
        return said
    names = [each.name for each in compared.members]
    said |= {
        "average": compared.average,
        "members": [_scored(each) for each in compared.members],
        "disagreement": {
            "mean": compared.mean_disagreement,
            "any": compared.split,
            "pairs": [
                {"first": names[i], "second": names[j], "share": float(compared.disagreement[i, j])}
                for i in range(len(names))
                for j in range(i + 1, len(names))
            ],
        },
        "mcnemar": [
            {"first": pair.first, "second": pair.second, **asdict(pair.test)}
            | {"adjusted": pair.adjusted}
            for pair in compared.pairs
        ],
    }
    if soups:
        said["soups"] = [
            _scored(each) | {"of": [names[i] for i in soups[each.name].members]}
            for each in compared.others
        ]
    return said


def _scored(each: Scored) -> dict[str, Any]:
    calibration: dict[str, Any] = {"error": each.reliability.error, "temperature": None}
    if each.temperature is not None and each.cooled and each.calibrated:
        calibration |= {
            "temperature": each.temperature,
            "validation_images": each.validation,
            "validation_mistakes": each.mistakes,
            "error_with_temperature": each.calibrated.error,
            "loss_with_temperature": each.cooled.loss,
        }
    return {
        "name": each.name,
        "accuracy": each.evaluation.accuracy,
        "accuracy_interval": list(each.evaluation.interval),
        "loss": each.evaluation.loss,
        "calibration": calibration,
    }


def _draw(compared: EnsembleReport, single: bool, out: Path) -> None:
    """The reliability of the ensemble, or of the one model, as it is and with its temperature."""
    from ..ensemble.figures import reliability_diagram
    from ..plotting import write

    each = compared.ensemble
    name = compared.members[0].name if single else each.name
    found = {name: each.reliability}
    if each.calibrated is not None and each.temperature is not None:
        found[f"T = {each.temperature:.3g}"] = each.calibrated
    write(reliability_diagram(found), out)
