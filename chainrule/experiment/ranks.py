"""One experiment on several ranks: the same on all of them, and written by one.

Rank 0 has the folder of the run. The others keep a copy of the few files that a training reads in a
temporary folder, so that nothing but rank 0 must see the run's disk, and no two write to one file.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec

from .. import config as configuration
from .. import machine
from ..config import Config
from ..data.splits import Split
from ..distributed.agreement import code_digest, expect_alike
from ..distributed.group import Group
from ..distributed.replica import Replica
from ..training.run import Run
from .inputs import relocated
from .preparation import FREE, Experiment, prepare

SAME = "every rank must run the same program"
COPIED = ("config", "split", "pretrained", "model")
"""What another rank needs of a run that goes on, beside its newest checkpoint and snapshots."""


def prepare_together(
    group: Group, config: Config, split: Split | None = None, run: Run | None = None
) -> Experiment:
    """`prepare` on every rank: on rank 0 first, which may fetch data, choose what is "auto" by the
    clock, and fill caches; then on the others, with what it has chosen.

    InputError, on every rank, where one has other code, settings or data, or fails.
    """
    if group.size == 1:
        return prepare(config, split, run)
    expect_alike(group, {"chainrule": code_digest(), **machine.versions()}, SAME)
    expect_alike(group, _settings(config), "give every rank the same configuration")
    first = group.together(lambda: prepare(config, split, run) if group.leads else None)
    chosen = _in_json(first.config if first else config)
    resolved = msgspec.convert(_as_rank_0(group.share(chosen), config), Config)
    experiment = first or group.together(lambda: prepare(resolved, split, run))
    if first is not None:
        group.together(lambda: first)  # which the others have come to now
    facts = {
        "the training data": experiment.split.sha256,
        "the test data": experiment.test.sha256,
        "what is kept for validation": _digest(experiment.validation.labels.tobytes()),
    }
    expect_alike(group, facts, "give every rank the same data")
    settings = experiment.config
    replica = Replica(group, experiment.model, settings.accumulate, joint=settings.sync_batch_norm)
    replica.expect_enough(settings.batch_size)
    return experiment


def reopen_together(
    group: Group, run: Run, data_dir: Path | None = None, device: str | None = None
) -> Experiment:
    """`reopen` on every rank: each has the files of ``run``, its own or a copy."""
    config = relocated(configuration.load(run.config, by_run=True), data_dir, device)
    return prepare_together(group, config, Split.load(run.split), run)


@contextmanager
def new_run(run: Run | None) -> Iterator[Run]:
    """The new ``run`` on rank 0; on another rank one in a temporary folder, which goes with it."""
    with _folder(run) as folder:
        yield run or Run.create(Path(folder, "run"))


@contextmanager
def copied_run(group: Group, run: Run | None) -> Iterator[Run]:
    """The ``run`` of rank 0 there, and on another rank a copy of what a resume reads of it."""
    files = _read(run) if run else {}
    with _folder(run) as folder:
        own = run or Run.create(Path(folder, "run"))
        _hand_on(group, own, files)
        yield own


def hand_on_checkpoint(group: Group, run: Run) -> None:
    """Give every rank the newest checkpoint of rank 0."""
    if group.size > 1:
        path = run.checkpoint if group.leads else None
        _hand_on(group, run, {f"{run.checkpoints.name}/{path.name}": path} if path else {})


def _hand_on(group: Group, run: Run, files: dict[str, Path]) -> None:
    """Copy files of rank 0, by their path in a run, into the run of each other rank."""
    for name in group.share(sorted(files)):
        data = group.share_bytes(files[name].read_bytes() if group.leads else b"")
        if not group.leads:
            path = run.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _read(run: Run) -> dict[str, Path]:
    paths = [getattr(run, name) for name in COPIED]
    if run.snapshots.is_dir():
        paths += sorted(run.snapshots.glob("*.safetensors"))
    return {path.relative_to(run.folder).as_posix(): path for path in paths if path.is_file()}


def _folder(run: Run | None) -> Any:
    return nullcontext("") if run else tempfile.TemporaryDirectory(prefix="chainrule-rank-")


def _in_json(config: Config) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(config))
    return made


def _as_rank_0(chosen: dict[str, Any], config: Config) -> dict[str, Any]:
    """What rank 0 chose, with where the data lie on this host."""
    return {**chosen, "data": config.data, "data_dir": config.data_dir}


def _settings(config: Config) -> dict[str, Any]:
    """Every setting that counts, by its name."""
    return {key: value for key, value in _in_json(config).items() if key not in FREE}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
