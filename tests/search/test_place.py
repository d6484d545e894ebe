from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optuna")

from chainrule.errors import InputError
from chainrule.printable import masked
from chainrule.search.place import read_place

HERE = Path("searches/s")


def test_a_study_is_in_the_folder_of_its_search_unless_another_place_is_given():
    assert read_place(None, HERE).file == HERE / "journal.log"
    for name in ("shared/study.log", "été.log", "a:b", "C:\\study.log"):
        assert read_place(name, HERE).file == Path(name)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "PostgreSQL"])
def test_postgresql_is_reached_by_psycopg_whatever_it_is_called(scheme):
    place = read_place(f"{scheme}://me@host/db", HERE)
    assert place.is_server and place.url.drivername == "postgresql+psycopg"
    assert place.shown == "postgresql://me@host/db"
    assert not read_place("sqlite:///study.db", HERE).is_server


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "received ''"),
        ("  ", "received '  '"),
        ("a\0b", "received"),
        ("://", "without a scheme"),
        ("postgres:localhost/db", "cannot be read; characters such as"),
        ("postgresq://u:secret@h/d", "postgresq:// URL; did you mean 'postgresql'"),
        ("mysql://u:secret@h/d", "received a mysql:// URL$"),
        ("http://u:secret@h/d", "received a http:// URL$"),
        ("file:///tmp/x", "received a file:// URL$"),
        ("postgresql://u:secret", "cannot be read; characters such as"),
        ("postgresql://u:secret@h:port/d", "cannot be read"),
        ("postgresql+asyncpg://u:secret@h/d", "driver psycopg or psycopg2, received 'asyncpg'"),
        ("sqlite://", "memory cannot be shared"),
        ("sqlite:///:memory:", "memory cannot be shared"),
        ("sqlite:///file:x?mode=memory&uri=true", "memory cannot be shared"),
    ],
)
def test_what_is_no_place_is_refused_without_its_password(given, problem):
    with pytest.raises(InputError, match=problem) as caught:
        read_place(given, HERE)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["secret", "s%40cr%2Fet", "{a}", "it's", "per%25cent", "日本"])
def test_no_form_of_a_password_is_shown(word):
    from urllib.parse import unquote

    place = read_place(f"postgresql://me:{word}@host/db?sslmode=require&password={word}2", HERE)
    plain = unquote(word)
    for text in (place.shown, repr(place)):
        assert word not in text and plain not in text
    said = place.without_secrets(f"{place.url.render_as_string(False)}: {plain} {word} {plain}2")
    assert word not in said and plain not in said


def test_passwords_in_any_message_are_masked():
    said = masked("received 'postgresql://me:se@cr:et@host/db' and http://a.org:80/x?y=@z")
    assert said.startswith("received 'postgresql://me:***@host/db' and http://a.org")
    assert masked("no URL: a@b") == "no URL: a@b"
