#!/usr/bin/env python3
"""Do jobs fare under kamelot as they should, in a real OAR 2.5.9 server?

Brings such a server up on this machine (oar2_up.sh), and plays the same scenarios in it under the packaged scheduler and under kamelot, whose package is
installed, activated and removed with the commands of docs/installation.md. Needs root and Debian 12. See docs/oar2-scenarios.md.
"""

import argparse
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from oar2 import server
from oar2.installation import Installation
from oar2.page import PAGE, Page
from oar2.run import Run
from oar2.scenarios import SCENARIOS, Expected, Scenario
from oar2.server import Server, ServerError
from oar2.table import table

MARKS = ("<!-- table of tools/test_oar2.py: begin -->\n", "<!-- table of tools/test_oar2.py: end -->\n")
# The walltimes of the scenarios are short, and so must all delays be.
SETTINGS = {
    "SCHEDULER_JOB_SECURITY_TIME": "5",
    "SCHEDULER_GANTT_HOLE_MINIMUM_TIME": "0",
    # Two are left, whoever has taken some.
    "SCHEDULER_TOKEN_SCRIPTS": "{licence => '/bin/echo 2'}",
}
PERL_QUOTAS = "$Gantt_quotas->{'*'}->{'limited'}->{'*'}->{'bob'} = [8, -1, -1] ;\n"
SCHEDULERS: dict[str, Callable[[Scenario], Expected]] = {"Perl": lambda scenario: scenario.perl, "kamelot": lambda scenario: scenario.kamelot}


def main() -> None:
    options = parse_arguments()
    if reason := server.cannot_run_here():
        print(f"test_oar2.py skipped: {reason}")
        return
    # So that all is undone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    # Users' commands do not have it.
    os.environ.pop("TZ", None)
    time.tzset()
    names = [options.only] if options.only else list(SCHEDULERS)
    runs, faults = {}, []
    try:
        play(names, options.package, runs, faults)
    except ServerError as error:
        sys.exit("\n".join([*faults, str(error)]))
    result = table(runs)
    print(result)
    if options.write_table:
        write_table(options.write_table, result)
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(SCENARIOS)} scenarios under {' and '.join(names)}: as expected")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="See docs/oar2-scenarios.md.")
    parser.add_argument("--package", type=Path, help="the Debian package (default: it is built, with `make deb`)")
    parser.add_argument("--only", choices=SCHEDULERS, help="just under this scheduler")
    parser.add_argument("--write-table", type=Path, metavar="PAGE", help="write the table into this page of the documentation, between its two marks")
    options = parser.parse_args()
    if options.write_table and options.only:
        parser.error("--write-table needs the outcomes under both schedulers")
    return options


def play(names: list[str], package: Path | None, runs: dict[str, Run], faults: list[str]) -> None:
    """Fills in the runs, and what is wrong with them."""
    page = Page()
    if "kamelot" in names:
        package = package or page.build()
        page.left.discard("build")
    with Server() as oar:
        make_ready(oar)
        if "Perl" in names:
            runs["Perl"] = played("Perl", oar, faults)
        if "kamelot" in names:
            oar.up("clean")
            with Installation(oar, page, package) as installation:
                timed("install", installation.set_up)
                runs["kamelot"] = played("kamelot", oar, faults)
                timed("remove", installation.take_away)
            faults += [f"{PAGE.name}: the commands {name} were not run" for name in sorted(page.left)]


def timed(what: str, step: Callable[[], None]) -> None:
    began = time.monotonic()
    step()
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def make_ready(oar: Server) -> None:
    """What both schedulers find: a property that one node has, quotas, tokens, short delays."""
    if "gpu_model" not in oar.command("oarproperty", "-l").split():
        oar.command("oarproperty", "-a", "gpu_model", "-c")
    oar.command("oarnodesetting", "-h", "node-6", "-p", "gpu_model=a100")
    server.PERL_QUOTAS.write_text(PERL_QUOTAS)
    oar.configure(SETTINGS)


def played(name: str, oar: Server, faults: list[str]) -> Run:
    """Under the scheduler that all queues have by now."""
    oar.up("clean")
    run = Run(oar, SCENARIOS, SCHEDULERS[name])
    logged = server.LOG.stat().st_size
    timed(name, run.play)
    faults += [f"{name}: {batch.scenario.name}: {fault}" for batch in run.batches for fault in batch.faults]
    faults += [f"{name}: {fault}" for fault in oar.unhealthy() + faults_in_the_log(logged)]
    return run


def faults_in_the_log(logged: int) -> list[str]:
    """What OAR itself calls an error; and the scheduler must have named jobs on its standard output that start at once."""
    with open(server.LOG, errors="replace") as log:
        log.seek(logged)
        lines = log.readlines()
    errors = [line.strip() for line in lines if line.startswith("[error]")]
    return errors if any("Early launch the job" in line for line in lines) else [*errors, "no job was launched early"]


def write_table(page: Path, result: str) -> None:
    begin, end = (re.escape(mark) for mark in MARKS)
    text, found = re.subn(f"({begin}).*({end})", lambda match: match[1] + result + match[2], page.read_text(), flags=re.DOTALL)
    if not found:
        sys.exit(f"{page} lacks the two marks:\n{''.join(MARKS)}")
    page.write_text(text)


if __name__ == "__main__":
    main()
