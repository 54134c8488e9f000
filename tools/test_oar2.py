#!/usr/bin/env python3
"""Do jobs fare under kamelot and kao as they should, in a real OAR 2.5.9 server?

Brings such a server up on this machine (oar2_up.sh), and plays the same scenarios in it: under the packaged scheduler and meta-scheduler; under kamelot, whose
package is installed, activated and removed with the commands of docs/installation.md; and under kao, from the same package. Needs root and Debian 12.
See docs/oar2-scenarios.md.
"""

import argparse
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from oar2 import server, settings
from oar2.installation import Installation
from oar2.page import PAGE, Page
from oar2.run import Cast, Run
from oar2.scenarios import SCENARIOS
from oar2.server import Server, ServerError
from oar2.stories import STORIES
from oar2.table import scenario_table, story_table

MARKS = "<!-- {what} of tools/test_oar2.py: {end} -->\n"
PERL_QUOTAS = "$Gantt_quotas->{'*'}->{'limited'}->{'*'}->{'bob'} = [8, -1, -1] ;\n"
CASTS = [
    Cast("Perl", lambda scenario: scenario.perl, lambda story: story.perl),
    Cast("kamelot", lambda scenario: scenario.kamelot, None),
    Cast("kao", lambda scenario: scenario.kao or scenario.kamelot, lambda story: story.kao or story.perl),
]


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
    names = [options.only] if options.only else [cast.name for cast in CASTS]
    runs, faults = {}, []
    try:
        play(names, options, runs, faults)
    except ServerError as error:
        sys.exit("\n".join([*faults, str(error)]))
    tables = {"table": scenario_table(runs), "second table": story_table(runs)}
    print("\n".join(tables.values()))
    if options.write_table:
        write_tables(options.write_table, tables)
    if faults:
        sys.exit("\n".join(faults))
    told = {name: len(run.batches) + len(run.tellings) for name, run in runs.items()}
    print("; ".join(f"{count} scenarios under {name}" for name, count in told.items()) + ": as expected")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="See docs/oar2-scenarios.md.")
    parser.add_argument("--package", type=Path, help="the Debian package (default: it is built, with `make deb`)")
    parser.add_argument("--only", choices=[cast.name for cast in CASTS], help="just under this scheduler")
    parser.add_argument("--match", default="", metavar="PATTERN", help="just the scenarios with names in which this is found (a regular expression)")
    parser.add_argument("--write-table", type=Path, metavar="PAGE", help="write the tables into this page of the documentation, between their marks")
    options = parser.parse_args()
    if options.write_table and (options.only or options.match):
        parser.error("--write-table needs all outcomes")
    return options


def play(names: list[str], options: argparse.Namespace, runs: dict[str, Run], faults: list[str]) -> None:
    """Fills in the runs, and what is wrong with them."""
    page = Page()
    with_package = names != ["Perl"]
    if with_package:
        package = options.package or page.build()
        page.left.discard("build")
    perl, kamelot, kao = CASTS
    with Server() as oar:
        make_ready(oar)
        if perl.name in names:
            runs[perl.name] = played(perl, oar, options.match, faults)
        if not with_package:
            return
        make_empty(oar)
        with Installation(oar, page, package) as installation:
            timed("install", installation.set_up)
            if kamelot.name in names:
                timed("give the queues to kamelot", installation.give_queues)
                runs[kamelot.name] = played(kamelot, oar, options.match, faults)
                timed("take them back", installation.take_queues_back)
            if kao.name in names:
                make_empty(oar)
                timed("let kao decide", installation.let_kao_decide)
                runs[kao.name] = played(kao, oar, options.match, faults)
                make_empty(oar)
                timed("take it away", installation.take_kao_away)
            timed("remove", installation.remove)
    if not options.only:
        faults += [f"{PAGE.name}: the commands {name} were not run" for name in sorted(page.left)]


def timed(what: str, step: Callable[[], None]) -> None:
    began = time.monotonic()
    step()
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def make_ready(oar: Server) -> None:
    """What all schedulers find: a property that one node has, quotas, tokens, short delays."""
    if "gpu_model" not in oar.command("oarproperty", "-l").split():
        oar.command("oarproperty", "-a", "gpu_model", "-c")
    oar.command("oarnodesetting", "-h", "node-6", "-p", "gpu_model=a100")
    server.PERL_QUOTAS.write_text(PERL_QUOTAS)
    settings.write_scripts()
    oar.configure(settings.SETTINGS)


def make_empty(oar: Server) -> None:
    """No jobs, all nodes in use, whatever the last run has left."""
    oar.up("clean")
    oar.sql("UPDATE resources SET state = 'Alive', state_num = 1, next_state = 'UnChanged', available_upto = 2147483647, last_available_upto = 0")
    oar.sql("DELETE FROM queues WHERE queue_name = 'night'")


def played(cast: Cast, oar: Server, match: str, faults: list[str]) -> Run:
    """Under the scheduler and the meta-scheduler that are there by now."""
    make_empty(oar)
    scenarios, stories = ([one for one in all_of_them if re.search(match, one.name)] for all_of_them in (SCENARIOS, STORIES))
    run = Run(oar, cast, scenarios, stories)
    logged = server.LOG.stat().st_size
    timed(cast.name, run.play)
    faults += [f"{cast.name}: {fault}" for fault in run.faults() + oar.unhealthy() + faults_in_the_log(cast, logged)]
    return run


def faults_in_the_log(cast: Cast, logged: int) -> list[str]:
    """What OAR itself calls an error. A packaged meta-scheduler must have been told on a scheduler's standard output which jobs start at once."""
    with open(server.LOG, errors="replace") as log:
        log.seek(logged)
        lines = log.readlines()
    errors = [line.strip() for line in lines if line.startswith("[error]")]
    proof = "[kao]" if cast.name == "kao" else "Early launch the job"
    return errors if any(proof in line for line in lines) else [*errors, f"nothing in the log has {proof!r}"]


def write_tables(page: Path, tables: dict[str, str]) -> None:
    text = page.read_text()
    for what, table in tables.items():
        begin, end = (re.escape(MARKS.format(what=what, end=end)) for end in ("begin", "end"))
        text, found = re.subn(f"({begin}).*({end})", lambda match, table=table: match[1] + table + match[2], text, flags=re.DOTALL)
        if not found:
            sys.exit(f"{page} lacks the marks of the {what}")
    page.write_text(text)


if __name__ == "__main__":
    main()
