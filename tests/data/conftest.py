"""A real HTTP server on loopback that can misbehave, and a home without data."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from chainrule.data.fetching.source import KnownFile, Source


@dataclass
class Server:
    """What it serves by path, how it misbehaves, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)  # bytes until the cut, by request
    trickles: dict[str, tuple[int, float]] = field(default_factory=dict)  # bytes, seconds between
    over: threading.Event = field(default_factory=threading.Event)  # the test has ended
    ranges: bool = True
    lengths: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)  # (path, Range)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            span = self.headers.get("Range", "")
            server.asked.append((self.path, span))
            data = server.files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            start = 0
            if span and server.ranges:
                start = int(re.fullmatch(r"bytes=(\d+)-", span)[1])
                if start >= len(data):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(data)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            if server.lengths:
                self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            cuts = server.cuts.get(self.path, [])
            end = start + cuts.pop(0) if cuts else len(data)
            size, pause = server.trickles.get(self.path, (len(data) or 1, 0.0))
            with contextlib.suppress(OSError):  # the client has gone
                for at in range(start, end, size):
                    self.wfile.write(data[at : min(at + size, end)])
                    if pause and server.over.wait(pause):
                        break

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(state)) as running:
        state.url = f"http://127.0.0.1:{running.server_port}/"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield state
        state.over.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def odd_server() -> Iterator[Callable[..., str]]:
    """``odd_server(talk)`` is the address of one that lets ``talk(connection, over)`` answer;
    ``over.wait(seconds)`` is true once the test has ended."""
    over, threads, listeners = threading.Event(), [], []

    def serve(talk: Callable[[socket.socket, threading.Event], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(0.05)
        listeners.append(listener)

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(None)
                connection.recv(65536)
                talk(connection, over)

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=answer, args=(connection,)))
                    threads[-1].start()

        threads.append(threading.Thread(target=accept))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield serve
    over.set()
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.close()


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without data; returns the data directory in its cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("CHAINRULE_DATA", "CHAINRULE_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    import platformdirs

    return Path(platformdirs.user_cache_dir("chainrule", appauthor=False)) / "data"


def _content(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 64, size, dtype=np.uint8).tobytes()


@dataclass
class Toy:
    """A data set of two files, on no mirror yet."""

    contents: dict[str, bytes]
    source: Source

    def at(self, *mirrors: str, system: tuple[str, ...] = ()) -> Source:
        return Source("toy", self.source.files, mirrors, system=system)

    def put(self, folder: Path, *, packed: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.contents.items():
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)


@pytest.fixture
def toy() -> Toy:
    contents = {"big-idx": _content(0, 600_000), "small-idx": _content(1, 1_000)}
    files = tuple(
        KnownFile(name, len(data), hashlib.sha256(data).hexdigest(), (name.replace("-", "."),))
        for name, data in contents.items()
    )
    return Toy(contents, Source("toy", files, ()))


@pytest.fixture(scope="session")
def idx() -> Callable[[np.ndarray], bytes]:
    """An array of bytes as an IDX file."""

    def encode(array: np.ndarray) -> bytes:
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        return header + array.astype(np.uint8).tobytes()

    return encode


MAT_TYPES = {"u1": (2, 9), "i2": (3, 10), "f8": (9, 6), "f4": (7, 7)}  # stored, class


def _element(kind: int, data: bytes, *, small: bool = False) -> bytes:
    if small:
        return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


@pytest.fixture(scope="session")
def mat() -> Callable[..., bytes]:
    """Arrays as a MAT-file of level 5. ``stored`` is the type that values are written in."""

    def encode(arrays: dict[str, np.ndarray], *, packed: bool = True, stored: str = "") -> bytes:
        content = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
        for name, array in arrays.items():
            kind, of_class = MAT_TYPES[array.dtype.str[1:]]
            values = array.astype(stored) if stored else array
            kind = MAT_TYPES[stored][0] if stored else kind
            matrix = _element(6, struct.pack("<II", of_class, 0))
            matrix += _element(5, np.array(array.shape, "<i4").tobytes())
            matrix += _element(1, name.encode(), small=len(name) <= 4)
            matrix += _element(kind, values.tobytes(order="F"))
            whole = _element(14, matrix)
            pressed = zlib.compress(whole)
            content += struct.pack("<II", 15, len(pressed)) + pressed if packed else whole
        return content

    return encode
