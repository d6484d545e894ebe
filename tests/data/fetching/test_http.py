import pytest

from chainrule.data.fetching import http, pace
from chainrule.data.fetching.http import MirrorFailed, resume
from chainrule.data.fetching.pace import TooSlow


def test_addresses_that_no_request_can_be_made_of(tmp_path):
    for url in ("ftp://127.0.0.1/x", "http://", "nonsense"):
        with pytest.raises(MirrorFailed):
            resume(url, tmp_path / "x.part", 1000, lambda done, total: None)
    assert not (tmp_path / "x.part").exists()


def test_a_file_that_is_labeled_as_an_encoding_is_kept_packed(server, no_data, tmp_path):
    server.files["/x.gz"] = b"\x1f\x8b packed"
    told = []

    resume(server.url + "x.gz", tmp_path / "p", 1000, lambda *args: told.append(args))

    assert (tmp_path / "p").read_bytes() == b"\x1f\x8b packed"
    assert told == [(0, 9), (9, 9)]


def test_no_more_is_taken_than_the_limit(server, no_data, tmp_path):
    server.files["/x"] = bytes(5000)
    server.lengths = False

    with pytest.raises(MirrorFailed, match="more than 1,000 bytes"):
        resume(server.url + "x", tmp_path / "p", 1000, lambda done, total: None)

    server.lengths = True
    with pytest.raises(MirrorFailed, match="offers 5,000 bytes"):
        resume(server.url + "x", tmp_path / "q", 1000, lambda done, total: None)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(http, "PAUSE", 0.0)
    monkeypatch.setattr(http, "TIMEOUT", (5.0, 0.5))
    monkeypatch.setattr(http, "ANSWER", 1.5)
    monkeypatch.setattr(pace, "WINDOW", 0.3)
    monkeypatch.setattr(pace, "PATIENCE", 2.0)


def never(connection, over):
    over.wait()


def header_by_byte(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def content_by_byte(connection, over):
    connection.sendall(HEAD)
    while not over.wait(0.02):
        connection.sendall(b"x")


def endless_by_byte(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def chunk_length_by_digit(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    while not over.wait(0.02):
        connection.sendall(b"1")


def stalls(connection, over):
    connection.sendall(HEAD + bytes(500))
    over.wait()


def closes_early(connection, over):
    connection.sendall(HEAD + bytes(500))


def redirects_to_itself(connection, over):
    connection.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )


def no_http(connection, over):
    connection.sendall(b"220 mail.example.org ESMTP\r\n")


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        (never, "no answer for"),
        (header_by_byte, "no whole answer for"),
        (content_by_byte, r"sends only \d+ B/s"),
        (endless_by_byte, r"sends only \d+ B/s"),
        (chunk_length_by_digit, "cut after 2 bytes"),
        (stalls, "no data for"),
        (closes_early, "cut after 500 of 100,000 bytes"),
        (redirects_to_itself, "30 redirects"),
        (no_http, "."),
    ],
)
def test_what_an_odd_server_does_ends_in_one_line(
    odd_server, impatient, no_data, tmp_path, talk, message
):
    with pytest.raises(MirrorFailed, match=message) as caught:
        resume(odd_server(talk) + "x", tmp_path / "x.part", 200_000, lambda done, total: None)
    assert "\n" not in str(caught.value)
    if talk in (content_by_byte, stalls, closes_early):
        assert (tmp_path / "x.part").stat().st_size > 0  # for the next time


def test_a_slow_server_is_left_if_there_is_another(odd_server, impatient, no_data, tmp_path):
    with pytest.raises(TooSlow, match=r"B/s, about \d+ (minute|hour)s left"):
        resume(
            odd_server(content_by_byte) + "x",
            tmp_path / "x.part",
            200_000,
            lambda done, total: None,
            leave=True,
        )
    assert (tmp_path / "x.part").stat().st_size > 0
