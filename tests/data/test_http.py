import pytest

from chainrule.data.http import MirrorFailed, resume


def test_addresses_that_no_request_can_be_made_of(tmp_path):
    for url in ("ftp://127.0.0.1/x", "http://", "nonsense"):
        with pytest.raises(MirrorFailed):
            resume(url, tmp_path / "x.part", 1000, lambda done, total: None)
    assert not (tmp_path / "x.part").exists()


def test_a_file_that_is_labelled_as_an_encoding_is_kept_packed(server, no_data, tmp_path):
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
