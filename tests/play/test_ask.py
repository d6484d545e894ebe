"""The routes of the view that asks a model."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

import chainrule as cr

RUN = "digits-convnet-001"
IMAGE = cr.data.digits()[1].images[3].tobytes()


@pytest.fixture
def client(at_trained: Any) -> Any:
    return at_trained


def test_models_are_listed_and_described(client: Any) -> None:
    assert client.get("/api/ask/models").json() == {"runs": [RUN], "files": ["other.safetensors"]}
    found = client.get("/api/ask/model", params={"model": RUN}).json()
    assert found["shape"] == [8, 8, 1] and found["drawable"] and found["has_data"]
    assert found["nearest"] and found["methods"][0] == {"name": "grad_cam", "quick": True}
    other = client.get("/api/ask/model", params={"model": "other.safetensors"}).json()
    assert not other["has_data"]


def test_everything_is_answered(client: Any) -> None:
    def asked(what: str, **query: Any) -> Any:
        answer = client.post(f"/api/ask/{what}", content=IMAGE, params={"model": RUN, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert sum(asked("predict")["probabilities"]) == pytest.approx(1)
    layers = asked("layers")["layers"]
    assert asked("layer", step=1)["shape"] == layers[1]["shape"]
    unit = asked("unit", step=1, place="0,0,0")
    assert unit["result"] == pytest.approx(unit["output"], rel=1e-4)
    assert asked("heat", method="saliency", target="2")["target"] == 2
    assert len(asked("nearest")["images"]) == 8
    assert client.get("/api/ask/prepare", params={"model": RUN}).json() == {}
    found = client.get("/api/ask/example", params={"model": RUN, "index": 3}).json()
    assert base64.b64decode(found["pixels"]) == IMAGE and found["label"] in "0123456789"


def test_an_image_file_is_decoded_here(client: Any) -> None:
    png = cr.data.formats.images.write_png(cr.data.digits()[1].images[3])
    answer = client.post("/api/ask/image", content=png, params={"model": RUN, "name": "a.png"})
    assert base64.b64decode(answer.json()["pixels"]) == IMAGE
    answer = client.post(
        "/api/ask/image", content=png[:60], params={"model": RUN, "name": "b<i>.png"}
    )
    assert answer.status_code == 400 and "b<i>.png" in answer.json()["error"]
    answer = client.post("/api/ask/image", content=bytes(17 << 20), params={"model": RUN})
    assert answer.status_code == 400 and "at most" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "model", {"model": "../other.safetensors"}, None),
        ("GET", "model", {"model": "/etc/passwd"}, None),
        ("GET", "model", {"model": "none"}, None),
        ("GET", "model", {}, None),
        ("GET", "example", {"model": RUN, "index": "x"}, None),
        ("GET", "example", {"model": "other.safetensors"}, None),
        ("POST", "predict", {"model": RUN}, b"short"),
        ("POST", "predict", {"model": RUN, "extra": "1"}, IMAGE),
        ("POST", "unit", {"model": RUN, "step": "1", "place": "99,0,0"}, IMAGE),
        ("POST", "heat", {"model": RUN, "method": "x"}, IMAGE),
        ("POST", "heat", {"model": "other.safetensors", "method": "grad_cam"}, IMAGE),
        ("POST", "nearest", {"model": "other.safetensors"}, IMAGE),
    ],
)
def test_bad_requests_are_sentences(
    client: Any, method: str, path: str, query: dict[str, str], body: bytes | None
) -> None:
    answer = client.request(method, f"/api/ask/{path}", params=query, content=body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert len(error) > 10 and "\n" not in error and "Traceback" not in error


def test_a_run_that_is_damaged_is_a_sentence(client: Any) -> None:
    bad = Path("runs", "bad-001")
    shutil.copytree(Path("runs", RUN), bad)
    try:
        model = bad / "model.safetensors"
        model.write_bytes(model.read_bytes()[:2000])
        answer = client.get("/api/ask/model", params={"model": "bad-001"})
        assert answer.status_code == 400 and "model.safetensors" in answer.json()["error"]
        shutil.copy(Path("runs", RUN, "model.safetensors"), model)
        (bad / "config.toml").write_text("data = 7 7", "utf-8")
        assert client.get("/api/ask/model", params={"model": "bad-001"}).status_code == 200
        answer = client.get("/api/ask/example", params={"model": "bad-001"})
        assert answer.status_code == 400 and "config.toml" in answer.json()["error"]
    finally:
        shutil.rmtree(bad)


def test_the_pad_is_that_of_exported_pages(client: Any) -> None:
    answer = client.get("/static/shared/drawing.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    whole = Path(cr.interop.__file__).with_name("page") / "drawing.js"
    assert answer.text == whole.read_text("utf-8") and "export function drawOn" in answer.text


def test_a_small_model_is_trained_where_the_runs_lie(
    client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chainrule.play import small_model

    monkeypatch.setattr(
        small_model, "SETTINGS", ("model.name=convnet", "model.filters=[4]", "epochs=1")
    )
    client = client_of()
    assert client.get("/api/ask/models").json()["runs"] == []
    made = client.post("/api/ask/small", json={}).json()
    assert made["model"] == RUN and 0 <= made["accuracy"] <= 1
    assert client.get("/api/ask/models").json()["runs"] == [RUN]
    Path("runs").rename("gone")
    Path("runs").write_text("a file")
    answer = client.post("/api/ask/small", json={})
    assert answer.status_code == 400 and "runs" in answer.json()["error"]
