"""What tests of searches share: a server that is started once, if one is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[postgresql.Server]:
    pytest.importorskip("psycopg")
    if postgresql.binaries() is None or postgresql.account() is None:
        pytest.skip("PostgreSQL is not installed, or there is no user to run it")
    with postgresql.server() as made:
        yield made


@pytest.fixture
def database(server: postgresql.Server, request: pytest.FixtureRequest) -> str:
    """An empty database of the test's own."""
    name = f"d{abs(hash(request.node.nodeid)):x}"
    server.sql("postgres", f"CREATE DATABASE {name}")
    return name
