#!/usr/bin/env python3
"""Does OAR 3 pass its own tests with the Python module in the place of its scheduler?

Runs the tests of a checkout of OAR 3, of its branch `redox`, twice on each database: with REDOX_SCHEDULER=no and with REDOX_SCHEDULER=yes and the wheel that is
built here; compares them test by test; and says how many of them entered the module. The checkout is not changed. See docs/oar3-python.md.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "tools" / "oar3_python"
MATURIN = ROOT / "target" / "redox-venv" / "bin" / "maturin"
HOW = """It needs a checkout of OAR 3 (https://github.com/oar-team/oar3) with its branch redox, and a Python that has what OAR 3 and its tests need:

    python3 -m venv VENV
    VENV/bin/pip install 'SQLAlchemy<2.1' SQLAlchemy-Utils alembic tabulate click pyzmq requests procset simplejson psutil passlib 'bcrypt<4.1' escapism toml \\
        PyYAML psycopg2-binary rich ClusterShell 'python-jose[cryptography]' 'fastapi<0.96' 'httpx<0.28' uvicorn python-multipart ptpython pytest \\
        pytest-timeout pexpect simpy redis sortedcontainers
    make redox-venv
    make test-oar3-python OAR3=CHECKOUT PYTHON=VENV/bin/python"""
# A test that hangs is a failure.
TIMEOUT = ["--timeout", "120"]
TESTS = [f"tests/{folder}" for folder in ("api", "cli", "kao", "lib", "modules")]
MARKS = tuple(f"<!-- table of tools/test_oar3_python.py: {end} -->\n" for end in ("begin", "end"))


def main() -> None:
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout, wheel = folder / "oar3", folder / "wheel"
        revision = unpack(options, checkout)
        build_wheel(wheel)
        databases = ["SQLite"] + (["PostgreSQL"] if "OAR_TEST_POSTGRES_PORT" in os.environ else [])
        lines, differences = ["| database | tests | entered the module | passed, with OAR 3's scheduler | passed, with the module | differ |\n", f"|{'---|' * 6}\n"], []
        for database in databases:
            python, module = (run(options, checkout, wheel, database, redox, options.tests) for redox in ("no", "yes"))
            # Some tests of OAR 3 go by the clock: what differs gets another try.
            again = sorted(name for name in python.keys() & module.keys() if python[name]["outcome"] != module[name]["outcome"])
            if again:
                print(f"{database}, another try: {', '.join(again)}")
                for tests, redox in ((python, "no"), (module, "yes")):
                    tests.update(run(options, checkout, wheel, database, redox, again))
            line, differing = compared(database, python, module)
            lines.append(line)
            differences.extend(differing)
    table = "".join(lines)
    print(f"OAR 3, branch {options.ref}, {revision}:\n{table}")
    if options.write_table:
        page = options.write_table.read_text()
        begin, end = (page.index(mark) for mark in MARKS)
        options.write_table.write_text(f"{page[: begin + len(MARKS[0])]}{table}{page[end:]}")
    if differences:
        sys.exit("\n".join(differences))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=HOW, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oar3", type=Path, help="the checkout of OAR 3, a git repository")
    parser.add_argument("--ref", default="origin/redox", help="what of it is tested (default: %(default)s)")
    parser.add_argument("--python", type=Path, help="a Python with all that OAR 3 and its tests need (default: that of .venv in the checkout, or of venv beside it)")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="keep what pytest prints there")
    parser.add_argument("--write-table", type=Path, metavar="PAGE", help="write the table into this page of the documentation")
    parser.add_argument("tests", nargs="*", default=TESTS, help="which tests (default: all that need no server)")
    options = parser.parse_args()
    if not options.oar3:
        print(f"test_oar3_python.py skipped: no checkout of OAR 3 is given. {HOW}")
        sys.exit()
    candidates = [options.python, options.oar3 / ".venv" / "bin" / "python", options.oar3.parent / "venv" / "bin" / "python"]
    options.python = next((path.absolute() for path in candidates if path and path.exists()), None)
    if not options.python:
        parser.error(f"there is no Python for OAR 3. {HOW}")
    if not MATURIN.exists():
        parser.error(f"{MATURIN} is not there: make redox-venv")
    return options


def unpack(options: argparse.Namespace, checkout: Path) -> str:
    """The tree of the branch, in a folder of its own. Returns its revision."""
    git = ["git", "-C", str(options.oar3)]
    archive = subprocess.run([*git, "archive", options.ref], stdout=subprocess.PIPE, check=False)
    if archive.returncode:
        sys.exit(f"{options.oar3}: expected a git repository with {options.ref}")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(checkout, filter="data")
    return subprocess.run([*git, "rev-parse", "--short", options.ref], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def build_wheel(folder: Path) -> None:
    """What is in the wheel, for PYTHONPATH."""
    command = [MATURIN, "build", "--release", "--quiet", "--locked", "--out", folder]
    subprocess.run(command, cwd=ROOT / "crates" / "oar-scheduler-redox", check=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as content:
            content.extractall(folder)


def run(options: argparse.Namespace, checkout: Path, wheel: Path, database: str, redox: str, tests: list[str]) -> dict[str, dict]:
    """What became of each test."""
    report = checkout.parent / "report.json"
    report.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("OARCONFFILE", "DB_TYPE")}
    environment |= {"PYTHONPATH": f"{PLUGIN}{os.pathsep}{wheel}", "OAR3_PYTHON_REDOX": redox, "OAR3_PYTHON_REPORT": str(report), "DB_TYPE": "memory"}
    environment.setdefault("USER", getpass.getuser())
    if database == "PostgreSQL":
        password = os.environ["OAR_TEST_POSTGRES_PASSWORD"]
        environment |= {"DB_TYPE": "postgresql", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_DB": "postgres", "POSTGRES_USER": "postgres"}
        environment |= {"POSTGRES_PASSWORD": password, "POSTGRES_USER_RO": "postgres"}
    command = [options.python, "-m", "pytest", "-p", "counting", *TIMEOUT, "--quiet", "--maxfail=100000", "--continue-on-collection-errors", *tests]
    ended = subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if options.log:
        options.log.mkdir(parents=True, exist_ok=True)
        with (options.log / f"{database}-{redox}.log").open("a") as log:
            log.write(ended.stdout)
    if not report.exists() or not json.loads(report.read_text()):
        sys.exit(f"OAR 3's tests do not run:\n{ended.stdout[-3000:]}")
    return json.loads(report.read_text())


def compared(database: str, python: dict[str, dict], module: dict[str, dict]) -> tuple[str, list[str]]:
    """A row of the table, and each test that ends otherwise."""
    passed = [sum(test["outcome"] == "passed" for test in tests.values()) for tests in (python, module)]
    entered = sum(bool(test["entered"]) for test in module.values())
    differing = []
    for name in sorted(python.keys() | module.keys()):
        without, within = (tests.get(name, {"outcome": "not there", "why": ""}) for tests in (python, module))
        if without["outcome"] != within["outcome"]:
            differing.append(f"{database}, {name}: {without['outcome']}, with the module {within['outcome']} {within['why']}")
    return f"| {database} | {len(module)} | {entered} | {passed[0]} | {passed[1]} | {len(differing)} |\n", differing


if __name__ == "__main__":
    main()
