import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from chainrule.data.fetching.paths import locate
from chainrule.data.formats.cifar_files import PIXELS
from chainrule.data.sources.cifar import CIFAR10, CIFAR100, cifar10, cifar100
from chainrule.errors import InputError


def fill(count, start):
    return ((np.arange(count * PIXELS) + start) % 256).astype(np.uint8).reshape(count, PIXELS)


@pytest.fixture
def lay_out(no_data):
    """Writes small CIFAR files of both forms into a folder."""

    def write(folder, form, fine=True):
        folder.mkdir(parents=True)
        for at, known in enumerate(form.files):
            planes = fill(2, at)
            labels = np.array([[at, 10 * at], [at + 1, 10 * at + 1]], np.uint8)
            if form is CIFAR10:
                np.hstack([labels[:, :1], planes]).tofile(folder / known.name)
            elif form is CIFAR100:
                np.hstack([labels, planes]).tofile(folder / known.name)
            else:
                batch = {b"data": planes, b"labels": labels[:, 0].tolist()}
                batch |= {b"coarse_labels": batch[b"labels"], b"fine_labels": labels[:, 1].tolist()}
                (folder / known.name).write_bytes(pickle.dumps(batch, 2))
        return folder

    return write


FORMS10 = [(CIFAR10, "cifar-10-batches-bin"), (CIFAR10.forms[0], "cifar-10-batches-py")]
FORMS100 = [(CIFAR100, "cifar-100-binary"), (CIFAR100.forms[0], "cifar-100-python")]


@pytest.mark.parametrize(("form", "folder"), FORMS10)
@pytest.mark.parametrize("inside", [True, False])
def test_cifar10_of_both_forms(lay_out, tmp_path, form, folder, inside):
    path = tmp_path / "data"
    lay_out(path / (folder if inside else "cifar10"), form)

    train, test = cifar10(path)

    assert repr(train) == "Dataset(cifar10 train: 10 images of 32x32x3, 10 classes)"
    assert repr(test) == "Dataset(cifar10 test: 2 images of 32x32x3, 10 classes)"
    assert train.labels.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert test.labels.tolist() == [5, 6]
    assert train.classes[3] == "cat"
    assert train.images[2, 0, 1].tolist() == fill(2, 1).reshape(2, 3, 32, 32)[0, :, 0, 1].tolist()


@pytest.mark.parametrize(("form", "folder"), FORMS100)
def test_cifar100_fine_and_coarse(lay_out, tmp_path, form, folder):
    lay_out(tmp_path / folder, form)

    fine, _ = cifar100(tmp_path)
    coarse, test = cifar100(tmp_path, labels="coarse")

    assert fine.labels.tolist() == [0, 1]
    assert (fine.classes[99], len(fine.classes), fine.name) == ("worm", 100, "cifar100")
    assert test.labels.tolist() == [1, 2]
    assert (coarse.classes[1], len(coarse.classes)) == ("fish", 20)
    assert coarse.name == "cifar100-coarse"
    np.testing.assert_array_equal(fine.images, coarse.images)


def test_both_forms_of_the_real_files_agree(tmp_path):
    hashes = set()
    for form, folder in FORMS10:
        place = locate(replace(form, forms=()))
        if place is None:
            pytest.skip(f"{folder} is not on this machine")
        (tmp_path / folder).mkdir()
        (tmp_path / folder / folder).symlink_to(place)
        hashes.add(tuple(part.sha256 for part in cifar10(tmp_path / folder)))
    assert len(hashes) == 1


def test_an_unknown_kind_of_labels():
    with pytest.raises(InputError, match="unknown kind 'corse'; did you mean 'coarse'"):
        cifar100(labels="corse")


@pytest.mark.parametrize(("form", "folder"), [*FORMS10, *FORMS100])
def test_a_damaged_file_is_named(lay_out, tmp_path, form, folder):
    lay_out(tmp_path / folder, form)
    path = tmp_path / folder / form.files[-1].name
    content = path.read_bytes()
    os.truncate(path, len(content) - 5)
    with pytest.raises(InputError, match=form.files[-1].name):
        cifar10(tmp_path) if "10-" in folder else cifar100(tmp_path)


def test_the_numbers_that_name_the_published_files():
    """Each is a checksum by its length, and no two files have the same."""
    known = [known for source in (CIFAR10, CIFAR100) for known in (*source.files, source.archive)]
    known += [known for source in (CIFAR10, CIFAR100) for known in source.forms[0].files]
    lengths = {"md5": 32, "sha1": 40, "sha256": 64}
    for algorithm, digits in (file.digest for file in known):
        assert len(bytes.fromhex(digits)) * 2 == lengths[algorithm]
    assert len({file.checksum for file in known}) == len(known) == 18
