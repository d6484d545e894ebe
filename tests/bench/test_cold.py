from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from chainrule.bench.cold import cold
from chainrule.bench.frameworks import FRAMEWORKS, OURS, Framework
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions
from chainrule.bench.timing import Setup

from . import programs


@dataclass(frozen=True)
class Witness(Framework):
    """Tells where its caches are."""

    file: Path = Path()

    def setup(self, net, batch_size, threads, **how):
        return Setup(functools.partial(programs.environment, self.file), first=how["first"])


def test_each_starts_with_caches_of_its_own(tmp_path):
    witness = Witness("witness", "", "", "", (), file=tmp_path / "seen")
    ghost = Framework("ghost", "", "", "", ("no_such_package",))
    options = BenchOptions([], [witness, ghost], batch_size=2)
    rows = cold(NETS["mlp"], options, [].append)
    assert set(rows) == {"witness"}
    assert rows["witness"]["start_s"] >= rows["witness"]["compile_s"] >= 0
    cache = Path((tmp_path / "seen").read_text().split()[0])
    assert not cache.exists()  # it was temporary
    assert cache != Path()


def test_ours_can_be_asked():
    assert FRAMEWORKS[OURS].missing is None
