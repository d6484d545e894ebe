"""The processes that train one model together, and how they communicate."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol, TypeVar

import numpy as np

from ..errors import CheckFailed, InputError
from ..types import Array

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Request(Protocol):
    """A transfer in progress."""

    def test(self) -> bool:
        """Whether it is done. MPI makes progress when it is asked."""

    def wait(self) -> None:
        """Until it is done."""


class Group(ABC):
    """``size`` processes, of which this one has number ``rank``, from 0.

    Whatever one of them calls, all call, in the same order: each method is a collective one. Rank 0
    is the one that writes files and prints.

    >>> group = Alone()
    >>> group.rank, group.size, group.any(True), group.exchange("a")
    (0, 1, True, ['a'])
    """

    rank: int
    size: int
    where: str = ""
    """Which MPI carries the messages."""

    crowded: str = ""
    """A warning where ranks have to share a core; "" elsewhere."""

    def __init__(self) -> None:
        self.pulse: Callable[[float], None] = _nothing
        """Called repeatedly while this rank waits for others, with the seconds it has waited."""

    @property
    def leads(self) -> bool:
        """Whether this is rank 0."""
        return self.rank == 0

    @abstractmethod
    def start_sum(self, values: Array) -> Request:
        """Begin to replace ``values`` (…), equally shaped, by their sums over the ranks."""

    @abstractmethod
    def gather(self, row: Array) -> Array:
        """The rows (n,) of all ranks as (size, n), by rank."""

    @abstractmethod
    def gather_bytes(self, data: bytes) -> list[bytes]:
        """The bytes of all ranks, by rank."""

    @abstractmethod
    def share_bytes(self, data: bytes) -> bytes:
        """The bytes of rank 0."""

    @abstractmethod
    def abort(self, code: int) -> None:
        """End all processes of the group at once."""

    def wait_quietly(self) -> None:
        """Until all ranks are here, which may take minutes, without keeping a core busy."""
        return None

    def sum(self, values: Array) -> Array:
        """Σᵣ values, in the dtype and the shape of ``values``, which may be any, (…)."""
        total = np.array(values)
        self.start_sum(total).wait()
        return total

    def any(self, flag: bool) -> bool:
        """Whether it is true on some rank."""
        return bool(self.sum(np.array([float(flag)]))[0] > 0)

    def exchange(self, value: Any) -> list[Any]:
        """The JSON values of all ranks, by rank."""
        packed = self.gather_bytes(json.dumps(value).encode())
        return [json.loads(data) for data in packed]

    def share(self, value: Any) -> Any:
        """The JSON value of rank 0."""
        return json.loads(self.share_bytes(json.dumps(value).encode() if self.leads else b""))

    def concatenate(self, part: Array) -> Array:
        """Arrays (nᵣ, …) of all ranks, one after the other, as (N, …), N = Σ nᵣ."""
        packed = self.gather_bytes(np.ascontiguousarray(part).tobytes())
        joined = np.frombuffer(b"".join(packed), part.dtype)
        return joined.reshape(-1, *part.shape[1:]).copy()

    def clock(self) -> float:
        """Seconds on the clock of rank 0: what is decided by it is decided alike everywhere."""
        return float(self.gather(np.array([perf_counter()]))[0, 0])

    def together(self, work: Callable[[], T]) -> T:
        """What ``work()`` returns here; if it fails on some rank, it has failed on all.

        An InputError or CheckFailed of one rank is raised on every rank, with the number of the
        rank in front unless it is the same on all.
        """
        if self.size == 1:
            return work()
        failure: InputError | CheckFailed | None = None
        try:
            result = work()
        except (InputError, CheckFailed) as error:
            failure = error
        told = self.exchange(failure and [isinstance(failure, InputError), str(failure)])
        failed = [rank for rank, each in enumerate(told) if each]
        if not failed:
            return result
        if failure is not None and failed[0] == self.rank == 0:
            raise agreed(failure)  # as it is: it may be of a kind that this rank looks for
        bad_input, message = told[failed[0]]
        alone = len(failed) < self.size and failed[0] > 0
        said = f"rank {failed[0]}: {message}" if alone else message
        raise agreed(InputError(said) if bad_input else CheckFailed(said))


def agreed(error: E) -> E:
    """The error, marked as one that every rank raises: none is left behind in a collective call."""
    error.__dict__["of_all_ranks"] = True
    return error


def is_agreed(error: BaseException) -> bool:
    """Whether every rank raises this error."""
    return bool(error.__dict__.get("of_all_ranks"))


def _nothing(waited: float) -> None:
    """Outside of `watch`, nobody is informed."""


class Done:
    """A transfer that is over."""

    def test(self) -> bool:
        return True

    def wait(self) -> None:
        return None


class Alone(Group):
    """A group of one: what a plain training is. Nothing is sent, and no MPI is needed.

    >>> import numpy as np
    >>> Alone().sum(np.array([2.0])).tolist()
    [2.0]
    """

    rank, size = 0, 1

    def start_sum(self, values: Array) -> Request:
        return Done()

    def gather(self, row: Array) -> Array:
        return row[None]

    def gather_bytes(self, data: bytes) -> list[bytes]:
        return [data]

    def share_bytes(self, data: bytes) -> bytes:
        return data

    def abort(self, code: int) -> None:
        raise SystemExit(code)
