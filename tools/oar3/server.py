"""OAR 3's own server, from a checkout, with a database of its own, and kao as its meta-scheduler.

Nothing of it is installed: the modules and commands of OAR 3 are small scripts in a temporary folder that start the checkout's Python.
"""

import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

# OAR 3 cannot read the ports of ZeroMQ from oar.conf (it adds the number to a text): they are 6670 and 6671. So the address is one that no other server has.
ADDRESS = "127.0.3.1"
# Of the modules, and of the users who submit.
ACCOUNT = "nobody"
NODES = 8
CORES = 4
MODULES = {
    "oar-appendice-proxy": "oar.modules.appendice_proxy:main",
    "oar-bipbip-commander": "oar.modules.bipbip_commander:main",
    "oar-bipbip": "oar.modules.bipbip:main",
    "oar-leon": "oar.modules.leon:main",
    "oar-sarko": "oar.modules.sarko:main",
    "oar-finaud": "oar.modules.finaud:main",
    "oar-node-change-state": "oar.modules.node_change_state:main",
    "oar-almighty": "oar.modules.almighty:main",
    "oar3-kao": "oar.kao.kao:main",
    "oarsub": "oar.cli.oarsub:cli",
    "oardel": "oar.cli.oardel:cli",
    "oarstat": "oar.cli.oarstat:cli",
}
# Seconds that the server has to begin to listen, and to stop.
PATIENCE = 30


class ServerError(Exception):
    """The server did not do what everything else needs."""


class Server:
    """Used as a context, it starts the server, and leaves nothing behind but what it was told to keep."""

    def __init__(self, checkout: Path, python: Path, kao: Path | None) -> None:
        """Without a `kao`, OAR 3's own is the meta-scheduler."""
        self.checkout = checkout
        self.python = python
        self.kao = kao
        self.database_port = os.environ["OAR_TEST_POSTGRES_PORT"]
        self.password = os.environ["OAR_TEST_POSTGRES_PASSWORD"]
        self.account = account_that_runs(python)
        self.folder = Path()
        # Where the appendice proxy listens.
        self.port = 0
        self.almighty: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="oar3-"))
        self.folder.chmod(0o755)
        try:
            self.make_database()
            self.make_programs()
            self.configure()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The database.

    def make_database(self) -> None:
        """As OAR 3's own scripts make it: its tables, its queues, a user who only reads, and nodes of two cpus."""
        self.psql("postgres", "DROP DATABASE IF EXISTS oar WITH (FORCE)")
        self.psql("postgres", "DROP ROLE IF EXISTS oar; DROP ROLE IF EXISTS oar_ro")
        self.psql("postgres", "CREATE ROLE oar LOGIN PASSWORD 'oar'; CREATE ROLE oar_ro LOGIN PASSWORD 'oar_ro'")
        self.psql("postgres", "CREATE DATABASE oar OWNER oar TEMPLATE template0 ENCODING 'UTF8'")
        for file in ("pg_structure.sql", "default_data.sql"):
            self.psql("oar", (self.checkout / "setup" / "database" / file).read_text(), role="oar", password="oar")
        self.sql("ALTER TABLE resources ADD COLUMN cpu integer, ADD COLUMN core integer")
        self.sql(
            "INSERT INTO resources(network_address, cpu, core, state)"
            f" SELECT 'node-' || n, n * 2 - 1 + c / {CORES // 2}, (n - 1) * {CORES} + c, 'Alive'"
            f" FROM generate_series(1, {NODES}) n, generate_series(0, {CORES - 1}) c ORDER BY n, c"
        )
        self.psql("oar", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO oar_ro")

    def psql(self, database: str, statements: str, role: str = "postgres", password: str | None = None) -> str:
        words = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.database_port, "-U", role, "-d", database]
        environment = os.environ | {"PGPASSWORD": password or self.password, "PGOPTIONS": "-c client_min_messages=warning"}
        done = subprocess.run(words, check=False, input=statements, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServerError(f"psql:\n{statements}\n{done.stderr}")
        return done.stdout

    def sql(self, statement: str) -> None:
        self.psql("oar", statement, role="oar", password="oar")

    def rows(self, query: str) -> list[dict]:
        printed = self.psql("oar", f"SELECT row_to_json(line) FROM ({query}) line", role="oar", password="oar")
        return [json.loads(line) for line in printed.splitlines()]

    # The programs.

    def make_programs(self) -> None:
        (self.folder / "oar").mkdir()
        for name, function in MODULES.items():
            module, _, entry = function.partition(":")
            start = f"import sys; sys.argv[0] = '{name}'; from {module} import {entry}; sys.exit({entry}())"
            program = self.folder / "oar" / name
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(str(self.python))} -c {shlex.quote(start)} "$@"\n')
            program.chmod(0o755)
        if self.kao:
            shutil.copy(self.kao, self.folder / "kao")
            (self.folder / "kao").chmod(0o755)
        (self.folder / "home").mkdir()
        # Nobody else is to write there.
        if self.account:
            shutil.chown(self.folder / "home", ACCOUNT)

    def configure(self) -> None:
        home = self.folder / "home"
        self.port = free_port()
        settings = {
            "DB_TYPE": "Pg",
            "DB_HOSTNAME": "127.0.0.1",
            "DB_PORT": self.database_port,
            "DB_BASE_NAME": "oar",
            "DB_BASE_LOGIN": "oar",
            "DB_BASE_PASSWD": "oar",
            "DB_BASE_LOGIN_RO": "oar_ro",
            "DB_BASE_PASSWD_RO": "oar_ro",
            "SERVER_HOSTNAME": ADDRESS,
            "SERVER_PORT": self.port,
            "BIPBIP_COMMANDER_SERVER": ADDRESS,
            "LOG_LEVEL": "3",
            "LOG_FILE": home / "oar.log",
            "META_SCHED_CMD": self.folder / ("kao" if self.kao else "oar/oar3-kao"),
            "SCHEDULER_MIN_TIME_BETWEEN_2_CALLS": "1",
            "SCHEDULER_JOB_SECURITY_TIME": "5",
            "HIERARCHY_LABELS": "resource_id,network_address,cpu,core",
            "FINAUD_FREQUENCY": "0",
            "ADMISSION_RULES_IN_FILES": "yes",
            "ADMISSION_RULES_PATH": f"{self.rules()}/",
            # OAR 3 stops without a command that checks nodes, and puts no blank between it and the nodes.
            "PINGCHECKER_GENERIC_COMMAND": "/bin/true ",
            # Two keys that OAR 3 needs and has no defaults for.
            "DETACH_JOB_FROM_SERVER": "1",
            "CPUSET_PATH": "/oar",
        }
        (self.folder / "oar.conf").write_text("".join(f'{key}="{value}"\n' for key, value in settings.items()))

    def rules(self) -> Path:
        """The admission rules of the checkout but one: OAR 3's list of types lacks `noop`."""
        rules = self.folder / "rules"
        rules.mkdir()
        for rule in (self.checkout / "etc" / "oar" / "admission_rules.d").glob("[0-9]*.py"):
            if rule.name != "15_check_types.py":
                shutil.copy(rule, rules)
        return rules

    def environment(self, user: str) -> dict[str, str]:
        """As the wrappers of OAR's commands make it."""
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return kept | {
            "OARDIR": str(self.folder / "oar"),
            "OARCONFFILE": str(self.folder / "oar.conf"),
            "OARDO_USER": user,
            "USER": user,
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(self.checkout),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def popen(self, name: str, *words: str, user: str, output: int | object) -> subprocess.Popen:
        return subprocess.Popen(
            [self.folder / "oar" / name, *words],
            env=self.environment(user),
            cwd=self.folder / "home",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **self.account,
        )

    def start(self) -> None:
        """Almighty starts its two companions itself."""
        with open(self.folder / "almighty.out", "w", encoding="utf-8") as output:
            self.almighty = self.popen("oar-almighty", user="oar", output=output)
        for port in (6670, 6671):
            self.wait_for_port(port)

    def wait_for_port(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((ADDRESS, port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.almighty.poll() is not None:
                    raise ServerError(f"nobody listens on {ADDRESS}:{port}:\n{self.printed()}") from None
                time.sleep(0.2)

    def stop(self) -> None:
        """Almighty and its companions are a session of their own."""
        if self.almighty is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.almighty.pid, sign)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + PATIENCE / 10
            while self.almighty.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
        self.almighty.wait()
        self.almighty = None

    # What there is to see.

    def is_running(self) -> bool:
        return self.almighty is not None and self.almighty.poll() is None

    def printed(self) -> str:
        return (self.folder / "almighty.out").read_text(errors="replace")[-4000:]

    def log(self) -> list[str]:
        log = self.folder / "home" / "oar.log"
        return log.read_text(errors="replace").splitlines() if log.exists() else []

    def command(self, name: str, *words: str, user: str) -> subprocess.Popen:
        return self.popen(name, *words, user=user, output=subprocess.PIPE)

    def ask_for_a_round(self) -> None:
        """By the appendice proxy, which understands what OAR 2's programs say. Nothing wakes the server at a date."""
        with socket.create_connection((ADDRESS, self.port), timeout=5) as proxy:
            proxy.sendall(b"Scheduling\n")


def account_that_runs(python: Path) -> dict:
    """As root, all is done by another account, if that one can run the Python."""
    if os.geteuid() != 0:
        return {}
    account = {"user": ACCOUNT, "group": pwd.getpwnam(ACCOUNT).pw_gid, "extra_groups": []}
    try:
        subprocess.run([python, "-c", ""], check=True, cwd="/", capture_output=True, **account)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return account


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("", 0))
        return some.getsockname()[1]
