import gzip
import hashlib
import io
import os
import stat
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace

import pytest

from chainrule.data.fetching import http
from chainrule.data.fetching.download import fetch_source
from chainrule.data.fetching.source import KnownFile
from chainrule.errors import InputError


def silent(name, done, total):
    pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(http, "PAUSE", 0.0)


def serve(server, toy, prefix=""):
    for name, data in toy.contents.items():
        server.files[f"/{prefix}{name}.gz"] = gzip.compress(data)


def assert_complete(toy, folder, *others):
    for name, data in toy.contents.items():
        assert (folder / name).read_bytes() == data
    assert set(os.listdir(folder)) == {".lock", *toy.contents, *others}


def test_fetches_and_unpacks_into_the_given_folder(server, toy, no_data, tmp_path):
    serve(server, toy)
    seen = []

    folder = fetch_source(toy.at(server.url), tmp_path, lambda *told: seen.append(told))

    assert folder == tmp_path / "toy"
    assert_complete(toy, folder)
    size = len(server.files["/big-idx.gz"])
    assert [told for told in seen if told[0] == "big-idx"][-1] == ("big-idx", size, size)
    assert stat.S_IMODE((folder / "big-idx").stat().st_mode) == 0o666 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_is_there_and_good_is_not_fetched_again(server, toy, no_data, tmp_path):
    serve(server, toy)
    fetch_source(toy.at(server.url), tmp_path, silent)
    (tmp_path / "toy" / "small-idx").unlink()
    server.asked.clear()

    fetch_source(toy.at(server.url), tmp_path, silent)

    assert server.asked == [("/small-idx.gz", "")]


@pytest.mark.parametrize("how", ["other content", "truncated", "web page", "too long", "bomb"])
def test_wrong_content_moves_on_to_the_next_mirror(server, toy, no_data, tmp_path, how):
    serve(server, toy, "good/")
    good, data = server.files["/good/big-idx.gz"], toy.contents["big-idx"]
    server.files["/bad/big-idx.gz"] = {
        "other content": gzip.compress(data[::-1]),
        "truncated": good[:-100],
        "web page": b"<html>please log in</html>",
        "too long": good + bytes(1 << 20),
        "bomb": gzip.compress(bytes(50 << 20)),
    }[how]
    server.files["/bad/small-idx.gz"] = server.files["/good/small-idx.gz"]

    folder = fetch_source(toy.at(server.url + "bad/", server.url + "good/"), tmp_path, silent)

    assert_complete(toy, folder)
    # The mirror that worked for the first file is asked first for the second.
    assert [path for path, _ in server.asked] == [
        "/bad/big-idx.gz",
        "/good/big-idx.gz",
        "/good/small-idx.gz",
    ]


def test_wrong_content_everywhere_leaves_nothing_in_place(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.files["/big-idx.gz"] = gzip.compress(toy.contents["big-idx"][::-1])

    with pytest.raises(InputError, match="expected sha256"):
        fetch_source(toy.at(server.url), tmp_path, silent)

    assert sorted(os.listdir(tmp_path / "toy")) == [".download", ".lock"]
    assert not os.listdir(tmp_path / "toy/.download")


def test_missing_file_moves_on_to_the_next_mirror(server, toy, no_data, tmp_path):
    serve(server, toy, "good/")

    folder = fetch_source(toy.at(server.url + "gone/", server.url + "good/"), tmp_path, silent)

    assert_complete(toy, folder)


def test_cut_connection_is_taken_up_again_where_it_broke(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [100_000, 150_000]

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))

    spans = [span for path, span in server.asked if path == "/big-idx.gz"]
    assert spans == ["", "bytes=100000-", "bytes=250000-"]


def test_a_server_without_ranges_starts_over(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.ranges = False
    server.cuts["/big-idx.gz"] = [100_000]

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))


def test_a_server_that_always_cuts_at_one_place_is_given_up(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.ranges = False
    server.cuts["/big-idx.gz"] = [100_000] * 50

    with pytest.raises(InputError, match=r"cut after 100,000 of"):
        fetch_source(toy.at(server.url), tmp_path, silent)

    assert len(server.asked) == 2


def test_a_server_that_tells_no_lengths(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.lengths = False
    totals = []

    folder = fetch_source(toy.at(server.url), tmp_path, lambda *told: totals.append(told[2]))

    assert_complete(toy, folder)
    assert set(totals) == {None}


def test_the_next_call_goes_on_with_what_the_last_one_left(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [100_000, 0]
    with pytest.raises(InputError, match="cut after"):
        fetch_source(toy.at(server.url), tmp_path, silent)
    server.asked.clear()

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))

    assert server.asked[0] == ("/big-idx.gz", "bytes=100000-")


def test_a_part_left_whole_is_used(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [100_000, 0]
    with pytest.raises(InputError):
        fetch_source(toy.at(server.url), tmp_path, silent)
    (part,) = (tmp_path / "toy/.download").glob("big-idx.*.part")
    part.write_bytes(server.files["/big-idx.gz"])

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))


@pytest.mark.parametrize("length", [100_000, 2_000_000])
def test_a_part_of_another_file_is_thrown_away(server, toy, no_data, tmp_path, length):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [50_000, 0]
    with pytest.raises(InputError):
        fetch_source(toy.at(server.url), tmp_path, silent)
    (part,) = (tmp_path / "toy/.download").glob("big-idx.*.part")
    part.write_bytes(b"x" * length)

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))


def test_all_failing_names_every_address_and_the_way_out(server, toy, no_data, tmp_path):
    source = toy.at(server.url + "a/", "http://127.0.0.1:1/")

    with pytest.raises(InputError) as caught:
        fetch_source(source, tmp_path, silent)

    message = str(caught.value)
    assert f"{server.url}a/big-idx.gz: 404 Not Found" in message
    assert "http://127.0.0.1:1/big-idx.gz: Connection refused" in message
    assert "chainrule data import toy FILE..." in message
    assert "--data-dir" in message
    assert "\n" not in message
    assert "object at 0x" not in message


def test_a_server_that_says_nothing_is_left(server, toy, no_data, tmp_path, monkeypatch):
    import socket

    serve(server, toy)
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 1.0))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        source = toy.at(f"http://127.0.0.1:{mute.getsockname()[1]}/", server.url)
        assert_complete(toy, fetch_source(source, tmp_path, silent))


def test_own_mirror_is_asked_first_and_may_serve_a_data_directory(
    server, toy, no_data, tmp_path, monkeypatch
):
    for name, data in toy.contents.items():
        server.files[f"/class/toy/{name}"] = data
    monkeypatch.setenv("CHAINRULE_MIRROR", server.url + "class")

    folder = fetch_source(toy.at("http://127.0.0.1:1/"), tmp_path, silent)

    assert_complete(toy, folder)
    assert [path for path, _ in server.asked][:2] == [
        "/class/toy/big-idx.gz",
        "/class/toy/big-idx",
    ]


def archived(toy, *mirrors, members=None):
    """The toy's source with a .tar.gz for its files, and that archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in (members or toy.contents).items():
            info = tarfile.TarInfo(f"toy-1.0/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    packed = stream.getvalue()
    sha256 = hashlib.sha256(packed).hexdigest()
    known = KnownFile("toy.tar.gz", len(packed), sha256, verbatim=True)
    return replace(toy.at(*mirrors), archive=known), packed


def test_files_out_of_an_archive_taken_up_where_it_broke(server, toy, no_data, tmp_path):
    source, packed = archived(toy, server.url + "gone/", server.url)
    server.files["/toy.tar.gz"] = packed
    server.cuts["/toy.tar.gz"] = [100_000]

    folder = fetch_source(source, tmp_path, silent)

    assert_complete(toy, folder)
    assert server.asked == [
        ("/gone/toy.tar.gz", ""),
        ("/toy.tar.gz", ""),
        ("/toy.tar.gz", "bytes=100000-"),
    ]


def test_an_archive_of_other_content_is_not_looked_into(server, toy, no_data, tmp_path):
    source, packed = archived(toy, server.url)
    server.files["/toy.tar.gz"] = packed[:-1] + b"x"

    with pytest.raises(InputError, match=r"cannot download toy.tar.gz of toy .*expected sha256"):
        fetch_source(source, tmp_path, silent)
    assert not set(os.listdir(tmp_path / "toy")) & set(toy.contents)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"small-idx": None}, "toy.tar.gz of toy has no small-idx in it"),
        (
            {"small-idx": b"x"},
            "small-idx is not the small-idx of toy: expected 1,000 bytes, received 1",
        ),
    ],
)
def test_an_archive_that_lacks_a_file(server, toy, no_data, tmp_path, change, message):
    members = {name: data for name, data in (toy.contents | change).items() if data is not None}
    source, server.files["/toy.tar.gz"] = archived(toy, server.url, members=members)

    with pytest.raises(InputError, match=message):
        fetch_source(source, tmp_path, silent)
    assert not set(os.listdir(tmp_path / "toy")) & set(toy.contents)


def test_own_mirror_has_the_files_of_an_archive_or_the_archive(
    server, toy, no_data, tmp_path, monkeypatch
):
    monkeypatch.setenv("CHAINRULE_MIRROR", server.url)
    source, packed = archived(toy, "http://127.0.0.1:1/")
    server.files["/toy/big-idx"] = toy.contents["big-idx"]
    server.files["/toy/small-idx"] = toy.contents["small-idx"]
    assert_complete(toy, fetch_source(source, tmp_path / "files", silent))
    assert "/toy/toy.tar.gz" not in [path for path, _ in server.asked]

    del server.files["/toy/small-idx"]
    server.files["/toy/toy.tar.gz"] = packed
    assert_complete(toy, fetch_source(source, tmp_path / "archive", silent))


def test_own_mirror_must_be_an_address(toy, no_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_MIRROR", "/mnt/usb")

    with pytest.raises(
        InputError, match=r"CHAINRULE_MIRROR: expected a beginning of http.*'/mnt/usb'"
    ):
        fetch_source(toy.at(), tmp_path, silent)


def test_a_damaged_file_is_replaced_and_kept(server, toy, no_data, tmp_path):
    serve(server, toy)
    toy.put(tmp_path / "toy")
    (tmp_path / "toy" / "big-idx").write_bytes(b"mine")

    folder = fetch_source(toy.at(server.url), tmp_path, silent)

    assert_complete(toy, folder, "big-idx.damaged")
    assert (folder / "big-idx.damaged").read_bytes() == b"mine"


def test_a_damaged_file_stays_if_there_is_nothing_better(server, toy, no_data, tmp_path):
    toy.put(tmp_path / "toy")
    (tmp_path / "toy" / "big-idx").write_bytes(b"mine")

    with pytest.raises(InputError):
        fetch_source(toy.at(server.url), tmp_path, silent)

    assert (tmp_path / "toy" / "big-idx").read_bytes() == b"mine"


def test_two_at_once_fetch_each_file_once(server, toy, no_data, tmp_path):
    serve(server, toy)
    threads = [
        threading.Thread(target=fetch_source, args=(toy.at(server.url), tmp_path, silent))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert_complete(toy, tmp_path / "toy")
    assert sorted(path for path, _ in server.asked) == ["/big-idx.gz", "/small-idx.gz"]


def test_two_processes_at_once(server, toy, no_data, tmp_path):
    serve(server, toy)
    source = toy.at(server.url)
    program = (
        "from chainrule.data.fetching.download import fetch_source\n"
        "from chainrule.data.fetching.source import KnownFile, Source\n"
        f"fetch_source({source!r}, {str(tmp_path)!r}, lambda *told: None)"
    )
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]

    assert [process.wait(900) for process in running] == [0, 0]
    assert_complete(toy, tmp_path / "toy")
    assert len(server.asked) == 2


def test_a_folder_that_cannot_be_made(toy, no_data, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"cannot write to .*file"):
        fetch_source(toy.at(), tmp_path / "file", silent)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [100_000, 0]
    with pytest.raises(InputError):
        fetch_source(toy.at(server.url), tmp_path, silent)
    (part,) = (tmp_path / "toy/.download").glob("big-idx.*.part")
    part.unlink()
    part.symlink_to("/dev/full")

    with pytest.raises(InputError, match=r"cannot write to .*toy: No space left on device"):
        fetch_source(toy.at(server.url, server.url), tmp_path, silent)

    assert sorted(os.listdir(tmp_path / "toy")) == [".download", ".lock"]


def test_a_killed_process_leaves_what_the_next_one_needs(server, toy, no_data, tmp_path):
    serve(server, toy)
    server.cuts["/big-idx.gz"] = [200_000]
    program = (
        "import os\n"
        "from chainrule.data.fetching.download import fetch_source\n"
        "from chainrule.data.fetching.source import KnownFile, Source\n"
        "die = lambda name, done, total: done < 200_000 or os.kill(os.getpid(), 9)\n"
        f"fetch_source({toy.at(server.url)!r}, {str(tmp_path)!r}, die)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    server.asked.clear()

    assert_complete(toy, fetch_source(toy.at(server.url), tmp_path, silent))
    assert server.asked[0][1].startswith("bytes=")
