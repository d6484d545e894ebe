from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.audit import audit
from chainrule.errors import InputError
from chainrule.report.audit import page, write_audit

from ..data.image_files import make_images


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = make_images(tmp_path / "my <photos>", {"cat": 3, "dog": 2}, side=20)
    (root / "cat" / "x<y>.png").write_text("text")
    (root / "dog" / "copy.png").write_bytes((root / "dog" / "0.png").read_bytes())
    return root


def test_the_page_shows_what_was_found(photos: Path, tmp_path: Path) -> None:
    file = write_audit(audit(photos), tmp_path / "audit.html")
    text = file.read_text("utf-8")
    assert "<h1>my &lt;photos&gt;</h1>" in text
    assert "Not ready" in text
    assert "cat/x&lt;y&gt;.png: it is no PNG" in text
    assert text.count('src="data:image') == 2  # the two copies
    assert re.findall(r'<th scope="row">(cat|dog)</th>', text) == ["cat", "dog"]
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)  # needs no network


def test_an_image_that_is_gone_is_shown_as_it_was(photos: Path) -> None:
    result = audit(photos)
    (photos / "dog" / "copy.png").unlink()
    assert page(result).count('src="data:image') == 2


def test_the_images_of_data_sets(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 20, 20, 1), np.uint8)
    images[5] = images[0]
    train = Dataset(images, np.arange(6) % 2, ("a", "b"), name="mine")
    text = page(audit([train]))
    assert "<h1>mine</h1>" in text
    assert text.count('src="data:image') == 2


def test_where_nothing_can_be_written(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*nowhere"):
        write_audit(audit(photos), tmp_path / "nowhere" / "audit.html")
