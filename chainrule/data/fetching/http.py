"""One file over HTTP, taken up again where it was cut off."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .pace import Crawling, Pace

if TYPE_CHECKING:
    import requests

Progress: TypeAlias = Callable[[str, int, int | None], object]
"""Called with (file name, bytes so far, bytes in all or None if the server does not say)."""

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and without a byte."""

ANSWER = 60.0
"""Seconds until the headers are there, redirections included, however many bytes keep coming."""

CHUNK = 1 << 17
PAUSE = 0.5
"""Seconds before a connection that was cut is made again."""


class MirrorFailed(Exception):
    """This address did not give the file; the message says why."""


def resume(
    url: str,
    part: Path,
    limit: int,
    progress: Callable[[int, int | None], object],
    *,
    leave: bool = False,
    warn: Callable[[str], object] = len,
    request: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Bring ``part`` up to the whole file at ``url``, from whatever it holds already.

    Asks for the rest with Range; a server that ignores it sends all and ``part`` starts over.
    A connection that is cut is made again as long as the last one got further than any before.
    ``leave``: another address can be tried, if this one is slow (see ``pace``); ``warn`` is
    called with the speed and the time left of a slow one that is kept. ``request`` is what
    ``requests.get`` is told besides, such as a certificate.

    Raises MirrorFailed, or TooSlow; ``part`` then keeps what came, for the next time. OSError if
    it cannot be written.
    """
    furthest = _length(part)
    pace = Pace(furthest, leave=leave, warn=warn)

    def watched(done: int, total: int | None) -> None:
        progress(done, total)
        pace.told(done, total)

    try:
        while True:
            try:
                return _attempt(url, part, limit, watched, request)
            except _Cut as cut:
                if _length(part) <= furthest:
                    raise MirrorFailed(str(cut)) from cut
                furthest = _length(part)
                time.sleep(PAUSE)
                pace.told(furthest, None)
    except Crawling as error:
        raise MirrorFailed(str(error)) from error


def fetch_page(url: str, limit: int, request: Mapping[str, Any]) -> tuple[str, bytes]:
    """(address, content) of a page of at most ``limit`` bytes; the address is that which
    redirections led to. Raises MirrorFailed."""
    import requests
    from urllib3.exceptions import HTTPError

    told = dict(request)
    headers = {"Accept-Encoding": "identity"} | told.pop("headers", {})
    content = bytearray()
    try:
        with _answer(url, headers, told) as answer:
            if answer.status_code != 200:
                raise MirrorFailed(f"{answer.status_code} {answer.reason}".strip())
            for chunk in _chunks(answer.raw):
                content += chunk
                if len(content) > limit:
                    raise MirrorFailed(f"sent more than {limit:,} bytes, which is too many")
            return answer.url, bytes(content)
    except (requests.exceptions.RequestException, HTTPError, ValueError, OSError) as error:
        raise MirrorFailed(_reason(error)) from error


def without_credentials(url: str) -> str:
    """An address as it is shown: without the user and the password that may be in it."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else url


class _Cut(Exception):
    """The connection failed, and might not the next time."""


def _attempt(
    url: str,
    part: Path,
    limit: int,
    progress: Callable[[int, int | None], object],
    request: Mapping[str, Any],
) -> None:
    import requests

    have = _length(part)
    # Bytes as they are stored: a range of a file that the server packs on the way is no range.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with _answer(url, headers, request) as answer:
            if answer.status_code == 416 and have:
                if _total(answer) == have:
                    return
                return _start_over(url, part, limit, progress, request)
            if answer.status_code not in (200, 206):
                raise MirrorFailed(f"{answer.status_code} {answer.reason}".strip())
            start = _start(answer) if have and answer.status_code == 206 else 0
            if start not in (0, have):
                return _start_over(url, part, limit, progress, request)
            _receive(answer, part, start, limit, progress)
    except requests.exceptions.Timeout as error:
        raise _Cut(f"no answer for {TIMEOUT[1]:.0f} s") from error
    except requests.exceptions.ConnectionError as error:
        raise _Cut(_reason(error)) from error
    except (requests.exceptions.RequestException, ValueError) as error:  # a bad address
        raise MirrorFailed(_reason(error)) from error


def _answer(url: str, headers: dict[str, str], request: Mapping[str, Any]) -> requests.Response:
    """What the server answers, with its content still to come.

    In a thread: TIMEOUT is the time between two bytes, and a server that sends its headers one
    by one would keep a program waiting for days. The thread is left behind if it does.
    """
    import requests

    answers: SimpleQueue[Any] = SimpleQueue()
    late = threading.Event()

    def ask() -> None:
        try:
            answer = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT, **request)
        except BaseException as error:
            answers.put(error)
            return
        answers.put(answer)
        if late.is_set():
            answer.close()

    threading.Thread(target=ask, name="chainrule download", daemon=True).start()
    try:
        found = answers.get(timeout=ANSWER)
    except Empty:
        late.set()
        raise MirrorFailed(f"no whole answer for {ANSWER:.0f} s") from None
    if isinstance(found, BaseException):
        raise found
    answer: requests.Response = found
    return answer


def _chunks(raw: Any) -> Iterator[bytes]:
    """The content as it comes. ``raw.stream`` would wait until CHUNK bytes are there, for a day
    if the server sends one a second."""
    if not hasattr(raw, "read1"):  # urllib3 1
        yield from raw.stream(1 << 10, decode_content=False)
        return
    last, over = [time.monotonic()], threading.Event()

    def watch() -> None:
        """End a read that gets bytes, but none of the content: the lengths of chunks, a digit at
        a time, would satisfy TIMEOUT for hours."""
        while not over.wait(ANSWER / 4):
            if time.monotonic() - last[0] > ANSWER and hasattr(raw, "shutdown"):  # urllib3 2.3
                raw.shutdown()
                return

    threading.Thread(target=watch, name="chainrule download watch", daemon=True).start()
    try:
        while chunk := raw.read1(CHUNK, decode_content=False):
            last[0] = time.monotonic()
            yield chunk
    finally:
        over.set()


def _start_over(
    url: str,
    part: Path,
    limit: int,
    progress: Callable[[int, int | None], object],
    request: Mapping[str, Any],
) -> None:
    """What lies in ``part`` cannot be continued. Without it no range is asked for."""
    part.unlink(missing_ok=True)
    _attempt(url, part, limit, progress, request)


def _receive(
    answer: requests.Response,
    part: Path,
    start: int,
    limit: int,
    progress: Callable[[int, int | None], object],
) -> None:
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    length = answer.headers.get("Content-Length", "")
    total = start + int(length) if re.fullmatch("[0-9]{1,18}", length) else None
    if total is not None and total > limit:
        raise MirrorFailed(f"offers {total:,} bytes, more than the file can have")
    done = start
    with part.open("ab" if start else "wb") as file:
        progress(done, total)
        try:
            # Not iter_content, which would unpack a .gz that is labeled as an encoding.
            for chunk in _chunks(answer.raw):
                file.write(chunk)
                done += len(chunk)
                if done > limit:
                    raise MirrorFailed(f"sent more than {limit:,} bytes, which is too many")
                progress(done, total)
        except ReadTimeoutError as error:
            raise _Cut(f"no data for {TIMEOUT[1]:.0f} s after {done:,} bytes") from error
        except HTTPError as error:
            size = "" if total is None else f" of {total:,}"
            raise _Cut(f"the connection was cut after {done:,}{size} bytes") from error


def _length(part: Path) -> int:
    return os.path.getsize(part) if os.path.exists(part) else 0


def _start(answer: requests.Response) -> int:
    """Where the part begins that is sent: the first number in ``bytes 500-999/1000``."""
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _total(answer: requests.Response) -> int:
    """The length of the whole file: the last number in ``bytes */1000``."""
    found = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _reason(error: BaseException) -> str:
    """The first cause of an error in words; requests and urllib3 wrap it three times."""
    cause: BaseException | None = error
    while cause is not None:
        error = cause
        inside = [part for part in error.args if isinstance(part, BaseException)]
        cause = getattr(error, "reason", None) or error.__cause__ or next(iter(inside), None)
        cause = cause if isinstance(cause, BaseException) else None
    return " ".join(str(getattr(error, "strerror", None) or error).split())
