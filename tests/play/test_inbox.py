from __future__ import annotations

import io
from threading import Thread

import pytest

from chainrule.play.inbox import Inbox


def never() -> bool:
    return False


def test_a_paused_training_takes_one_step_when_told():
    inbox = Inbox()
    inbox.put("pause")
    assert list(inbox.words()) == [] and inbox.waits_for_words
    inbox.put("step")
    assert list(inbox.wait(never)) == [] and not inbox.waits_for_words
    inbox.steps_on()
    assert inbox.waits_for_words


def test_two_steps_are_two():
    inbox = Inbox()
    inbox.put("step")
    inbox.put("step")
    for _ in range(2):
        list(inbox.words())
        list(inbox.wait(never))
        assert inbox.single
        inbox.steps_on()
    assert inbox.waits_for_words


def test_rates_are_given_while_it_waits():
    inbox = Inbox()
    inbox.put("pause")
    list(inbox.words())
    rates: list[float] = []
    waiting = Thread(target=lambda: rates.extend(inbox.wait(never)))
    waiting.start()
    inbox.put("rate", 0.1)
    inbox.put("rate", "0.2")
    inbox.put("resume")
    waiting.join(30)
    assert rates == [0.1, 0.2] and not inbox.paused


def test_stop_ends_a_pause():
    inbox = Inbox()
    inbox.put("pause")
    list(inbox.words())
    inbox.put("stop")
    assert list(inbox.wait(never)) == []


def test_an_interrupted_training_does_not_wait():
    inbox = Inbox()
    inbox.put("pause")
    list(inbox.words())
    assert list(inbox.wait(lambda: True)) == []


def test_a_speed_waits_and_full_speed_does_not():
    inbox = Inbox()
    assert not inbox
    inbox.put("speed", 1000)
    list(inbox.words())
    inbox.steps_on()
    list(inbox.wait(never))
    assert inbox and inbox.speed == 1000
    inbox.put("speed", 0)
    list(inbox.words())
    assert not inbox


def test_the_end_of_the_words_is_a_stop(monkeypatch):
    interrupted = []
    monkeypatch.setattr("_thread.interrupt_main", interrupted.append)
    inbox = Inbox()
    inbox.listen(io.StringIO('["rate", 0.1]\n'))
    assert interrupted and inbox.stopping
    assert list(inbox.words()) == [0.1]


@pytest.mark.parametrize("word", ["pause", "step"])
def test_a_word_makes_it_look(word):
    inbox = Inbox()
    inbox.put(word)
    assert inbox
