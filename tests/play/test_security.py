from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from chainrule.play.security import POLICY, Access

FOREIGN = [
    "example.org",
    "127.0.0.1.example.org",
    "localhost.example.org:8000",
    "",
    "evil",
    "10.0.0.1",
]
JSON = {"content-type": "application/json"}
OUTSIDE = [
    *("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%00"),
    *("/static/views/../../app.py", "/static//etc/passwd", "/static/views", "/static/"),
]


@pytest.mark.parametrize("verb", ["get", "head"])
def test_the_page_has_its_policy(client, verb):
    answer = getattr(client, verb)("/")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY and "http" not in POLICY


@pytest.mark.parametrize("path", ["/", "/api/context", "/static/app.js", "/nothing"])
@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused(client, path, host):
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 403 and "Host" in answer.json()["error"]
    assert answer.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.org",
        "null",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8001",
        "file://",
        "",
    ],
)
def test_a_foreign_origin_is_refused(client, origin):
    answer = client.post("/api/train/say", json={"word": "stop"}, headers={"origin": origin})
    assert answer.status_code == 403 and "Origin" in answer.json()["error"]


def test_a_page_of_this_server_may_post(client):
    own = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    answer = client.post("/api/train/form", json={"data": "digits"}, headers=own)
    assert answer.status_code == 200


def test_another_site_may_not_post_without_an_origin(client):
    answer = client.post("/api/train/form", json={}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_to_the_page_and_load_nothing_of_it(client, site):
    headers = {"sec-fetch-site": site}
    assert client.get("/", headers=headers).status_code == 200
    for path in ("/api/context", "/api/train/events", "/static/app.js"):
        assert client.get(path, headers=headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_a_form_of_another_site_is_no_json(client, kind):
    answer = client.post("/api/train/form", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 400 and "application/json" in answer.json()["error"]


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_verbs(client, verb):
    assert client.request(verb, "/").status_code == 405


def test_the_token_opens_the_page_and_nothing_else_does(client_of):
    access = Access.to("0.0.0.0", "secret")
    client = client_of(access=access, follow_redirects=False)
    assert client.get("/").status_code == 403
    assert client.get("/api/context").status_code == 403
    assert client.get("/static/app.js").status_code == 403
    for wrong in ("", "secre", "secret2", "é"):
        assert client.get("/", params={"token": wrong}).status_code == 403
    opened = client.get("/", params={"token": "secret"})
    assert opened.status_code == 200
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert client.get("/api/context").status_code == 200
    assert client.get("/", headers={"host": "192.0.2.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "[2001:db8::1]:8000"}).status_code == 200
    assert client.get("/", headers={"host": "example.org"}).status_code == 403


def test_the_token_is_not_shown():
    assert "secret" not in repr(Access.to("0.0.0.0", "secret"))


@pytest.mark.parametrize("path", OUTSIDE)
def test_files_beside_the_page_are_not_served(client, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404) and "error" in answer.json()


def test_a_body_that_is_too_long_is_not_read(client):
    answer = client.post("/api/train/form", content=b"x" * (2 << 20), headers=JSON)
    assert answer.status_code == 400 and "at most 1,048,576 bytes" in answer.json()["error"]


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b"\xff", b"1", b'"a"', b"[" * 100_000, b'{"x": 1}', b'{"data": 1' + b"}"]
)
def test_a_body_that_is_none_of_ours(client, body):
    answer = client.post("/api/train/form", content=body, headers=JSON)
    assert answer.status_code == 400 and answer.json()["error"]
    assert "Traceback" not in answer.text
