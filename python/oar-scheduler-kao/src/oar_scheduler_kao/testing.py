"""A server of OAR for tests of plugins: its database and its configuration, and rounds of `kao` and `kamelot` on them.

Nothing of OAR need be installed. No job runs; what a test sees is what a round has decided.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from oar_scheduler_redox.oar_scheduler_redox import create_schema

__all__ = ["NOW", "Database", "Postgres", "Server", "Sqlite"]

#: The instant of rounds of `kamelot`, unless a test says another.
NOW = 1_700_000_000


class Database:
    """A database with the tables of OAR 3."""

    #: What `oar.conf` says of it.
    conf: str

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        """The rows of a query, or none of a statement, as text."""
        raise NotImplementedError


class Sqlite(Database):
    """One in a file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "oar.db"
        self.file.touch()
        self.conf = f"DB_TYPE=sqlite\nDB_BASE_FILE={self.file}\n"

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        connection = sqlite3.connect(self.file)
        try:
            rows = connection.execute(sql).fetchall()
            connection.commit()
        finally:
            connection.close()
        return [tuple("" if value is None else str(value) for value in row) for row in rows]


class Postgres(Database):
    """A new one on a PostgreSQL server. `psql` must be installed, and the role must be allowed to create databases."""

    def __init__(self, port: int, password: str, login: str = "postgres", host: str = "127.0.0.1") -> None:
        self.name = f"oar_{uuid.uuid4().hex}"
        self._server = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", str(port), "-U", login]
        self._environment = {**os.environ, "PGPASSWORD": password}
        self._run("postgres", f"CREATE DATABASE {self.name}")
        self.conf = f"DB_TYPE=Pg\nDB_HOSTNAME={host}\nDB_PORT={port}\nDB_BASE_NAME={self.name}\nDB_BASE_LOGIN={login}\nDB_BASE_PASSWD={password}\n"

    @classmethod
    def of_environment(cls) -> Postgres | None:
        """One on the server that `OAR_TEST_POSTGRES_PORT` and `OAR_TEST_POSTGRES_PASSWORD` name, on 127.0.0.1 and for the role postgres.

        `None` without server or `psql`.
        """
        port = os.environ.get("OAR_TEST_POSTGRES_PORT")
        if port is None or shutil.which("psql") is None:
            return None
        return cls(int(port), os.environ.get("OAR_TEST_POSTGRES_PASSWORD", ""))

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        return [tuple(line.split("\t")) for line in self._run(self.name, sql).splitlines()]

    def drop(self) -> None:
        """Removes the database."""
        self._run("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")

    def _run(self, name: str, sql: str) -> str:
        done = subprocess.run([*self._server, "-d", name], input=sql, env=self._environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr.strip()}")
        return done.stdout


class Server:
    """A server with some nodes, whose resources are their cores: resource 1 is the first core of `node-1`."""

    def __init__(self, folder: Path, database: Database, nodes: int = 4, cores: int = 2) -> None:
        self.database = database
        self.oar_conf = folder / "oar.conf"
        self._settings: dict[str, str] = {}
        self._jobs = 0
        self.configure()
        create_schema(self.oar_conf)
        values = [f"({node * cores + core + 1}, 'node-{node + 1}', 'Alive', 'default')" for node in range(nodes) for core in range(cores)]
        database.rows(f"INSERT INTO resources (resource_id, network_address, state, type) VALUES {', '.join(values)}")

    def configure(self, **settings: str) -> None:
        """Sets keys of `oar.conf`, beside those that have been set."""
        self._settings.update(settings)
        lines = [f"{key}='{value}'" for key, value in self._settings.items()]
        self.oar_conf.write_text(self.database.conf + "LOG_FILE=:stderr:\n" + "\n".join(lines) + "\n")

    def submit(
        self,
        resources: Mapping[str, int],
        walltime: int = 3600,
        types: Sequence[str] = (),
        user: str = "alice",
        queue: str = "default",
        properties: str = "",
    ) -> int:
        """A job that waits, such as `submit({"network_address": 1, "resource_id": 2}, types=["find=mine"])`: its number.

        It has one alternative, of the same number.
        """
        self._jobs += 1
        id, run = self._jobs, self.database.rows
        run(
            "INSERT INTO jobs (job_id, job_user, project, queue_name, state, properties, launching_directory, checkpoint_signal, submission_time)"
            f" VALUES ({id}, {_text(user)}, 'default', {_text(queue)}, 'Waiting', {_text(properties)}, '/', 12, {NOW - 60})"
        )
        run(f"INSERT INTO moldable_job_descriptions (moldable_id, moldable_job_id, moldable_walltime) VALUES ({id}, {id}, {walltime})")
        run(f"INSERT INTO job_resource_groups (res_group_id, res_group_moldable_id, res_group_property) VALUES ({id}, {id}, '')")
        for order, (level, count) in enumerate(resources.items()):
            run(
                "INSERT INTO job_resource_descriptions (res_job_group_id, res_job_resource_type, res_job_value, res_job_order)"
                f" VALUES ({id}, {_text(level)}, {count}, {order})"
            )
        for job_type in types:
            run(f"INSERT INTO job_types (job_id, type) VALUES ({id}, {_text(job_type)})")
        return id

    def kamelot(self, queue: str = "default", now: int = NOW) -> str:
        """A round of `kamelot` for a queue; its log."""
        return self._run("kamelot", queue, str(now))

    def kao(self) -> str:
        """A round of `kao`, at the time of the database; its log."""
        return self._run("kao")

    def place(self, job: int) -> tuple[int, list[int]] | None:
        """When a job starts, and on which resources; `None`: it has no place."""
        starts = self.database.rows(f"SELECT start_time FROM gantt_jobs_predictions WHERE moldable_job_id = {job}")
        resources = self.database.rows(f"SELECT resource_id FROM gantt_jobs_resources WHERE moldable_job_id = {job} ORDER BY resource_id")
        return (int(starts[0][0]), [int(resource) for (resource,) in resources]) if starts else None

    def message(self, job: int) -> str:
        """What the job's user is told."""
        [(message,)] = self.database.rows(f"SELECT message FROM jobs WHERE job_id = {job}")
        return message

    def _run(self, program: str, *arguments: str) -> str:
        environment: dict[str, Any] = {**os.environ, "OARCONFFILE": str(self.oar_conf)}
        command = [sys.executable, "-c", f"import oar_scheduler_kao; oar_scheduler_kao.{program}()", *arguments]
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 1, 2):
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr}")
        return done.stdout + done.stderr


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
