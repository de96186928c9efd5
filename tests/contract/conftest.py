"""The store on SQLite and on PostgreSQL: ``db`` runs every test on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from tests import postgres
from tests.contract.workers import HOSTS
from tests.newsroom import Newsroom


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for the whole run."""
    if postgres.find() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server() as server:
        yield server


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'stet.db'}"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.fresh_url()


@pytest.fixture(params=KINDS)
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without a row; on PostgreSQL with its tables, which take longest to make."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'stet.db'}"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.ready_url()


@pytest.fixture
def db(db_url: str) -> Iterator[Database]:
    """It, opened."""
    with Database.open(db_url) as database:
        yield database


@pytest.fixture
def url(postgres_server: postgres.Server) -> str:
    """Address of an empty PostgreSQL database."""
    return postgres_server.fresh_url()


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """The sites of the workers, at addresses of their own."""
    with Newsroom(addresses=HOSTS) as room:
        yield room
