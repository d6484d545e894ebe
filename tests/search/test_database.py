"""A study in PostgreSQL: what goes wrong with the server, and with what it is asked."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna")
pytest.importorskip("psycopg")

from chainrule.cli import main
from chainrule.errors import ChainruleWarning, InputError
from chainrule.files import WriteFailed
from chainrule.search import Plan, read_plan, search, study
from chainrule.search.mutex import ServerMutex
from chainrule.search.place import read_place
from chainrule.search.results import rows
from chainrule.search.storage import _engine

from .postgresql import PASSWORD, USER, Server
from .test_takeover import TEXT, At, no_reports, quiet

__all__ = ["no_reports"]  # a fixture for all tests here


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "s.toml").write_text(TEXT)
    return read_plan(tmp_path / "s.toml")


def refused(plan: Plan, tmp_path: Path, place: str) -> str:
    with pytest.raises(InputError) as caught:
        search(plan, tmp_path / "s", study=place, say=quiet)
    assert not (tmp_path / "s").exists()
    said = str(caught.value)
    assert "\n" not in said and PASSWORD not in said and "wrong" not in said
    return said


def test_a_server_that_is_not_there_is_one_line(plan: Plan, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        port = nobody.getsockname()[1]
        said = refused(plan, tmp_path, f"postgresql://me:wrong@127.0.0.1:{port}/db")
        assert f"cannot open postgresql://me:***@127.0.0.1:{port}/db: " in said
        assert "onnection refused" in said
        nobody.listen()  # and never answers
        said = refused(
            plan, tmp_path, f"postgresql://me:wrong@127.0.0.1:{port}/db?connect_timeout=2"
        )
        assert "timeout" in said


def test_a_driver_that_is_not_there_is_named(plan: Plan, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refused(plan, tmp_path, "postgresql://me:wrong@127.0.0.1/db")
    assert said.endswith("needs the package psycopg: pip install 'chainrule[postgresql]'")


def test_what_the_server_refuses_is_one_line(plan: Plan, tmp_path: Path, server: Server) -> None:
    server.sql("postgres", "CREATE DATABASE refusing", "CREATE ROLE poor LOGIN PASSWORD 'wrong'")
    poor = f"postgresql://poor:wrong@127.0.0.1:{server.port}/refusing"
    assert "password authentication failed" in refused(
        plan, tmp_path, server.url("refusing", password="wrong")
    )
    assert "does not exist; create it with createdb" in refused(
        plan, tmp_path, server.url("nowhere")
    )
    assert "create a database of your own" in refused(plan, tmp_path, poor)
    elsewhere = server.url("refusing") + "?options=-csearch_path%3Dnowhere"
    assert "schema in search_path must exist" in refused(plan, tmp_path, elsewhere)
    with pytest.raises(InputError, match=r"there is no study s in postgresql://.*/refusing yet"):
        study.look(plan, tmp_path / "s", server.url("refusing"))
    server.sql("refusing", "CREATE TABLE studies (id int)")
    assert "does not exist" in refused(plan, tmp_path, server.url("refusing"))


def test_a_server_that_starts_anew_ends_no_training(
    plan: Plan, tmp_path: Path, server: Server, database: str
) -> None:
    restart = At(2, lambda: server.control("restart", "-m", "immediate"))
    place = server.url(database, scheme="postgres")
    found = rows(
        search(plan, tmp_path / "s", study=place, callbacks=lambda: [restart], say=quiet), plan
    )
    assert [(row.state, row.epochs) for row in found] == [("complete", 4)]
    written = [path for path in (tmp_path / "s").rglob("*") if path.is_file()]
    assert written and not any(PASSWORD.encode() in path.read_bytes() for path in written)


def test_a_server_that_stays_away_ends_the_worker_in_one_line(
    plan: Plan, tmp_path: Path, server: Server, database: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(study, "OUTAGE", 0.2)
    place = server.url(database)
    stop = At(2, lambda: server.control("stop", "-m", "immediate"))
    try:
        with (
            pytest.raises(WriteFailed, match="when it can be written, run the search again"),
            pytest.warns(ChainruleWarning, match="cannot reach the study .*tried again for 0.2 s"),
        ):
            search(plan, tmp_path / "s", study=place, callbacks=lambda: [stop], say=quiet)
    finally:
        server.control("start")
    found = rows(search(plan, tmp_path / "s", study=place, say=quiet), plan)
    assert [(row.state, row.epochs, len(row.workers)) for row in found] == [("complete", 4, 2)]


def test_one_process_at_a_time_has_the_lock_of_the_server(server: Server, database: str) -> None:
    from sqlalchemy.exc import OperationalError

    place = read_place(server.url(database), Path("s"))
    first, second, other = (ServerMutex(_engine(place), name) for name in ("s", "s", "t"))
    with (
        first(),
        other(),
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        patch.setattr("chainrule.search.mutex.LONGEST", 0.05)
        second().__enter__()
    with second():
        pass


def test_the_command_never_shows_the_password(
    plan: Plan, tmp_path: Path, server: Server, database: str, monkeypatch: Any, capfd: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_STUDY", server.url(database))
    assert main(["search", "s.toml"]) == 0
    assert main(["search", "s.toml", "--status"]) == 0
    assert main(["search", "s.toml", "--set", "epochs=5"]) == 2
    out, err = capfd.readouterr()
    assert "Best: trial 0000" in out and "1 trial of 1" in out
    assert f"postgresql://{USER}:***@127.0.0.1" in err and "epochs was 4 and is 5" in err
    assert PASSWORD not in out + err and "s3cr" not in out + err
