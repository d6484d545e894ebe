"""The routes of the view of architectures."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("starlette")

import chainrule as cr
from chainrule.errors import InputError
from chainrule.play.architecture import KINDS, class_count, image_size

RUN = "digits-convnet-001"


@pytest.fixture
def client(at_trained: Any) -> Any:
    return at_trained


def test_models_and_kinds_are_listed(client: Any) -> None:
    found = client.get("/api/architecture/models").json()
    assert found["runs"] == [RUN] and found["files"] == ["other.safetensors"]
    assert found["kinds"] == list(KINDS) and "resnet18" in KINDS


def test_blocks_of_a_run_of_a_file_and_of_a_kind(client: Any, trained: Any) -> None:
    model = cr.load(trained / "runs" / RUN / "model.safetensors")
    for source, image, parameters in (
        (f"saved:{RUN}", [8, 8, 1], cr.cost.count_parameters(model)),
        ("saved:other.safetensors", [8, 8, 1], 64 * 8 + 8 + 8 * 10 + 10),
        ("kind:lenet5", [28, 28, 1], 61706),
    ):
        found = client.get("/api/architecture/blocks", params={"source": source}).json()
        assert found["image"] == image and found["tree"]["parameters"] == parameters
        assert found["tree"]["children"][0]["path"] == "layers.0"
    query = {"source": "kind:resnet18", "size": "32x32x3", "classes": "100"}
    found = client.get("/api/architecture/blocks", params=query).json()
    assert found["tree"]["shape"] == [100] and len(found["classes"]) == 100


def test_two_are_compared(client: Any) -> None:
    query = {"left": f"saved:{RUN}", "right": "kind:convnet", "size": "8x8x1"}
    found = client.get("/api/architecture/compare", params=query).json()
    names = {d.get("name") for row in found["rows"] for d in row["differences"]}
    assert "out_channels" in names and found["left"]["layers"] == found["right"]["layers"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"source": "kind:resnet19"}, "did you mean 'resnet"),
        ({"source": "resnet18"}, "unknown model"),
        ({"source": "saved:../x.safetensors"}, "expected a file or folder in"),
        ({"source": "saved:/etc/passwd"}, "expected the name of a run"),
        ({"source": "kind:vgg11"}, "needs images of 32x32"),
        ({"source": "kind:mlp", "size": "0x8x1"}, "image size: expected"),
        ({"source": "kind:mlp", "size": "8x8x2"}, "image size: expected"),
        ({"source": "kind:mlp", "size": "99999x8x1"}, "image size: expected"),
        ({"source": "kind:mlp", "size": "x"}, "image size: expected"),
        ({"source": "kind:mlp", "classes": "0"}, "classes: expected"),
        ({"source": "kind:mlp", "classes": "ten"}, "classes: expected"),
        ({"source": "kind:mlp", "classes": "9999999999"}, "classes: expected"),
        ({"source": "kind:resnet50", "size": "10000x10000x3"}, "numbers, and at most"),
        ({}, "source"),
    ],
)
def test_bad_requests_are_sentences(client: Any, query: dict[str, str], message: str) -> None:
    answer = client.get("/api/architecture/blocks", params=query)
    assert answer.status_code == 400 and message in answer.json()["error"]


def test_sizes_are_read_as_people_write_them() -> None:
    assert image_size("28x28x1") == image_size(" 28×28×1 ") == image_size("") == (28, 28, 1)
    assert class_count("7") == 7
    for text in ("28,28,1", "-1x2x3", "٣x3x3", "1x1", "1x1x1x1"):
        with pytest.raises(InputError):
            image_size(text)
