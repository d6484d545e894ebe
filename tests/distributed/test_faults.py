"""What one rank does wrong, all ranks end with, and the message says which."""

import json
import socket
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule import config
from chainrule.distributed import sentinel
from chainrule.distributed.agreement import expect_alike
from chainrule.distributed.group import is_agreed
from chainrule.experiment.ranks import prepare_together
from chainrule.training import StopOnNonFinite
from tests.distributed.ranks import run


@pytest.fixture(scope="module")
def digits():
    return cr.data.digits()[0].take(range(60))


def mlp(seed=0):
    return cr.models.mlp((8, 8, 1), (6,), 10, norm="batch").init(seed)


class Breaks(cr.Layer):
    """y = x, with a NaN on one rank"""

    def __init__(self, broken=False):
        self.broken = broken

    def forward(self, x):
        y = x.copy()
        if self.broken:
            y[0, 0] = np.nan
        return y, None

    def backward(self, dy, cache):
        return dy


def raised(size, job):
    """The error that every rank raises, which is the same on all."""

    def caught(group):
        with pytest.raises((cr.InputError, cr.CheckFailed)) as error:
            job(group)
        assert is_agreed(error.value)
        return f"{type(error.value).__name__}: {error.value}"

    said = run(size, caught)
    assert len(set(said)) == 1
    return said[0]


@pytest.mark.parametrize("sync", [False, True])
def test_a_nan_on_one_rank_stops_all_and_is_found_there(digits, sync):
    def job(group):
        broken = Breaks(group.rank == 1)
        model = cr.layers.Sequential(*mlp().layers[:2], broken, *mlp().layers[2:]).init(0)
        trainer = cr.Trainer(
            model, group=group, sync_batch_norm=sync, callbacks=[StopOnNonFinite()]
        )
        trainer.fit(digits, batch_size=20)

    said = raised(3, job)
    assert said.startswith("CheckFailed: step 1 (epoch 1): the loss is nan; rank 1: layers.2")
    assert "(Breaks) forward: the output holds 1 NaN" in said


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            {"seed": 1},
            "seed: expected the same on every rank, received 0 on rank 0 and 1 on rank 2",
        ),
        ({"batch_size": 15}, "batch_size: expected the same on every rank, received 20 on rank 0"),
        ({"epochs": 3}, "epochs: expected the same on every rank, received 2 on rank 0"),
        ({"images": 59}, "train: expected the same on every rank"),
        ({"model": mlp(1)}, "CheckFailed: the model: expected the same weights on every rank"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_ranks_that_differ_are_refused_before_the_first_step(digits, option, said):
    def job(group):
        given = {"seed": 0, "batch_size": 20, "epochs": 2, "images": 60, "model": mlp()}
        given |= option if group.rank == 2 else {}
        trainer = cr.Trainer(given["model"], group=group, seed=given["seed"])
        train = digits.take(range(given["images"]))
        trainer.fit(train, epochs=given["epochs"], batch_size=given["batch_size"])

    assert said in raised(3, job)


def test_callbacks_that_differ_are_noticed_after_the_epoch(digits):
    class Moves(cr.training.Callback):
        def on_step(self, trainer):
            if trainer.group.rank == 1:
                trainer.parameters[0][1].value += 1

    def job(group):
        cr.Trainer(mlp(), group=group, callbacks=[Moves()]).fit(digits, batch_size=20)

    assert "received different ones on rank 1 after epoch 1" in raised(2, job)


@pytest.mark.parametrize(
    ("accumulate", "batch_size", "sync", "least"),
    [(1, 3, True, 4), (1, 7, False, 8), (2, 6, True, 7), (2, 14, False, 15)],
)
def test_more_ranks_than_images_in_a_batch_are_refused(digits, accumulate, batch_size, sync, least):
    def job(group, size=batch_size):
        trainer = cr.Trainer(mlp(), group=group, accumulate=accumulate, sync_batch_norm=sync)
        trainer.fit(digits, epochs=1, batch_size=size)

    said = raised(4, job)
    assert said.startswith(f"InputError: batch_size: expected at least {least} for 4 ranks")
    assert f"received {batch_size}" in said
    run(4, lambda group: job(group, least))


def test_an_error_of_one_rank_is_raised_on_all_with_its_number():
    def job(group):
        def work():
            if group.rank == 2:
                raise cr.InputError("no such folder")

        group.together(work)

    assert raised(3, job) == "InputError: rank 2: no such folder"


def test_what_must_be_alike_names_the_first_difference():
    def job(group):
        expect_alike(group, {"a": 1, "numpy": "2.1" if group.rank else "2.3"}, "install it")

    assert raised(2, job) == (
        "InputError: numpy: expected the same on every rank, received 2.3 on rank 0 and 2.1 on "
        "rank 1; install it"
    )


def folder(path, shade):
    for kind in ("cat", "dog"):
        (path / kind).mkdir(parents=True)
        for i in range(8):
            pixels = np.full((8, 8, 3), shade + i, np.uint8)
            Image.fromarray(pixels).save(path / kind / f"{i}.png")
    return path


def settings(*assigned):
    return config.resolve(config.assignments(["epochs=1", "model.hidden=[4]", *assigned]))


def test_ranks_with_other_data_are_refused(tmp_path):
    folders = [folder(tmp_path / "one", 10), folder(tmp_path / "two", 99)]

    def job(group):
        assigned = f"data={json.dumps(str(folders[group.rank]))}", "batch_size=4"
        prepare_together(group, settings(*assigned))

    said = raised(2, job)
    assert said.startswith("InputError: the training data: expected the same on every rank")
    assert said.endswith("give every rank the same data")


def test_ranks_may_have_the_same_data_in_other_places(tmp_path):
    folders = [folder(tmp_path / "one" / "pets", 10), folder(tmp_path / "two" / "pets", 10)]

    def job(group):
        assigned = f"data={json.dumps(str(folders[group.rank]))}", "batch_size=4"
        return prepare_together(group, settings(*assigned)).config.data

    assert run(2, job) == [str(each) for each in folders]


def test_a_number_of_epochs_chosen_by_the_clock_is_that_of_rank_0():
    def job(group):
        chosen = settings("epochs='auto'", "time_budget='20s'")
        return prepare_together(group, chosen).config.epochs

    first, second = run(2, job)
    assert first == second and isinstance(first, int)


class Watched:
    """A sentinel, and ranks that are sockets."""

    def __init__(self, size, timeout):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.set_inheritable(True)
            self.process = subprocess.Popen(
                [sys.executable, "-I", sentinel.__file__, str(listener.fileno()), "secret",
                 str(size), str(timeout), "go on"],
                pass_fds=(listener.fileno(),), stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.port = listener.getsockname()[1]
        self.ranks = [self.call({"token": "secret", "rank": r, "place": "p"}) for r in range(size)]

    def call(self, told):
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        line.sendall(json.dumps(told).encode() + b"\n")
        return line

    def said(self):
        try:
            return self.process.communicate(timeout=60)[1]
        finally:
            for line in self.ranks:
                line.close()


needs_fork = pytest.mark.skipif(sys.platform == "win32", reason="hands a socket on")


@needs_fork
def test_the_sentinel_names_the_rank_whose_line_ends():
    watched = Watched(3, 60)
    for line in watched.ranks:
        line.send(sentinel.COMPUTES)
    watched.ranks[1].close()
    for line in (watched.ranks[0], watched.ranks[2]):
        assert line.recv(1) == sentinel.END
        line.close()
    assert watched.said() == (
        "chainrule: rank 1 (p) has died, and the other ranks are ended; go on\n"
    )


@needs_fork
def test_the_sentinel_is_silent_about_ranks_that_leave():
    watched = Watched(2, 60)
    for line in watched.ranks:
        line.send(sentinel.FAREWELL)
        line.close()
    assert watched.said() == "" and watched.process.returncode == 0


@needs_fork
def test_the_sentinel_names_the_rank_for_which_another_waits():
    watched = Watched(2, 0.5)
    watched.ranks[1].send(sentinel.COMPUTES)
    watched.ranks[0].settimeout(0.1)
    told = b""
    while not told:
        watched.ranks[0].send(sentinel.WAITS)
        try:
            told = watched.ranks[0].recv(1)
        except TimeoutError:
            continue
    assert told == sentinel.END
    for line in watched.ranks:
        line.close()
    assert "rank 1 (p) has not answered for 0.5 s" in watched.said()


def test_a_rank_that_says_that_it_waits_is_not_named(monkeypatch):
    monkeypatch.setattr(sentinel, "time", SimpleNamespace(monotonic=lambda: 100.0))
    ranks = [sentinel.Rank(number, "p", None) for number in range(3)]
    ranks[0].waiting, ranks[0].heard = 97.0, 99.0  # longer ago than the timeout
    ranks[1].heard = ranks[2].heard = 97.0
    assert sentinel._hung(ranks, 0.5) == (
        "rank 1 (p), rank 2 (p) have not answered for 0.5 s, and the job is ended"
    )
    assert sentinel._hung(ranks[:1], 0.5) == (
        "all ranks have waited for each other for 0.5 s, and the job is ended"
    )


@needs_fork
def test_a_stranger_does_not_become_a_rank():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        strangers = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        for line, word in zip(
            strangers, (b'{"token": "guess", "rank": 0}\n', b"[]\n", b"\xff\n"), strict=True
        ):
            line.sendall(word)
        known = socket.create_connection(listener.getsockname())
        told = {"token": "secret", "rank": 0, "place": "p"}
        known.sendall(json.dumps(told).encode() + b"\n")
        ranks = sentinel.connected(listener, "secret", 1)
        assert [str(rank) for rank in ranks] == ["rank 0 (p)"]
        for line in (*strangers, known, ranks[0].line):
            line.close()
