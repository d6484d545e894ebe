"""When a server is left and when it is given up, by a clock that the test turns."""

import pytest

from chainrule.data.fetching.pace import (
    CRAWL,
    PATIENCE,
    SLOW,
    SOON,
    WINDOW,
    Crawling,
    Pace,
    TooSlow,
    in_words,
)

MUCH = 10**9


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def run(speed, *, total=MUCH, windows=10, have=0, **options):
    """Told every second of a server that sends ``speed`` bytes in it."""
    clock = Clock()
    pace = Pace(have, clock=clock, **options)
    for second in range(1, int(windows * WINDOW) + 1):
        clock.now += 1
        pace.told(have + speed * second, total)


def test_a_fast_one_is_kept_in_silence():
    said = []
    for leave in (False, True):
        run(SLOW, leave=leave, warn=said.append)
    assert not said


def test_a_slow_one_is_left_with_its_speed_and_the_time_left():
    with pytest.raises(TooSlow, match=r"^60 kB/s, about 47 minutes left$") as caught:
        run(60_000, total=170_000_000, leave=True)
    assert caught.value.speed == 60_000


def test_a_slow_one_is_kept_if_there_is_no_other_and_said_once():
    said = []
    run(60_000, total=170_000_000, warn=said.append)
    assert said == ["60 kB/s, about 47 minutes left"]


def test_a_file_that_is_nearly_there_is_waited_for():
    speed = SLOW / 2
    run(speed, total=speed * (WINDOW + SOON), windows=1, leave=True)
    with pytest.raises(TooSlow):
        run(speed, total=speed * (WINDOW + SOON) + speed, windows=1, leave=True)


@pytest.mark.parametrize("speed", [1, 0, CRAWL - 1])
@pytest.mark.parametrize("total", [MUCH, None])
def test_a_crawling_one_is_given_up(speed, total):
    with pytest.raises(Crawling, match="sends only"):
        run(speed, total=total)
    with pytest.raises(TooSlow):
        run(speed, total=total, leave=True)


def test_one_that_slows_down_is_left():
    clock = Clock()
    pace = Pace(0, leave=True, clock=clock)
    clock.now += WINDOW
    pace.told(int(SLOW * WINDOW), MUCH)
    clock.now += WINDOW
    with pytest.raises(TooSlow):
        pace.told(int(SLOW * WINDOW) + 1, MUCH)


def test_one_that_starts_over_again_and_again_has_no_speed():
    clock = Clock()
    pace = Pace(1000, clock=clock)
    with pytest.raises(Crawling, match="0 B/s"):
        for _ in range(10):
            clock.now += PATIENCE / 4
            pace.told(10, MUCH)
            pace.told(9, MUCH)


def test_one_that_cannot_continue_a_part_is_measured_from_its_start():
    clock, said = Clock(), []
    pace = Pace(10**8, warn=said.append, clock=clock)
    pace.told(0, 170_000_000)
    for second in range(1, int(3 * PATIENCE)):
        clock.now += 1
        pace.told(60_000 * second, 170_000_000)
    assert said == ["60 kB/s, about 47 minutes left"]


def test_one_stall_of_the_only_server_is_forgiven():
    clock = Clock()
    pace = Pace(0, clock=clock)
    have = 0
    for second in range(int(3 * PATIENCE)):
        clock.now += 1
        have += 100_000 if second % 100 > 35 else 0
        pace.told(have, MUCH)
    assert have > CRAWL * 3 * PATIENCE / 2
    with pytest.raises(Crawling):  # one that does not end is not
        for _ in range(int(2 * PATIENCE)):
            clock.now += 1
            pace.told(have, MUCH)


@pytest.mark.parametrize(
    ("speed", "left", "words"),
    [
        (1, None, "1 B/s"),
        (85_400, 12, "85 kB/s, about 12 seconds left"),
        (85_400, 80, "85 kB/s, about a minute left"),
        (50_000, 3000, "50 kB/s, about 50 minutes left"),
        (10_000, 17_000, "10 kB/s, about 5 hours left"),
    ],
)
def test_words(speed, left, words):
    assert in_words(speed, left) == words
