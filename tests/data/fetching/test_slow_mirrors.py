"""A server that trickles is left for the next, and come back to if the others fail."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.data.fetching import http, pace
from chainrule.data.fetching.download import fetch_source
from chainrule.data.fetching.source import KnownFile, Source
from chainrule.errors import InputError

CONTENT = random.Random(7).randbytes(1 << 16)
FILE = KnownFile("x.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), verbatim=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(http, "PAUSE", 0.0)
    monkeypatch.setattr(pace, "WINDOW", 0.2)
    monkeypatch.setattr(pace, "PATIENCE", 0.5)
    monkeypatch.setattr(pace, "SOON", 0.0)
    monkeypatch.setattr(pace, "SLOW", 2000.0)
    monkeypatch.setattr(pace, "CRAWL", 1.0)


class Report:
    def __init__(self):
        self.said = []

    def __call__(self, name, done, total):
        pass

    def say(self, words):
        self.said.append(words)


def source(server, *names, file=FILE):
    return Source("toy", (file,), tuple(f"{server.url}{name}/" for name in names))


def spans(server):
    return [(path.split("/")[1], bool(span)) for path, span in server.asked]


def offer(server, *names, content=CONTENT):
    for name in names:
        server.files[f"/{name}/x.bin"] = content


def trickle(server, *names, size=8):
    for name in names:
        server.trickles[f"/{name}/x.bin"] = (size, 0.02)


def test_the_next_address_goes_on_where_a_slow_one_was_left(server, no_data, tmp_path):
    offer(server, "slow", "fast")
    trickle(server, "slow")
    report = Report()

    folder = fetch_source(source(server, "slow", "fast"), tmp_path, report)

    assert (folder / "x.bin").read_bytes() == CONTENT
    assert spans(server) == [("slow", False), ("fast", True)]
    (said,) = report.said
    assert said.startswith(f"{server.url}slow/x.bin is slow (")
    assert "B/s, about " in said
    assert said.endswith(" left): trying the next address")


@pytest.mark.parametrize("how", ["missing", "web page", "other content", "cut"])
def test_a_slow_one_is_come_back_to_if_the_others_fail(server, no_data, tmp_path, how):
    offer(server, "slow")
    trickle(server, "slow", size=16)
    if how != "missing":
        page = {"web page": b"<html>log in", "other content": CONTENT[::-1], "cut": CONTENT}[how]
        server.files["/bad/x.bin"] = page
        server.cuts["/bad/x.bin"] = [0] * 9 if how == "cut" else []
    report = Report()

    def faster(words):  # or the test would take as long as the server
        report.said.append(words)
        if "no faster" in words:
            server.trickles.clear()

    report.say = faster
    folder = fetch_source(source(server, "slow", "bad"), tmp_path, report)

    assert (folder / "x.bin").read_bytes() == CONTENT
    assert spans(server)[0] == ("slow", False)
    assert spans(server)[-1] == ("slow", True)
    assert report.said[-1] == f"no faster address has x.bin: on with {server.url}slow/x.bin"


def test_the_fastest_of_slow_ones_is_taken_and_kept(server, no_data, tmp_path):
    offer(server, "one", "two", "three")
    trickle(server, "one", "three", size=1)
    trickle(server, "two", size=24)
    report = Report()

    def faster(words):
        report.said.append(words)
        if words.startswith(f"{server.url}two/x.bin is slow: "):  # kept, and said once
            server.trickles.clear()
            server.over.set()

    report.say = faster
    with contextlib.suppress(InputError):  # the server ends in the middle
        fetch_source(source(server, "one", "two", "three"), tmp_path, report)

    assert spans(server)[:4] == [("one", False), ("two", True), ("three", True), ("two", True)]
    assert f"no faster address has x.bin: on with {server.url}two/x.bin" in report.said
    assert report.said[-1].startswith(f"{server.url}two/x.bin is slow: ")


def test_all_that_crawl_are_given_up_in_one_line(server, no_data, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "CRAWL", 2000.0)
    offer(server, "one", "two")
    trickle(server, "one", "two", size=1)

    with pytest.raises(InputError) as caught:
        fetch_source(source(server, "one", "two"), tmp_path, Report())

    message = str(caught.value)
    assert "\n" not in message
    for name in ("one", "two"):
        assert f"{server.url}{name}/x.bin: sends only " in message
    assert any((tmp_path / "toy/.download").glob("*.part"))  # for the next time


def test_what_may_be_packed_in_another_way_is_not_mixed(server, no_data, tmp_path):
    file = replace(FILE, verbatim=False)
    server.files["/slow/x.bin.gz"] = gzip.compress(CONTENT, 1)
    server.files["/fast/x.bin.gz"] = gzip.compress(CONTENT, 9)
    server.trickles["/slow/x.bin.gz"] = (8, 0.02)

    folder = fetch_source(source(server, "slow", "fast", file=file), tmp_path, Report())

    assert (folder / "x.bin").read_bytes() == CONTENT
    assert spans(server) == [("slow", False), ("fast", False)]


def test_a_part_of_other_content_does_not_spoil_the_next_address(server, no_data, tmp_path):
    offer(server, "wrong", content=CONTENT[::-1])
    offer(server, "right")
    trickle(server, "wrong")

    folder = fetch_source(source(server, "wrong", "right"), tmp_path, Report())

    assert (folder / "x.bin").read_bytes() == CONTENT
    assert spans(server) == [("wrong", False), ("right", True), ("right", False)]


FETCH = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from chainrule.cli import main
sys.exit(main(["data", "fetch", "mnist", "--data-dir", sys.argv[1]]))
"""


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_leaves_a_part_and_ends_with_130(server, no_data, tmp_path):
    name = "/mnist/train-images-idx3-ubyte.gz"
    server.files[name] = bytes(100_000)
    server.trickles[name] = (8, 0.01)
    root = Path(__file__).parents[3]
    environment = os.environ | {
        "CHAINRULE_MIRROR": server.url,
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, str(tmp_path / "data")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(part.stat().st_size for part in tmp_path.rglob("*.part")):
        assert process.poll() is None, process.communicate()
        server.over.wait(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)

    assert process.returncode == 130
    assert "Traceback" not in told
    assert any(part.stat().st_size for part in tmp_path.rglob("*.part"))


def test_the_other_ending_at_a_slow_address_waits_for_other_addresses(
    server, no_data, tmp_path, monkeypatch
):
    monkeypatch.setenv("CHAINRULE_MIRROR", server.url + "own")
    server.files["/own/toy/x.bin.gz"] = gzip.compress(CONTENT)
    server.trickles["/own/toy/x.bin.gz"] = (8, 0.02)
    server.files["/fast/x.bin.gz"] = gzip.compress(CONTENT)

    fetch_source(source(server, "fast", file=replace(FILE, verbatim=False)), tmp_path, Report())

    assert [path for path, _ in server.asked] == ["/own/toy/x.bin.gz", "/fast/x.bin.gz"]
