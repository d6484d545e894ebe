import gzip
import hashlib
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from chainrule.data import emnist as package_emnist
from chainrule.data.fetching import store
from chainrule.data.fetching.importing import import_files
from chainrule.data.fetching.source import KnownFile
from chainrule.data.sources.emnist import CLASSES, EMNIST, emnist
from chainrule.errors import InputError


@pytest.fixture
def lay_out(idx, no_data):
    def write(folder, split, first=0):
        folder.mkdir(parents=True)
        images = np.arange(3 * 4 * 4).reshape(3, 4, 4)
        last = first + len(CLASSES[split]) - 1
        for known, array in zip(
            EMNIST[split].files,
            (images, np.array([first, last, first]), images[:1], np.array([last])),
            strict=True,
        ):
            (folder / known.name).write_bytes(gzip.compress(idx(array), mtime=0))
        return folder

    return write


@pytest.mark.parametrize("split", CLASSES)
@pytest.mark.parametrize("folder", ["own", "emnist/gzip", "EMNIST/raw/gzip"])
def test_every_way_of_dealing_upright(lay_out, tmp_path, split, folder):
    name = f"emnist-{split}"
    first = 1 if split == "letters" else 0
    lay_out(tmp_path / (name if folder == "own" else folder), split, first)

    train, test = emnist(split, tmp_path)

    last = len(CLASSES[split]) - 1
    assert train.labels.tolist() == [0, last, 0]
    assert (train.name, test.name, test.labels.tolist()) == (name, name, [last])
    assert train.images[0, ..., 0].T.ravel().tolist() == list(range(16))


def test_how_many_classes():
    sizes = {split: len(set(classes)) for split, classes in CLASSES.items()}
    assert sizes == {
        "balanced": 47,
        "byclass": 62,
        "bymerge": 47,
        "digits": 10,
        "letters": 26,
        "mnist": 10,
    }
    assert CLASSES["balanced"][35:38] == ("Z", "a", "b")
    assert package_emnist is emnist


def test_an_unknown_split():
    with pytest.raises(InputError, match="unknown split 'leters' of EMNIST; did you mean 'lett"):
        emnist("leters")


def test_out_of_the_one_archive_and_kept_packed(lay_out, server, tmp_path):
    """The archive has the files of all six sets in it; those of one are taken, as they are."""
    packed = lay_out(tmp_path / "made", "letters", first=1)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in packed.iterdir():
            archive.write(path, f"gzip/{path.name}")
        archive.writestr("gzip/emnist-digits-train-images-idx3-ubyte.gz", b"others")
    server.files["/gzip.zip"] = stream.getvalue()
    files = tuple(
        replace(known, checksum=hashlib.sha256((packed / known.name).read_bytes()).hexdigest())
        for known in EMNIST["letters"].files
    )
    sha256 = hashlib.sha256(stream.getvalue()).hexdigest()
    source = replace(
        EMNIST["letters"],
        files=files,
        mirrors=(server.url,),
        archive=KnownFile("gzip.zip", len(stream.getvalue()), sha256, verbatim=True),
    )

    folder = store.fetch(source, tmp_path / "data")

    assert sorted(path.name for path in folder.glob("emnist*")) == sorted(k.name for k in files)
    assert emnist("letters", tmp_path / "data")[0].labels.tolist() == [0, 25, 0]
    (tmp_path / "usb.zip").write_bytes(stream.getvalue())
    assert len(import_files(source, [tmp_path / "usb.zip"], tmp_path / "other")) == 4
