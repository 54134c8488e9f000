#!/usr/bin/env python3
"""Does kao do its work inside OAR 3's own server?

Starts OAR 3's almighty, with its appendice proxy and bipbip commander, from a checkout that is not part of this project, on a PostgreSQL server of its own, with
kao as META_SCHED_CMD; submits jobs of type noop with OAR 3's own oarsub; and watches the tables until the jobs are over. See docs/oar3-server.md.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from oar3.course import Course
from oar3.server import Server, ServerError

ROOT = Path(__file__).resolve().parent.parent
HOW = """It needs a checkout of OAR 3 (https://github.com/oar-team/oar3), and a Python that has what OAR 3 needs:

    python3 -m venv VENV
    VENV/bin/pip install 'SQLAlchemy<2.1' SQLAlchemy-Utils alembic tabulate click pyzmq requests procset simplejson psutil passlib escapism toml PyYAML \\
        psycopg2-binary rich ClusterShell 'python-jose[cryptography]'
    make test-oar3 OAR3=CHECKOUT PYTHON=VENV/bin/python"""
MARKS = tuple(f"<!-- table of tools/test_oar3.py: {end} -->\n" for end in ("begin", "end"))


def main() -> None:
    options = parse_arguments()
    # So that all is undone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    if "OAR_TEST_POSTGRES_PORT" not in os.environ:
        sys.exit("it runs beside a PostgreSQL server: tools/with_postgres.sh tools/test_oar3.py …")
    began = time.monotonic()
    try:
        kao = options.kao or build_kao()
        outcomes, faults, account = played(options, kao)
        own_outcomes, own_faults, _ = played(options, None) if options.compare or options.write_table else ({}, [], None)
    except ServerError as error:
        sys.exit(str(error))
    result = table({"OAR 3's own kao": own_outcomes, "kao": outcomes} if own_outcomes else {"kao": outcomes})
    print(result)
    for fault in own_faults:
        print(f"OAR 3's own kao: {fault}")
    if faults:
        sys.exit("\n".join(faults))
    if options.write_table:
        write_table(options.write_table, result)
    print(f"{len(outcomes)} jobs in OAR 3's server, as {account}, in {time.monotonic() - began:.0f} s: as expected")


def played(options: argparse.Namespace, kao: Path | None) -> tuple[dict[str, str], list[str], str]:
    """What came of each job, what is wrong with it, and who ran the server; without a `kao`, under OAR 3's own."""
    with Server(options.oar3.resolve(), python_of(options), kao) as server:
        course = Course(server)
        try:
            course.play()
        finally:
            if options.log:
                options.log.with_suffix(".log" if kao else ".own.log").write_text("\n".join([*server.log(), server.printed()]))
        return course.outcomes(), course.faults, str(server.account.get("user", os.environ.get("USER", "root")))


def table(columns: dict[str, dict[str, str]]) -> str:
    """A row for each job; of the second column only what differs from the first."""
    names, first = list(columns), next(iter(columns.values()))
    lines = [row(["job", *names]), row(["---"] * (len(names) + 1))]
    for job, outcome in first.items():
        others = [column[job] for column in columns.values()][1:]
        lines.append(row([job, outcome, *("the same" if other == outcome else other for other in others)]))
    return "".join(lines)


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=HOW, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oar3", type=Path, help="the checkout of OAR 3")
    parser.add_argument("--python", type=Path, help="a Python with all that OAR 3 needs (default: that of .venv in the checkout, or of venv beside it)")
    parser.add_argument("--kao", type=Path, help="the meta-scheduler (default: it is built)")
    parser.add_argument("--compare", action="store_true", help="the same with OAR 3's own meta-scheduler, side by side")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the server's log there, as FILE.log")
    parser.add_argument("--write-table", type=Path, metavar="PAGE", help="compare, and write the table into this page of the documentation")
    options = parser.parse_args()
    if not options.oar3:
        print(f"test_oar3.py skipped: no checkout of OAR 3 is given. {HOW}")
        sys.exit()
    if not (options.oar3 / "oar" / "modules" / "almighty.py").is_file():
        parser.error(f"{options.oar3} is no checkout of OAR 3: oar/modules/almighty.py is not there")
    return options


def python_of(options: argparse.Namespace) -> Path:
    if options.python:
        # Not resolved: the link is what makes it the Python of its environment.
        return options.python.absolute()
    for python in (options.oar3 / ".venv" / "bin" / "python", options.oar3.resolve().parent / "venv" / "bin" / "python"):
        if python.exists():
            return python.absolute()
    raise ServerError(f"no Python for OAR 3 is found.\n{HOW}")


def build_kao() -> Path:
    subprocess.run(["cargo", "build", "--release", "--locked", "--package", "oar-scheduler-meta", "--bin", "kao"], check=True, cwd=ROOT)
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "kao"


def write_table(page: Path, table: str) -> None:
    begin, end = (re.escape(mark) for mark in MARKS)
    text, found = re.subn(f"({begin}).*({end})", lambda match: match[1] + table + match[2], page.read_text(), flags=re.DOTALL)
    if not found:
        sys.exit(f"{page} lacks the two marks:\n{''.join(MARKS)}")
    page.write_text(text)


if __name__ == "__main__":
    main()
