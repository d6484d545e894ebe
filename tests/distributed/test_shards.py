"""Which images of a batch are whose: every image once, whatever the number of ranks."""

import numpy as np
import pytest

from chainrule.distributed.shards import Shards
from tests.distributed.ranks import Meeting, Threads


def shards(size, **options):
    meeting = Meeting(size)
    return [Shards(Threads(meeting, rank), **options) for rank in range(size)]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 31, 32, 33])
@pytest.mark.parametrize("size", [2, 3, 4, 7])
@pytest.mark.parametrize(("accumulate", "least", "each"), [(1, 1, 1), (3, 1, 1), (2, 2, 2)])
def test_every_image_counts_once(n, size, accumulate, least, each):
    every = [s.parts(n) for s in shards(size, accumulate=accumulate, least=least, each=each)]
    counted = [part for parts in every for part in parts if part.shard.counted]
    places = np.concatenate([np.arange(part.start, part.stop) for part in counted])
    assert sorted(places.tolist()) == list(range(n))
    assert sum(part.weight for part in counted) == pytest.approx(1)
    assert all(part.weight == part.count / n for part in counted)


@pytest.mark.parametrize("n", [1, 3, 10, 33])
def test_parts_are_cut_as_a_single_process_cuts_them(n):
    alone = shards(1, accumulate=3, least=2)[0].parts(n)
    cut = [s.parts(n) for s in shards(4, accumulate=3, least=2, each=1)]
    for i, part in enumerate(alone):
        own = [parts[i] for parts in cut if parts[i].shard.counted]
        assert own[0].start == part.start and own[-1].stop == part.stop
        assert [each.shard.start for each in own] == [each.start - part.start for each in own]


def test_a_rank_without_images_computes_copies_that_do_not_count():
    parts = [s.parts(3)[0] for s in shards(4, each=2, least=2)]
    assert [(p.start, p.stop, p.shard.counted) for p in parts] == [
        (0, 3, True), (0, 2, False), (0, 2, False), (0, 2, False),
    ]  # fmt: skip
    assert [p.weight for p in parts] == [1, 0, 0, 0]


def test_places_are_those_of_the_parts():
    rank = shards(2, accumulate=2)[1]
    assert rank.places(10).tolist() == [2, 3, 4, 7, 8, 9]
