from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from chainrule.data.folder import cache, unfinished
from chainrule.data.folder.cache import Decoded, decoded
from chainrule.data.folder.scan import scan
from chainrule.data.formats.images import read_image
from chainrule.errors import InputError

from ..image_files import make_images, noise

SHAPE = (6, 6, 3)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return make_images(tmp_path / "photos", {"a": 3, "b": 2})


@pytest.fixture
def read(photos: Path, tmp_path: Path):
    def read(shape: tuple[int, int, int] = SHAPE, resize: str = "stretch") -> Decoded:
        return decoded(scan(photos), shape, resize, tmp_path / "cache")

    return read


def entries(tmp_path: Path) -> list[Path]:
    return sorted(p for p in (tmp_path / "cache").iterdir() if p.is_dir())


def test_images_are_those_that_predict_reads(read, photos: Path) -> None:
    images = read().images
    assert isinstance(images, np.memmap)
    assert images.shape == (5, *SHAPE)
    assert (images[1] == read_image(photos / "a" / "1.png", SHAPE)).all()
    gray = read((5, 7, 1), "crop").images
    assert (gray[4] == read_image(photos / "b" / "1.png", (5, 7, 1), "crop")).all()


def test_they_are_decoded_once(read, tmp_path: Path) -> None:
    first, again = read(), read()
    assert first.seconds > 0
    assert again.seconds == 0
    assert (first.images == again.images).all()
    assert len(entries(tmp_path)) == 1
    assert read((3, 3, 1)).seconds > 0
    assert len(entries(tmp_path)) == 2


def test_a_touched_file_is_compared_not_decoded(read, photos: Path, tmp_path: Path) -> None:
    read()
    os.utime(photos / "a" / "0.png", ns=(1, 1))
    (photos / "b").rename(photos / "c")
    (photos / "c").rename(photos / "b")
    assert read().seconds == 0
    stamps = np.load(entries(tmp_path)[0] / "stamps.npy")
    assert stamps[0, 0] == 1  # known from now on


def test_a_copy_of_the_folder_finds_its_images(read, photos: Path, tmp_path: Path) -> None:
    read()
    import shutil

    shutil.copytree(photos, tmp_path / "copy")
    assert decoded(scan(tmp_path / "copy"), SHAPE, "stretch", tmp_path / "cache").seconds == 0


def test_other_content_is_noticed_even_with_the_same_size_and_time(read, photos: Path) -> None:
    file = photos / "a" / "0.png"
    noise(1).save(file, compress_level=0)
    old = read()
    before = file.stat()
    noise(2).save(file, compress_level=0)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    new = read()
    assert new.seconds > 0
    assert (new.images[0] == read_image(file, SHAPE)).all()
    assert not (new.images[0] == old.images[0]).all()


def test_what_fails_is_named_and_tried_again_when_it_is_replaced(read, photos: Path) -> None:
    (photos / "a" / "1.png").write_bytes(b"nothing")
    (photos / "b" / "0.png").write_bytes(b"")
    found = read()
    assert found.failed[1].startswith("it is no PNG")
    assert found.failed[3] == "it is empty"
    assert (found.images[1] == 0).all()
    assert read().failed == found.failed
    noise(3).save(photos / "a" / "1.png")
    assert read().failed == {3: "it is empty"}


@pytest.mark.parametrize("damage", ["short", "no entry", "no json", "no stamps", "other stamps"])
def test_a_damaged_entry_is_made_again(read, tmp_path: Path, damage: str) -> None:
    expected = np.array(read().images)
    (entry,) = entries(tmp_path)
    match damage:
        case "short":
            os.truncate(entry / "pixels", 100)
        case "no entry":
            (entry / "entry.json").unlink()
        case "no json":
            (entry / "entry.json").write_text("[")
        case "no stamps":
            (entry / "stamps.npy").unlink()
        case "other stamps":
            np.save(entry / "stamps.npy", np.zeros((2, 2), np.int64))
    again = read()
    assert again.seconds > 0
    assert (again.images == expected).all()
    assert read().seconds == 0


def test_hashes_are_remembered(read) -> None:
    found = read()
    assert found.sha256("x", lambda: "1") == "1"
    assert read().sha256("x", lambda: pytest.fail("computed again")) == "1"


def test_a_builder_that_is_killed_leaves_nothing_that_counts(photos: Path, tmp_path: Path) -> None:
    make_images(photos, {"a": 700}, start=50)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from chainrule.data.folder.cache import decoded\n"
        "from chainrule.data.folder.scan import scan\n"
        "decoded(scan(Path('photos')), (6, 6, 3), 'stretch', Path('cache'),"
        " lambda done, total: (print(done, flush=True), sys.stdin.read()))\n"  # waits to be killed
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as builder:
        assert builder.stdout is not None
        builder.stdout.readline()
        builder.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    (left,) = entries(tmp_path)
    assert left.name.startswith(".")
    found = decoded(scan(photos), SHAPE, "stretch", tmp_path / "cache")
    assert found.seconds > 0
    assert not found.failed
    assert not (found.images.reshape(len(found.images), -1) == 0).all(axis=1).any()
    assert [entry.name[0] == "." for entry in entries(tmp_path)] == [False]


def killed_half_way(photos: Path, tmp_path: Path) -> Path:
    """A folder in which a builder was killed after its first files; these are not new."""
    make_images(photos, {"a": 100}, start=50)
    for file in photos.rglob("*.png"):
        os.utime(file, (1e9, 1e9))
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from chainrule.data.folder.cache import decoded\n"
        "from chainrule.data.folder.scan import scan\n"
        "decoded(scan(Path('photos')), (6, 6, 3), 'stretch', Path('cache'),"
        " lambda done, total: os.kill(os.getpid(), 9) if done >= 64 else None)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    (left,) = entries(tmp_path)
    assert left.name.startswith(".")
    return left


has_boots = pytest.mark.skipif(
    not unfinished.BOOT.exists(), reason="nobody says when this machine was started"
)


@has_boots
def test_one_that_follows_a_killed_builder_goes_on(photos: Path, tmp_path: Path) -> None:
    killed_half_way(photos, tmp_path)
    seen: list[int] = []
    listing = scan(photos)
    found = decoded(
        listing, SHAPE, "stretch", tmp_path / "cache", lambda done, total: seen.append(done)
    )
    assert seen[0] > 64 and seen[-1] == len(listing) > 96
    assert [entry.name[0] == "." for entry in entries(tmp_path)] == [False]
    (entry,) = entries(tmp_path)
    assert not (entry / "begun.json").exists()
    fresh = decoded(listing, SHAPE, "stretch", tmp_path / "another")
    assert (found.images == fresh.images).all()
    assert decoded(listing, SHAPE, "stretch", tmp_path / "cache").seconds == 0


@has_boots
@pytest.mark.parametrize(
    "change", ["file", "machine", "decoders", "no json", "short", "no stamps", "digests"]
)
def test_what_may_have_changed_is_decoded_again(
    photos: Path, tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = killed_half_way(photos, tmp_path)
    begun, first = left / "begun.json", photos / "a" / "0.png"
    match change:
        case "file":
            first.write_bytes((photos / "b" / "0.png").read_bytes())
            os.utime(first, (1e9 + 5, 1e9 + 5))
        case "machine":
            monkeypatch.setattr(unfinished, "BOOT", tmp_path / "nothing")
        case "decoders":
            begun.write_text(begun.read_text().replace('"decoders": ', '"decoders": 7, "x": '))
        case "no json":
            begun.write_text("{")
        case "short":
            os.truncate(left / "pixels", 100)
        case "no stamps":
            (left / "stamps.npy").write_bytes(b"")
        case "digests":
            (left / "digests").write_bytes(bytes((left / "digests").stat().st_size))
    seen: list[int] = []
    listing = scan(photos)
    found = decoded(
        listing, SHAPE, "stretch", tmp_path / "cache", lambda done, total: seen.append(done)
    )
    assert seen[0] <= 64 + 32
    fresh = decoded(listing, SHAPE, "stretch", tmp_path / "another")
    assert (found.images == fresh.images).all()


@has_boots
def test_ctrl_c_leaves_what_is_done(photos: Path, tmp_path: Path) -> None:
    for file in photos.rglob("*.png"):
        os.utime(file, (1e9, 1e9))

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decoded(scan(photos), SHAPE, "stretch", tmp_path / "cache", interrupt)
    (left,) = entries(tmp_path)
    assert left.name.startswith(".")
    seen: list[int] = []
    decoded(
        scan(photos), SHAPE, "stretch", tmp_path / "cache", lambda done, total: seen.append(done)
    )
    assert seen == []  # all of it was there


def test_two_builders_do_not_build_twice(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    listing = scan(photos)
    key = listing.key(cache.FORMAT, SHAPE, "stretch")
    found: list[Decoded] = []
    with FileLock(folder / f"{key}.lock"):
        threads = [
            threading.Thread(
                target=lambda: found.append(decoded(listing, SHAPE, "stretch", folder))
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        assert entries(tmp_path) == []
    for thread in threads:
        thread.join()
    assert sorted(one.seconds > 0 for one in found) == [False, True]


def test_no_room_and_no_folder(read, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot make the cache .*images\.cache_dir"):
        decoded(scan(tmp_path / "photos"), SHAPE, "stretch", tmp_path / "file" / "cache")
    with pytest.raises(InputError, match=r"need [\d,.]+ GB.*--image-size"):
        read((10_000, 10_000 * 10_000, 3))
    assert not [entry for entry in entries(tmp_path) if not entry.name.startswith(".")]


def test_entries_hold_no_code(read, tmp_path: Path) -> None:
    read()
    (entry,) = entries(tmp_path)
    assert sorted(f.name for f in entry.iterdir()) == [
        "digests",
        "entry.json",
        "ignored",
        "pixels",
        "stamps.npy",
    ]
    assert json.loads((entry / "entry.json").read_text())["shape"] == [5, *SHAPE]


def test_what_failed_is_tried_again_with_other_decoders(read, photos, monkeypatch) -> None:
    """pillow-heif may have been installed since; an entry without failures is good for all."""
    from chainrule.data.folder import cache

    read()
    monkeypatch.setattr(cache, "decoders", lambda: {"pillow": "99"})
    assert read().seconds == 0
    (photos / "a" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert read().seconds > 0
    assert read().seconds == 0
    monkeypatch.setattr(cache, "decoders", lambda: {"pillow": "99", "pillow-heif": "1"})
    assert read().seconds > 0
    assert read().seconds == 0
