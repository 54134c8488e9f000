from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oar_scheduler_kao.testing import Postgres, Server, Sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of four nodes with two cores each, on each of the databases."""
    if request.param == "sqlite":
        yield Server(tmp_path, Sqlite(tmp_path))
        return
    database = Postgres.of_environment()
    if database is None:
        pytest.skip("OAR_TEST_POSTGRES_PORT names no PostgreSQL server, or psql is not installed")
    yield Server(tmp_path, database)
    database.drop()
