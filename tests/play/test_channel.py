from __future__ import annotations

import asyncio
import json

import pytest

pytest.importorskip("starlette")

from chainrule.play import channel as module
from chainrule.play.channel import Channel


def filled() -> Channel:
    channel = Channel()
    channel.publish("points", [[1, 0.5]])
    channel.publish("state", {"phase": "training"})
    channel.publish("points", [[2, 0.4], [3, 0.3]])
    channel.publish("state", {"phase": "paused"})
    return channel


def test_a_late_page_gets_everything_that_counts_once():
    said = filled().since("")
    assert said["after"] == ""
    assert said["events"] == [
        ["points", [[1, 0.5], [2, 0.4], [3, 0.3]]],
        ["state", {"phase": "paused"}],
    ]


def test_a_page_that_comes_back_gets_what_it_missed():
    channel = filled()
    seen = channel.id
    channel.publish("points", [[4, 0.2]])
    said = channel.since(seen)
    assert (said["after"], said["events"]) == (seen, [["points", [[4, 0.2]]]])


@pytest.mark.parametrize("seen", ["x-3", "", "-", "abcd1234-1", "9" * 50, "é", "a-b-c"])
def test_an_event_of_another_server_is_forgotten(seen):
    said = filled().since(seen)
    assert said["after"] == "" and len(said["events"]) == 2


def test_a_new_job_forgets_the_one_before():
    channel = filled()
    seen = channel.id
    channel.clear()
    assert channel.since(seen) == {"id": channel.id, "after": "", "events": []}


def test_rows_are_thinned_and_the_newest_stay(monkeypatch):
    monkeypatch.setattr(module, "MOST", 100)
    channel = Channel()
    for step in range(1000):
        channel.publish("points", [[step, 0.0]])
    rows = channel.since("")["events"][0][1]
    assert len(rows) <= 100 and rows[-1][0] == 999 and rows[0][0] < 100
    assert rows == sorted(rows)


def test_many_pages_are_sent_the_same_bytes():
    channel = filled()
    first = channel.message("")
    assert channel.message("") is first
    channel.publish("state", {"phase": "finished"})
    assert channel.message("") is not first


def test_a_stream_gives_what_is_there_and_what_comes_until_it_is_closed():
    async def read():
        channel, parts = filled(), []

        async def follow():
            async for part in channel.stream(""):
                parts.append(part.decode())

        reading = asyncio.create_task(follow())
        while len(parts) < 2:
            await asyncio.sleep(0)
        channel.publish("points", [[4, 0.2]])
        while len(parts) < 3:
            await asyncio.sleep(0.01)
        channel.close()
        await reading
        return channel, parts

    channel, parts = asyncio.run(read())
    assert parts[0] == "retry: 1000\n\n"
    events = [dict(line.split(": ", 1) for line in part.strip().split("\n")) for part in parts[1:]]
    first, second = (json.loads(event["data"]) for event in events)
    assert first["events"][0] == ["points", [[1, 0.5], [2, 0.4], [3, 0.3]]]
    assert second["events"] == [["points", [[4, 0.2]]]] and second["after"] == first["id"]
    assert events[1]["id"] == second["id"] == channel.id
    assert not channel._changed


def test_a_silent_stream_says_that_it_is_alive(monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.01)

    async def read():
        channel, parts = Channel(), []
        async for part in channel.stream(channel.id):
            parts.append(part)
            if len(parts) == 3:
                return parts

    assert asyncio.run(read())[1:] == [b": alive\n\n"] * 2
