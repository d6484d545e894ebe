"""The models that ``chainrule evaluate`` is asked to measure side by side, and what they share."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..printable import command
from .arguments import find_model, open_run, run_folder

if TYPE_CHECKING:
    from ..config import Config
    from ..data.dataset import Dataset
    from ..experiment.held_out import HeldOut, Loading
    from ..layers.base import Layer
    from ..training.run import Run


@dataclass(frozen=True)
class Member:
    """A model, what to call it, its file, and the run that it is of."""

    name: str
    model: Layer
    file: Path
    run: Run | None


@dataclass(frozen=True)
class Held:
    """Which images are held back from whom. ``common`` from all of them; ``missing`` says of whom
    none are known, and why."""

    own: dict[str, HeldOut] = field(default_factory=dict)
    common: HeldOut | None = None
    missing: tuple[str, ...] = ()


def words(names: Sequence[str], runs: Path) -> tuple[list[str], str | None]:
    """(runs and model files, data) of the words after the command: the last may name data.

    InputError where data stand before a run, and for a word that is neither.
    """
    members, data = [names[0]], None
    for name in names[1:]:
        if data is not None:
            raise InputError(f"DATA: expected data as the last word, received {data} before {name}")
        if _is_member(name, runs):
            members.append(name)
        elif _is_data(name):
            data = name
        else:
            there = sorted(path.name for path in runs.iterdir()) if runs.is_dir() else []
            near = difflib.get_close_matches(name[:255], there, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(
                f"OTHERS: expected runs or model files, and data, received {name!r}, which is no "
                f"run in {runs}, no data set, and there is no folder or file {name}{hint}"
            )
    return members, data


def _is_data(name: str) -> bool:
    from ..data import NAMES

    return name in NAMES or bool(name and os.path.exists(os.path.expanduser(name)))


def _is_member(name: str, runs: Path) -> bool:
    from ..data import NAMES

    path = os.path.expanduser(name)
    if name.endswith(".safetensors") and os.path.isfile(path):
        return True
    if name in NAMES and not (runs / name).is_dir():
        return False
    return run_folder(name, runs) is not None


def load(names: Sequence[str], runs: Path) -> list[Member]:
    """The best model of each run, and the model in each file. InputError for the same one twice."""
    found: list[Member] = []
    seen: dict[Path, str] = {}
    for name in names:
        model, file, run = find_model(name, runs)
        place = file.resolve()
        if place in seen:
            raise InputError(f"RUN: expected each model once, received {seen[place]} and {name}")
        seen[place] = name
        found.append(Member(_called(name), model, file, run))
    called = [member.name for member in found]
    return [
        member
        if called.count(member.name) == 1 and member.name != "ensemble"
        else replace(member, name=str(member.file))
        for member in found
    ]


def move(members: Sequence[Member], device: str | None) -> None:
    """Bring the models to the ``device`` of --device; None leaves them. InputError if it is not
    there."""
    if device is not None:
        for member in members:
            member.model.to(device)


def snapshots(name: str, runs: Path) -> list[Member]:
    """The models of a run's snapshot ensemble. InputError if it has none."""
    from ..ensemble.combining import model_files
    from ..saving import load as read

    run = open_run(name, runs)
    return [Member(file.stem, read(file), file, run) for file in model_files(run.snapshots)]


def _called(name: str) -> str:
    path = Path(os.path.expanduser(name))
    return path.resolve().name if path.exists() and path.is_dir() else name


def expect_one_kind(members: Sequence[Member]) -> None:
    """InputError, naming two of them, unless all are for the same images and classes."""
    from ..data.matching import places

    first = members[0]
    for member in members:
        if member.model.signature is None:
            raise InputError(f"{member.file} does not say which images and classes it is for")
    one = first.model.signature
    for member in members[1:]:
        other = member.model.signature
        assert one is not None and other is not None
        if (one.image_shape, one.resize) != (other.image_shape, other.resize):
            raise InputError(
                f"RUN: expected models for the same images, received {first.name} for "
                f"{one.image_shape}, {one.resize}, and {member.name} for {other.image_shape}, "
                f"{other.resize}"
            )
        try:
            places(one.classes, other.classes, member.name)
        except InputError as error:
            raise InputError(f"{error}; {first.name} is the model") from None


def expect_same_tests(
    members: Sequence[Member], tests: Dataset, data_dir: Path | None, loading: Loading
) -> None:
    """InputError unless the runs of all members were kept from the same test images."""
    from ..experiment.inputs import relocated

    first = configuration(members[0])
    assert first is not None
    for member in members[1:]:
        config = configuration(member)
        if config is None:
            raise InputError(
                f"{member.file} lies in no run, so it is unknown what it was trained on: name the "
                f"data to measure all on, as in: {command('chainrule', 'evaluate')} RUN RUN DATA"
            )
        if loading(relocated(config, data_dir)).test.sha256 != tests.sha256:
            raise InputError(
                f"RUN: expected runs with the same test images, received {members[0].name} on "
                f"{first.data} and {member.name} on {config.data}; name the DATA to measure all on"
            )


def configuration(member: Member) -> Config | None:
    """How the member was trained, if it lies in a run."""
    from .. import config

    return None if member.run is None else config.load(member.run.config, by_run=True)


def held_back(members: Sequence[Member], data_dir: Path | None, loading: Loading) -> Held:
    """The validation images of each member's run, and those that no member learned from."""
    from ..experiment.held_out import held_out, in_common

    own: dict[str, HeldOut] = {}
    missing = []
    for member in members:
        config = configuration(member)
        if config is None or member.run is None:
            missing.append(f"{member.name} lies in no run")
            continue
        try:
            own[member.name] = held_out(member.run, config, data_dir, loading)
        except InputError as error:
            missing.append(str(error))
    common = in_common(list(own.values())) if own and not missing else None
    return Held(own, common, tuple(missing))
