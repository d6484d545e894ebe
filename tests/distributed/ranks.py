"""Ranks that are threads: a group that needs no MPI, for tests of what is sent, not of how."""

from __future__ import annotations

import threading
from contextvars import copy_context

import numpy as np

from chainrule.distributed.group import Group


class Meeting:
    """Where the threads of a group leave what the others read."""

    def __init__(self, size):
        self.size, self.left = size, [None] * size
        self.barrier = threading.Barrier(size, timeout=300)
        self.turn = threading.Lock()  # ranks compute in turn: processes would share nothing

    def exchange(self, rank, value):
        self.left[rank] = value
        self._wait()
        told = list(self.left)
        self._wait()
        return told

    def _wait(self):
        self.turn.release()
        try:
            self.barrier.wait()
        finally:
            self.turn.acquire()


class Threads(Group):
    """One of the threads."""

    where = "threads"

    def __init__(self, meeting, rank):
        super().__init__()
        self._meeting, self.rank, self.size = meeting, rank, meeting.size

    def start_sum(self, values):
        return Sum(self._meeting, self.rank, values)

    def gather(self, row):
        return np.stack(self._meeting.exchange(self.rank, row.copy()))

    def gather_bytes(self, data):
        return self._meeting.exchange(self.rank, data)

    def share_bytes(self, data):
        return self._meeting.exchange(self.rank, data)[0]

    def abort(self, code):
        self._meeting.barrier.abort()


class Sum:
    """It is made at once: that a sum has to be waited for is MPI's."""

    def __init__(self, meeting, rank, values):
        self.asked = 0
        values[...] = sum(meeting.exchange(rank, values.copy()))

    def test(self):
        self.asked += 1
        return self.asked > 1

    def wait(self):
        self.asked += 1


def run(size, work):
    """What ``work(group)`` returns on each of ``size`` ranks; what one raises is raised."""
    meeting, results, errors = Meeting(size), [None] * size, []

    def one(rank):
        try:
            with meeting.turn:
                results[rank] = work(Threads(meeting, rank))
        except threading.BrokenBarrierError as error:
            errors.append(error)
        except BaseException as error:
            errors.insert(0, error)
            meeting.barrier.abort()

    threads = [
        threading.Thread(target=copy_context().run, args=(one, rank)) for rank in range(size)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
